/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Common to all commands of the tool: names, exit status, options and errors.
 */
#ifndef KMEMLEAK_COMMAND_H
#define KMEMLEAK_COMMAND_H

#include <argp.h>
#include <stddef.h>

/* As in the kernel's own headers, which are not available here. */
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define __printf(text, first)	__attribute((format(printf, text, first)))
#define __noreturn		__attribute((noreturn))

/* Exit status of every command. */
enum command_status {
	STATUS_OK = 0,
	STATUS_LEAKS = 1,	/* of scan: there are leaks */
	STATUS_ERROR = 2,	/* wrong input or usage; nothing was written */
};

int cmd_clear(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_dump(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_module(int argc, char **argv);
int cmd_path(int argc, char **argv);
int cmd_record(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_scan(int argc, char **argv);
int cmd_trend(int argc, char **argv);
int cmd_triage(int argc, char **argv);
int cmd_watch(int argc, char **argv);

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
__printf(1, 2) char *xasprintf(const char *format, ...);

#endif
