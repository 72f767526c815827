/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One entry of a report: a leak, or a group of leaks.
 */
#ifndef KMEMLEAK_ENTRY_H
#define KMEMLEAK_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "leaks.h"
#include "stacks.h"

#define ROW_BYTES	80

/**
 * struct entry - an entry while it is read
 * @group: what its head says
 * @dump_left: bytes of its content that are still to come
 * @rows: number of rows of its content
 * @row_open: number of bytes in the last row, if their text is still to come
 * @row: the first rows, unchecked
 * @nr: number of its frames
 * @frame: the frames
 */
struct entry {
	struct leak_group group;
	uint64_t dump_left;
	unsigned int rows;
	unsigned int row_open;
	char row[DUMP_ROWS][ROW_BYTES];
	unsigned int nr;
	struct frame *frame[STACK_MAX];
};

/**
 * entry_reset() - make an entry ready for the next one
 * @entry: zeroed, or an entry
 */
void entry_reset(struct entry *entry);

/**
 * entry_text() - copy a text from the report
 * @from: the text
 * @most: longest length
 *
 * Return: what is printable of it; the caller frees it.
 */
char *entry_text(const char *from, size_t most);

/*
 * All of these take a line without prefix and indent, and return whether it is such.
 * entry_row_text() takes what a mailer wrapped of a row, after all others.
 */
bool entry_object(struct leak_group *group, const char *at);
bool entry_group(struct leak_group *group, const char *at);
bool entry_more(struct leak_group *group, const char *at);
bool entry_dump(struct entry *entry, const char *at);
bool entry_row(struct entry *entry, const char *at);
bool entry_row_text(struct entry *entry, const char *at);
bool entry_backtrace(const char *at);
bool entry_detail(struct entry *entry, bool is_summary, const char *at);

/**
 * entry_is_part_of_row() - is this less than a row of an object's content?
 * @at: the line
 */
bool entry_is_part_of_row(const char *at);

/**
 * entry_begins() - is this the beginning of the line of an object, without its end?
 * @at: from "unreferenced object" on
 */
bool entry_begins(const char *at);

#endif
