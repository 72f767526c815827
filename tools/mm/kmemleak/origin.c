// SPDX-License-Identifier: GPL-2.0
/*
 * Where a report comes from. May call: root.c, take.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "origin.h"
#include "root.h"
#include "take.h"

/* Return: the word after @prefix at the beginning of a file, or NULL. */
static char *first_word(const char *path, const char *prefix)
{
	char line[ORIGIN_BYTES + 1], *word = NULL;
	FILE *file = root_try(path);
	const char *at = line;
	size_t length;

	if (!file)
		return NULL;
	if (fgets(line, sizeof(line), file) && take(&at, prefix)) {
		length = strcspn(at, " \t\r\n");
		word = length ? dup_printable(at, length) : NULL;
	}
	fclose(file);
	return word;
}

char *kernel_release(void)
{
	char *release = first_word("/proc/sys/kernel/osrelease", "") ?:
			first_word("/proc/version", "Linux version ");

	/* It becomes a part of paths. */
	if (!release || !strchr(release, '/'))
		return release;
	free(release);
	return NULL;
}

void origin_of_root(struct origin *origin)
{
	origin->host = first_word("/proc/sys/kernel/hostname", "");
	origin->kernel = kernel_release();
}

void origin_free(struct origin *origin)
{
	free(origin->host);
	free(origin->kernel);
}
