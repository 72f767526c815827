/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reports of leaks: the detector's flat text and its summary, and the flat text of
 * the kernel's own detector in 6.1 and later, read and folded into one entry for
 * each stack and size.
 */
#ifndef KMEMLEAK_LEAKS_H
#define KMEMLEAK_LEAKS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "stacks.h"

#define COMM_BYTES	16
#define COMMS_MAX	4
#define DUMP_ROWS	2

/**
 * struct leak_group - leaks of one stack and size
 * @stack: where they were allocated
 * @size: of each, in bytes
 * @size_is_bound: they are that large at most; for bytes see @bytes
 * @percpu: the size is that of one CPU's copy
 * @objects: how many
 * @bytes: their sizes, added up
 * @has_direct: @direct is known
 * @direct: how many no other leak leads to
 * @indirect_objects: objects that are only reached from these, and not listed
 * @indirect_bytes: their sizes
 * @has_age: @newest and @oldest are known
 * @newest: seconds since the last one was allocated
 * @oldest: seconds since the first one was
 * @comm: names of the tasks that allocated most, printable; "" is none
 * @comm_objects: how many each
 * @other_comms: objects of other tasks
 * @address: of the first one, 0 if no address was told
 * @holder: what referred to it last, as the report says; NULL if it says nothing
 * @dump: the first one's content, rows of hexadecimal and text; NULL if there is none
 */
struct leak_group {
	struct stack *stack;
	uint64_t size;
	bool size_is_bound;
	bool percpu;
	bool has_direct;
	bool has_age;
	uint64_t objects;
	uint64_t bytes;
	uint64_t direct;
	uint64_t indirect_objects;
	uint64_t indirect_bytes;
	double newest;
	double oldest;
	char comm[COMMS_MAX][COMM_BYTES];
	uint64_t comm_objects[COMMS_MAX];
	uint64_t other_comms;
	uint64_t address;
	char *holder;
	char *dump[DUMP_ROWS];
};

/**
 * struct leaks - a report
 * @stacks: what its stacks are from
 * @objects: leaks
 * @bytes: their sizes, added up
 * @unlisted_objects: those that are in no group, as the summary had no room
 * @unlisted_bytes: their sizes
 * @nr: groups
 * @group: the groups, in order of coming until leaks_sort()
 */
struct leaks {
	struct stacks *stacks;
	uint64_t objects;
	uint64_t bytes;
	uint64_t unlisted_objects;
	uint64_t unlisted_bytes;
	size_t nr;
	struct leak_group **group;
};

/**
 * leaks_read() - read a report
 * @leaks: zeroed but for its set of stacks
 * @file: the text, up to its end
 * @error: what is wrong with it, one line; not touched if nothing is
 * @size: bytes of @error
 *
 * Any bytes are allowed in the file. The caller calls leaks_free() in either case.
 *
 * Return: false if it is no report, or not a whole one.
 */
bool leaks_read(struct leaks *leaks, FILE *file, char *error, size_t size);

/**
 * leaks_load() - read a saved report, or the detector's
 * @leaks: as for leaks_read()
 * @path: NULL is the detector's file, "-" standard input
 *
 * Ends the program with a line that says why if it cannot be read.
 */
void leaks_load(struct leaks *leaks, const char *path);

/**
 * leaks_sort() - put the groups with most bytes first
 * @leaks: the report
 */
void leaks_sort(struct leaks *leaks);

/**
 * leaks_free() - free all but the stacks
 * @leaks: the report
 */
void leaks_free(struct leaks *leaks);
void leak_group_free(struct leak_group *group);

#endif
