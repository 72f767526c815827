/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Suppression of known leaks, with patterns like those of LeakSanitizer.
 */
#ifndef KMEMLEAK_SUPPRESS_H
#define KMEMLEAK_SUPPRESS_H

#include <stddef.h>
#include <stdint.h>

#include "leaks.h"

/**
 * struct suppression - a pattern
 * @pattern: as written in the file
 * @glob: translated for fnmatch()
 * @objects: number of leaks that it suppressed
 * @bytes: sum of their sizes
 */
struct suppression {
	char *pattern;
	char *glob;
	uint64_t objects;
	uint64_t bytes;
};

/**
 * struct suppressions - all patterns
 * @nr: number of patterns
 * @list: the patterns; the first match counts
 * @objects: number of leaks that they suppressed
 * @bytes: sum of their sizes
 */
struct suppressions {
	size_t nr;
	struct suppression *list;
	uint64_t objects;
	uint64_t bytes;
};

/**
 * suppressions_load() - read patterns
 * @suppressions: zeroed; to be freed with suppressions_free()
 * @path: file with lines "leak:pattern", empty lines, and comments after "#"
 *
 * Ends the program if the file has anything else in it.
 */
void suppressions_load(struct suppressions *suppressions, const char *path);
void suppressions_free(struct suppressions *suppressions);

/**
 * suppressions_apply() - remove matching leaks from a report
 * @suppressions: the patterns; they count what they suppress
 * @leaks: the report; decoded, as patterns may name files
 */
void suppressions_apply(struct suppressions *suppressions, struct leaks *leaks);

#endif
