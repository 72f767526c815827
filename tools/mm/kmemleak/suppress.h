/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Leaks that are known and not to be told again, as LeakSanitizer has them.
 */
#ifndef KMEMLEAK_SUPPRESS_H
#define KMEMLEAK_SUPPRESS_H

#include <stddef.h>
#include <stdint.h>

#include "leaks.h"

/**
 * struct suppression - a pattern
 * @pattern: as it was written
 * @glob: the same for fnmatch()
 * @objects: leaks that it took away
 * @bytes: their sizes, added up
 */
struct suppression {
	char *pattern;
	char *glob;
	uint64_t objects;
	uint64_t bytes;
};

/**
 * struct suppressions - all patterns
 * @nr: how many
 * @list: the first one that matches counts
 * @objects: leaks that they took away
 * @bytes: their sizes, added up
 */
struct suppressions {
	size_t nr;
	struct suppression *list;
	uint64_t objects;
	uint64_t bytes;
};

/**
 * suppressions_load() - read patterns
 * @suppressions: zeroed; suppressions_free() frees what is in it
 * @path: lines "leak:pattern", empty ones, and comments after "#"
 *
 * Ends the program if there is something else.
 */
void suppressions_load(struct suppressions *suppressions, const char *path);
void suppressions_free(struct suppressions *suppressions);

/**
 * suppressions_apply() - take leaks out of a report
 * @suppressions: the patterns; they count what they take
 * @leaks: decoded, as patterns may name files
 */
void suppressions_apply(struct suppressions *suppressions, struct leaks *leaks);

#endif
