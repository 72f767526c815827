/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a log, a mail or a page puts before each line of a report.
 */
#ifndef KMEMLEAK_PREFIX_H
#define KMEMLEAK_PREFIX_H

#include <stdbool.h>
#include <stddef.h>

#define PREFIX_MAX	160

/**
 * struct prefix - what stands before a line, without digits and blanks
 * @length: bytes of @shape
 * @shape: the other bytes
 * @digits_last: digits come after them
 * @blanks: columns of blanks at the end
 * @tagged: the kernel log's "kmemleak:" is among it
 */
struct prefix {
	size_t length;
	char shape[PREFIX_MAX];
	bool digits_last;
	int blanks;
	bool tagged;
};

/**
 * struct payload - what remains of a line
 * @text: begins with no blank
 * @length: bytes of @text
 * @indent: columns that it is indented by, more than the line of the prefix
 * @tagged: "kmemleak:" stands before it
 */
struct payload {
	const char *text;
	size_t length;
	int indent;
	bool tagged;
};

/**
 * prefix_learn() - take the prefix of a line as that of the lines to come
 * @prefix: set
 * @line: the line
 * @length: bytes before what belongs to the report
 */
void prefix_learn(struct prefix *prefix, const char *line, size_t length);

/**
 * prefix_strip() - remove a known prefix
 * @prefix: the prefix
 * @loosely: letters may differ, as those of two months do
 * @line: the line
 * @length: bytes of @line
 * @payload: set to the rest
 *
 * Numbers and blanks in the line's prefix may differ.
 *
 * Return: false if the line does not begin like that.
 */
bool prefix_strip(const struct prefix *prefix, bool loosely, const char *line,
		  size_t length, struct payload *payload);

/**
 * prefix_guess() - remove what is commonly put before lines
 * @line: the line
 * @length: bytes of @line
 * @payload: set to the rest
 */
void prefix_guess(const char *line, size_t length, struct payload *payload);

#endif
