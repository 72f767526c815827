// SPDX-License-Identifier: GPL-2.0
/*
 * Options and errors of commands; allocation that succeeds or ends the program.
 * May call: the C library alone.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

static void vsay(const char *format, va_list args)
{
	fflush(stdout);
	fputs("kmemleak: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsay(format, args);
	va_end(args);
	exit(STATUS_ERROR);
}

void note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsay(format, args);
	va_end(args);
}

void close_output(void)
{
	if (fflush(stdout) || ferror(stdout))
		die("standard output: %s", strerror(errno));
}

/* ---- Usage errors on one line ---- */

static argp_parser_t command_parser;

/* Pass on what argp prints, except for its hint, which takes lines of its own. */
static ssize_t write_usage(void *unused, const char *text, size_t size)
{
	static bool hint;

	hint |= size >= 4 && !memcmp(text, "Try ", 4);
	if (!hint)
		fwrite(text, 1, size, stderr);
	return size;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	static const cookie_io_functions_t usage = { .write = write_usage };
	FILE *stream;

	if (key == ARGP_KEY_INIT) {
		stream = fopencookie(NULL, "w", usage);
		if (!stream)
			die("out of memory");
		setvbuf(stream, NULL, _IONBF, 0);
		state->err_stream = stream;
	}
	return command_parser ? command_parser(key, arg, state) : ARGP_ERR_UNKNOWN;
}

void parse_options(const struct argp *argp, int argc, char **argv, void *input)
{
	/* argp names the program by argv[0]: "kmemleak report". */
	char *name = xasprintf("kmemleak %s", argv[0]);
	struct argp wrapped = *argp;

	argv[0] = name;
	command_parser = argp->parser;
	wrapped.parser = parse_option;
	argp_err_exit_status = STATUS_ERROR;
	if (argp_parse(&wrapped, argc, argv, 0, NULL, input))
		exit(STATUS_ERROR);
	free(name);
}

void *xcalloc(size_t nr, size_t size)
{
	void *memory = calloc(nr, size);

	if (!memory)
		die("out of memory");
	return memory;
}

void *xrealloc(void *old, size_t nr, size_t size)
{
	void *memory = reallocarray(old, nr, size);

	if (!memory)
		die("out of memory");
	return memory;
}

char *xstrdup(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		die("out of memory");
	return copy;
}

char *xasprintf(const char *format, ...)
{
	va_list args;
	char *text;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0)
		die("out of memory");
	return text;
}
