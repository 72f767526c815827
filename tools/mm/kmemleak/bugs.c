// SPDX-License-Identifier: GPL-2.0
/*
 * Bugs in the reports of many hosts. May call: culprits.c, command.c, the
 * C library's search trees.
 */
#include <search.h>
#include <stdlib.h>

#include "bugs.h"
#include "command.h"
#include "culprits.h"

static int by_fingerprint(const void *left, const void *right)
{
	const struct bug *a = left, *b = right;

	return a->fingerprint < b->fingerprint ? -1 : a->fingerprint > b->fingerprint;
}

static struct bug *bug_new(struct bugs *bugs, const struct culprit *culprit)
{
	size_t words = (bugs->nr_reports + 63) / 64;
	struct bug *bug = xcalloc(1, sizeof(*bug) + words * sizeof(bug->reports[0]));

	bug->fingerprint = culprit->fingerprint;
	bug->function = culprit->function ? xstrdup(culprit->function) : NULL;
	bug->module = culprit->module ? xstrdup(culprit->module) : NULL;
	if (!(bugs->nr & (bugs->nr - 1)))
		bugs->bug = xrealloc(bugs->bug, bugs->nr ? 2 * bugs->nr : 1,
				     sizeof(bugs->bug[0]));
	bugs->bug[bugs->nr++] = bug;
	return bug;
}

static struct bug *bug_of(struct bugs *bugs, const struct culprit *culprit)
{
	const struct bug key = { .fingerprint = culprit->fingerprint };
	struct bug **found = tfind(&key, &bugs->tree, by_fingerprint);
	struct bug *bug;

	if (found)
		return *found;
	bug = bug_new(bugs, culprit);
	if (!tsearch(bug, &bugs->tree, by_fingerprint))
		die("out of memory");
	return bug;
}

bool bugs_add(struct bugs *bugs, size_t report, const struct leaks *leaks)
{
	struct culprits culprits;
	struct bug *bug;
	size_t i;

	/* The sum of all bounds that of each bug. */
	if (__builtin_add_overflow(bugs->objects, leaks->objects, &bugs->objects) ||
	    __builtin_add_overflow(bugs->bytes, leaks->bytes, &bugs->bytes))
		return false;
	bugs->unlisted_objects += leaks->unlisted_objects;
	bugs->unlisted_bytes += leaks->unlisted_bytes;
	culprits_find(&culprits, leaks);
	for (i = 0; i < culprits.nr; i++) {
		bug = bug_of(bugs, &culprits.list[i]);
		bug->objects += culprits.list[i].objects;
		bug->bytes += culprits.list[i].bytes;
		bug->reports[report / 64] |= 1ULL << report % 64;
	}
	culprits_free(&culprits);
	return true;
}

static void keep(void *bug)
{
}

void bugs_free(struct bugs *bugs)
{
	size_t i;

	tdestroy(bugs->tree, keep);
	for (i = 0; i < bugs->nr; i++) {
		free(bugs->bug[i]->function);
		free(bugs->bug[i]->module);
		free(bugs->bug[i]);
	}
	free(bugs->bug);
}
