/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The files of a machine that were looked for, and what came of it: a file that is missing
 * or cannot be parsed is named, not taken for an empty one.
 */
#ifndef KMEMLEAK_SOURCES_H
#define KMEMLEAK_SOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct source_file - a file
 * @path: its absolute path on the machine
 * @error: 0, or a positive errno if it could not be read
 * @lines: lines that were read
 * @parsed: lines among them that are not empty
 * @bad: lines among these that could not be parsed
 * @first_bad: the first of these, from 1
 */
struct source_file {
	char *path;
	int error;
	uint64_t lines;
	uint64_t parsed;
	uint64_t bad;
	uint64_t first_bad;
};

struct sources {
	struct source_file *list;
	size_t nr;
};

/**
 * source_line_fn - parse a line
 * @line: without newline, printable ASCII and tabs; may be changed
 * @context: of the caller
 *
 * Return: false if the line cannot be parsed.
 */
typedef bool source_line_fn(char *line, void *context);

/**
 * sources_read() - pass each line of a file of the machine to a function
 * @sources: gets the file
 * @path: its absolute path there
 * @parse: the function
 * @context: passed to @parse
 *
 * Return: 0, or a positive errno: EBADMSG if the file has lines, and none can be parsed.
 */
int sources_read(struct sources *sources, const char *path, source_line_fn *parse,
		 void *context);

/**
 * source_find() - what came of a file
 * @sources: the files
 * @path: its absolute path
 *
 * Return: the file, or NULL if it was not looked for.
 */
const struct source_file *source_find(const struct sources *sources, const char *path);

/**
 * source_was_read() - was a file there, and could it be parsed?
 * @sources: the files
 * @path: its absolute path
 */
bool source_was_read(const struct sources *sources, const char *path);

/**
 * sources_free() - free a list
 * @sources: empty afterwards
 */
void sources_free(struct sources *sources);

#endif
