/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lines of a text that may contain any bytes and lines of any length.
 */
#ifndef KMEMLEAK_LINES_H
#define KMEMLEAK_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/**
 * struct lines - a text, line by line
 * @file: the text
 * @number: number of the last line, from 1
 * @length: bytes of the last line
 * @cut: the last line is the last of the text and does not end
 * @odd: the last line is not whole here, or contained null bytes
 * @room: bytes read ahead
 * @begin: where the next line begins in @room
 * @end: how many bytes @room has
 * @overlong: skip bytes up to the end of a line
 * @nulls: there are null bytes among those read ahead
 * @fixed_blanks: there may be blanks that do not break a line
 */
struct lines {
	FILE *file;
	unsigned long number;
	size_t length;
	bool cut;
	bool odd;
	char *room;
	size_t begin;
	size_t end;
	bool overlong;
	bool nulls;
	bool fixed_blanks;
};

/**
 * lines_open() - begin to read a text
 * @lines: set up; to be freed with lines_close()
 * @file: the text
 */
void lines_open(struct lines *lines, FILE *file);
void lines_close(struct lines *lines);

/**
 * lines_next() - read a line
 * @lines: the text
 *
 * Blanks, carriage returns and escape sequences at the end of a line are removed, null
 * bytes everywhere: a text in UTF-16 becomes one in ASCII.
 *
 * Return: the line, until the next call; NULL at the end of the text.
 */
char *lines_next(struct lines *lines);

#endif
