// SPDX-License-Identifier: GPL-2.0
/*
 * Lines of any text. May call: command.c.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "lines.h"

/* A line that is longer has nothing to do with a report; its beginning is read. */
#define ROOM_BYTES	65536

void lines_open(struct lines *lines, FILE *file)
{
	*lines = (struct lines) { .file = file, .room = xcalloc(ROOM_BYTES + 1, 1) };
}

void lines_close(struct lines *lines)
{
	free(lines->room);
}

/* Read on; false at the end of the text, or if there is no room. */
static bool fill(struct lines *lines)
{
	size_t nr;

	memmove(lines->room, lines->room + lines->begin, lines->end - lines->begin);
	lines->end -= lines->begin;
	lines->begin = 0;
	nr = fread(lines->room + lines->end, 1, ROOM_BYTES - lines->end, lines->file);
	lines->end += nr;
	lines->nulls = memchr(lines->room, '\0', lines->end);
	lines->fixed_blanks = memchr(lines->room, '\xc2', lines->end);
	return nr;
}

/* Return: the end of the line that begins the unread part, NULL if it is not there. */
static char *find_end(struct lines *lines)
{
	size_t seen = 0;
	char *end;

	do {
		end = memchr(lines->room + lines->begin + seen, '\n',
			     lines->end - lines->begin - seen);
		seen = lines->end - lines->begin;
	} while (!end && fill(lines));
	return end;
}

static void skip_overlong(struct lines *lines)
{
	char *end;

	while (lines->overlong) {
		end = find_end(lines);
		lines->begin = end ? (size_t)(end + 1 - lines->room) : lines->end;
		lines->overlong = !end && lines->end == ROOM_BYTES;
	}
}

static size_t remove_nulls(char *line, size_t length)
{
	char *to = memchr(line, '\0', length), *from;

	if (!to)
		return length;
	for (from = to; from < line + length; from++)
		if (*from)
			*to++ = *from;
	return to - line;
}

/* A web page has blanks that do not break a line, in UTF-8, for its indents. */
static size_t replace_fixed_blanks(char *line, size_t length)
{
	char *to = memchr(line, '\xc2', length), *from;

	if (!to)
		return length;
	for (from = to; from < line + length; from++) {
		if (*from == '\xc2' && from + 1 < line + length && from[1] == '\xa0') {
			*to++ = ' ';
			from++;
		} else {
			*to++ = *from;
		}
	}
	return to - line;
}

/* Return: the length without an escape sequence at the end, if there is one. */
static size_t trim_escape(const char *line, size_t length)
{
	size_t begin = length - 1;

	while (begin && (isdigit((unsigned char)line[begin - 1]) || line[begin - 1] == ';'))
		begin--;
	if (begin < 2 || line[begin - 1] != '[' || line[begin - 2] != '\033')
		return length;
	return begin - 2;
}

static size_t trim(const char *line, size_t length)
{
	size_t before;

	do {
		before = length;
		while (length && isspace((unsigned char)line[length - 1]))
			length--;
		if (length && isalpha((unsigned char)line[length - 1]))
			length = trim_escape(line, length);
	} while (length != before);
	return length;
}

char *lines_next(struct lines *lines)
{
	char *line, *end;
	size_t length;

	skip_overlong(lines);
	end = find_end(lines);
	line = lines->room + lines->begin;
	if (!end && lines->begin == lines->end)
		return NULL;
	lines->number++;
	length = (end ?: lines->room + lines->end) - line;
	lines->begin += length + (end ? 1 : 0);
	lines->overlong = !end && length == ROOM_BYTES;
	lines->cut = !end && !lines->overlong;
	lines->length = lines->nulls ? remove_nulls(line, length) : length;
	lines->odd = lines->overlong || lines->length != length;
	if (lines->fixed_blanks)
		lines->length = replace_fixed_blanks(line, lines->length);
	lines->length = trim(line, lines->length);
	line[lines->length] = '\0';
	return line;
}
