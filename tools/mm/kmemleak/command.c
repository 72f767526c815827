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
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"

/* Return: bytes of the character at @text, 0 if a terminal may take it for a command. */
static size_t character(const unsigned char *text)
{
	size_t size, i;

	if (*text < 0x80)
		return *text >= ' ' && *text != 0x7f;
	size = *text < 0xc2 || *text > 0xf4 ? 0 : *text < 0xe0 ? 2 : *text < 0xf0 ? 3 : 4;
	for (i = 1; i < size; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	/* These are control characters in two bytes. */
	return *text == 0xc2 && text[1] < 0xa0 ? 0 : size;
}

bool is_printable(const char *text)
{
	size_t size;

	for (; *text; text += size) {
		size = character((const unsigned char *)text);
		if (!size)
			return false;
	}
	return true;
}

char *make_printable(char *text)
{
	char *at = text;
	size_t size;

	while (*at) {
		size = character((const unsigned char *)at);
		if (!size)
			*at++ = '?';
		at += size;
	}
	return text;
}

static void vsay(const char *format, va_list args)
{
	char *text;

	fflush(stdout);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	fprintf(stderr, "kmemleak: %s\n", text ? make_printable(text) : "out of memory");
	free(text);
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

/* ---- Files ---- */

static void __noreturn die_of_output(const struct output *output)
{
	int err = errno;

	if (output->written)
		unlink(output->written);
	die("%s: %s; nothing was written", output->path ?: "standard output", strerror(err));
}

void output_open(struct output *output, const char *path, mode_t mode)
{
	struct stat stat_of;
	int fd;

	*output = (struct output){ .to = stdout, .path = path };
	if (!path)
		return;
	if (!stat(path, &stat_of) && !S_ISREG(stat_of.st_mode)) {
		output->to = fopen(path, "we");
	} else {
		output->written = xasprintf("%s.XXXXXX", path);
		fd = mkostemp(output->written, O_CLOEXEC);
		output->to = fd < 0 ? NULL : fdopen(fd, "w");
		if (fd < 0) {
			free(output->written);
			output->written = NULL;
		} else if (fchmod(fd, mode)) {
			die_of_output(output);
		}
	}
	if (!output->to)
		die_of_output(output);
}

void output_close(struct output *output)
{
	if (fflush(output->to) || ferror(output->to) ||
	    (output->written && fsync(fileno(output->to))) || fclose(output->to) ||
	    (output->written && rename(output->written, output->path)))
		die_of_output(output);
	free(output->written);
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

char *xmemdup(const char *text, size_t length)
{
	return memcpy(xcalloc(length + 1, 1), text, length);
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
