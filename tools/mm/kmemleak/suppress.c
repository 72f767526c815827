// SPDX-License-Identifier: GPL-2.0
/*
 * Known leaks. May call: leaks.c, take.c, command.c. A pattern matches a leak if it
 * occurs in the name of a function, module or file in its stack: "*" matches any text,
 * "^" and "$" anchor the pattern at the beginning and the end of the name.
 */
#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "suppress.h"
#include "take.h"

#define LINE_BYTES	1024

static char *glob_of(const char *pattern)
{
	/* Room for a backslash before each byte, and two stars. */
	char *glob = xcalloc(2 * strlen(pattern) + 3, 1), *to = glob;

	if (*pattern == '^')
		pattern++;
	else
		*to++ = '*';
	for (; *pattern && strcmp(pattern, "$"); pattern++) {
		if (strchr("?[]\\", *pattern))
			*to++ = '\\';
		*to++ = *pattern;
	}
	if (!*pattern)
		*to++ = '*';
	return glob;
}

static void add(struct suppressions *suppressions, const char *pattern)
{
	size_t nr = suppressions->nr++;

	suppressions->list = xrealloc(suppressions->list, nr + 1,
				      sizeof(*suppressions->list));
	suppressions->list[nr] = (struct suppression) {
		.pattern = xstrdup(pattern),
		.glob = glob_of(pattern),
	};
}

static char *trim(char *line)
{
	char *end;

	line += strspn(line, " \t");
	for (end = line + strlen(line); end > line && isspace((unsigned char)end[-1]); end--)
		;
	*end = '\0';
	return line;
}

void suppressions_load(struct suppressions *suppressions, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[LINE_BYTES];
	const char *at;
	unsigned int nr;

	if (!file)
		die("%s: %s", path, strerror(errno));
	for (nr = 1; fgets(line, sizeof(line), file); nr++) {
		if (!strchr(line, '\n') && !feof(file))
			die("%s: line %u is too long", path, nr);
		at = trim(line);
		if (!*at || *at == '#')
			continue;
		if (!take(&at, "leak:") || !*at)
			die("%s: line %u is no \"leak:pattern\"", path, nr);
		add(suppressions, at);
	}
	if (ferror(file))
		die("%s: %s", path, strerror(errno));
	fclose(file);
}

void suppressions_free(struct suppressions *suppressions)
{
	size_t i;

	for (i = 0; i < suppressions->nr; i++) {
		free(suppressions->list[i].pattern);
		free(suppressions->list[i].glob);
	}
	free(suppressions->list);
}

static bool matches(const char *glob, const char *name)
{
	return name && !fnmatch(glob, name, 0);
}

static bool matches_frame(const char *glob, const struct frame *frame)
{
	unsigned int i;

	if (matches(glob, frame->function) || matches(glob, frame->symbol) ||
	    matches(glob, frame->module))
		return true;
	for (i = 0; i < frame->nr_lines; i++)
		if (matches(glob, frame->lines[i].function) ||
		    matches(glob, frame->lines[i].file))
			return true;
	return false;
}

static bool matches_stack(const char *glob, const struct stack *stack)
{
	unsigned int i;

	for (i = 0; i < stack->nr; i++)
		if (matches_frame(glob, stack->frame[i]))
			return true;
	return false;
}

static struct suppression *match(struct suppressions *suppressions,
				 const struct leak_group *group)
{
	size_t i;

	for (i = 0; i < suppressions->nr; i++)
		if (matches_stack(suppressions->list[i].glob, group->stack))
			return &suppressions->list[i];
	return NULL;
}

void suppressions_apply(struct suppressions *suppressions, struct leaks *leaks)
{
	struct suppression *suppression;
	struct leak_group *group;
	size_t i, kept = 0;

	for (i = 0; i < leaks->nr; i++) {
		group = leaks->group[i];
		suppression = match(suppressions, group);
		if (!suppression) {
			leaks->group[kept++] = group;
			continue;
		}
		suppression->objects += group->objects;
		suppression->bytes += group->bytes;
		suppressions->objects += group->objects;
		suppressions->bytes += group->bytes;
		leaks_drop(leaks, group);
	}
	leaks->nr = kept;
}
