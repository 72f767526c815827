/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Common to all commands of the tool: names, exit status, options and errors.
 */
#ifndef KMEMLEAK_COMMAND_H
#define KMEMLEAK_COMMAND_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/* As in the kernel's own headers, which are not available here. */
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define __printf(text, first)	__attribute((format(printf, text, first)))
#define __noreturn		__attribute((noreturn))

/* Exit status of every command. */
enum command_status {
	STATUS_OK = 0,
	STATUS_LEAKS = 1,	/* of scan, trend and diff: there are leaks */
	STATUS_ERROR = 2,	/* wrong input or usage; nothing was written */
};

/* Options that have no letter, as it means something else for other commands. */
enum long_option {
	OPTION_FAIL = 256,
	OPTION_FOR,
};

int cmd_clear(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_dump(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_merge(int argc, char **argv);
int cmd_module(int argc, char **argv);
int cmd_path(int argc, char **argv);
int cmd_record(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_save(int argc, char **argv);
int cmd_scan(int argc, char **argv);
int cmd_trend(int argc, char **argv);
int cmd_triage(int argc, char **argv);
int cmd_watch(int argc, char **argv);

/**
 * make_printable() - replace what a terminal may take for a command by "?"
 * @text: UTF-8, untrusted, such as the name of a file; changed
 *
 * Return: @text.
 */
char *make_printable(char *text);

/**
 * is_printable() - would make_printable() keep a text as it is?
 * @text: untrusted
 */
bool is_printable(const char *text);

/**
 * die() - one line on stderr, then exit with STATUS_ERROR
 * @format: what is wrong and what to do about it, without a newline
 */
void __noreturn __printf(1, 2) die(const char *format, ...);

/**
 * note() - one line on stderr; the command goes on
 * @format: without a newline
 */
void __printf(1, 2) note(const char *format, ...);

/**
 * struct output - where a command writes
 * @to: write there
 */
struct output {
	FILE *to;
	const char *path;
	char *written;
};

/**
 * output_open() - begin to write a file, or standard output
 * @output: set
 * @path: a file that is replaced by output_close(), not before; NULL for standard output.
 *	A pipe or a device is written to as it is
 * @mode: who may read the file: reports have addresses and contents of the kernel's memory
 *
 * Ends the program if that fails.
 */
void output_open(struct output *output, const char *path, mode_t mode);

/**
 * output_close() - all is written: put the file in its place
 * @output: open
 *
 * Ends the program if not all could be written; the file is as it was then.
 */
void output_close(struct output *output);

/**
 * close_output() - flush standard output
 *
 * Ends the program with an error if not all output could be written.
 */
void close_output(void);

/**
 * parse_options() - argp_parse() for a command; usage errors are STATUS_ERROR
 * @argp: the command's options
 * @argc: as passed to the command
 * @argv: begins with the command's name
 * @input: passed to the parser of @argp
 */
void parse_options(const struct argp *argp, int argc, char **argv, void *input);

/* These end the program if there is no memory. */
void *xcalloc(size_t nr, size_t size);
void *xrealloc(void *old, size_t nr, size_t size);
char *xstrdup(const char *text);
/* For texts that need not be terminated, and may have null bytes. */
char *xmemdup(const char *text, size_t length);
__printf(1, 2) char *xasprintf(const char *format, ...);

#endif
