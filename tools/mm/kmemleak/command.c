// SPDX-License-Identifier: GPL-2.0
/*
 * How commands read their options and give up; memory that is there or ends
 * the program. May call: the C library alone.
 */
#include <errno.h>
#include <stdarg.h>
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

void parse_options(const struct argp *argp, int argc, char **argv, void *input)
{
	/* argp names the program by argv[0]: "kmemleak report". */
	char *name = xasprintf("kmemleak %s", argv[0]);

	argv[0] = name;
	argp_err_exit_status = STATUS_ERROR;
	if (argp_parse(argp, argc, argv, 0, NULL, input))
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
