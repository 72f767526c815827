/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Leaks by the code to blame: the groups of a report, folded once more.
 */
#ifndef KMEMLEAK_CULPRITS_H
#define KMEMLEAK_CULPRITS_H

#include <stddef.h>
#include <stdint.h>

#include "fingerprint.h"
#include "leaks.h"

/**
 * struct culprit - leaks of one bug from one place in the code
 * @fingerprint: of the bug
 * @stack: that of its leaks with most bytes
 * @site: text of the allocation site; "?" if there is no stack
 * @function: name of its function in the source, NULL if unknown
 * @module: its module, NULL for the kernel itself
 * @objects: number of leaks
 * @bytes: sum of their sizes
 */
struct culprit {
	uint64_t fingerprint;
	const struct stack *stack;
	const char *site;
	char *function;
	const char *module;
	uint64_t objects;
	uint64_t bytes;
};

/**
 * struct culprits - all that leaked
 * @nr: number of culprits
 * @list: the culprits; no two have the same site and fingerprint
 */
struct culprits {
	size_t nr;
	struct culprit *list;
};

/**
 * culprits_find() - find who leaked
 * @culprits: set by this function, most bytes first; to be freed with culprits_free()
 * @leaks: a report; its stacks must live as long as @culprits
 */
void culprits_find(struct culprits *culprits, const struct leaks *leaks);
void culprits_free(struct culprits *culprits);

#endif
