// SPDX-License-Identifier: GPL-2.0
/*
 * Read files of the inspected machine line by line, and keep account of what could not be
 * read. May call: root.c, take.c, command.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "root.h"
#include "sources.h"
#include "take.h"

/* Longer than any line of the kernel, even with the flags of many CPUs. */
#define LINE_MAX_BYTES	(1024 * 1024)

static struct source_file *add_source(struct sources *sources, const char *path)
{
	struct source_file *source;

	sources->list = xrealloc(sources->list, sources->nr + 1, sizeof(*sources->list));
	source = &sources->list[sources->nr++];
	*source = (struct source_file){ .path = xstrdup(path) };
	return source;
}

/* Terminals interpret some bytes; names in a saved tree may have any. */
static void clean_line(char *line, size_t length)
{
	size_t i;

	if (length && line[length - 1] == '\n')
		line[--length] = '\0';
	if (length && line[length - 1] == '\r')
		line[--length] = '\0';
	for (i = 0; i < length; i++)
		if (line[i] != '\t')
			copy_printable(line + i, line + i, 1);
}

/*
 * Return: bytes of a line, 0 at the end of the file; LINE_MAX_BYTES for a longer line, which
 * is no line of the kernel.
 */
static size_t next_line(char *line, FILE *file)
{
	size_t length = 0;
	int c = 0;

	while (c != '\n' && length < LINE_MAX_BYTES && (c = getc_unlocked(file)) != EOF)
		line[length++] = c;
	if (length < LINE_MAX_BYTES)
		line[length] = '\0';
	return length;
}

int sources_read(struct sources *sources, const char *path, source_line_fn *parse,
		 void *context)
{
	struct source_file *source = add_source(sources, path);
	FILE *file = root_try(path);
	char *line = xcalloc(LINE_MAX_BYTES, 1);
	size_t length;

	if (!file) {
		source->error = errno;
		free(line);
		return source->error;
	}
	errno = 0;
	while ((length = next_line(line, file))) {
		if (length == LINE_MAX_BYTES) {
			source->error = EFBIG;
			break;
		}
		source->lines++;
		clean_line(line, length);
		if (!line[strspn(line, " \t")])
			continue;
		source->parsed++;
		if (parse(line, context))
			continue;
		if (!source->bad++)
			source->first_bad = source->lines;
	}
	if (ferror(file))
		source->error = errno ?: EIO;
	else if (!source->error && source->bad && source->bad == source->parsed)
		source->error = EBADMSG;
	free(line);
	fclose(file);
	return source->error;
}

const struct source_file *source_find(const struct sources *sources, const char *path)
{
	size_t i;

	for (i = 0; i < sources->nr; i++)
		if (!strcmp(sources->list[i].path, path))
			return &sources->list[i];
	return NULL;
}

bool source_was_read(const struct sources *sources, const char *path)
{
	const struct source_file *source = source_find(sources, path);

	return source && !source->error;
}

void sources_free(struct sources *sources)
{
	size_t i;

	for (i = 0; i < sources->nr; i++)
		free(sources->list[i].path);
	free(sources->list);
	*sources = (struct sources){ 0 };
}
