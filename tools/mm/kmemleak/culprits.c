// SPDX-License-Identifier: GPL-2.0
/*
 * Leaks by the code to blame. May call: fingerprint.c, stacks.c, command.c.
 */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "culprits.h"
#include "sums.h"

static int by_name(const void *left, const void *right)
{
	const struct culprit *a = left, *b = right;

	if (a->fingerprint != b->fingerprint)
		return a->fingerprint < b->fingerprint ? -1 : 1;
	return strcmp(a->site, b->site);
}

/* Equals by bytes: the first one stays. */
static int by_name_and_bytes(const void *left, const void *right)
{
	const struct culprit *a = left, *b = right;

	return by_name(a, b) ?: a->bytes < b->bytes ? 1 : a->bytes > b->bytes ? -1 : 0;
}

static int by_bytes(const void *left, const void *right)
{
	const struct culprit *a = left, *b = right;

	if (a->bytes != b->bytes)
		return a->bytes < b->bytes ? 1 : -1;
	return by_name(left, right);
}

static struct culprit culprit_of(const struct leak_group *group)
{
	const struct stack *stack = group->stack;
	const struct frame *site = stack_site(stack) ?: stack->nr ? stack->frame[0] : NULL;

	return (struct culprit) {
		.fingerprint = stack_fingerprint(stack),
		.stack = stack,
		.site = site ? site->text : "?",
		.function = site && site->function ? function_source_name(site->function) : NULL,
		.module = site ? site->module : NULL,
		.objects = group->objects,
		.bytes = group->bytes,
	};
}

/* Add up equals, which follow each other. */
static void fold(struct culprits *culprits)
{
	struct culprit *list = culprits->list;
	size_t i, nr = 0;

	for (i = 1; i < culprits->nr; i++) {
		if (by_name(&list[i], &list[nr])) {
			list[++nr] = list[i];
			continue;
		}
		add_to(&list[nr].objects, list[i].objects);
		add_to(&list[nr].bytes, list[i].bytes);
		free(list[i].function);
	}
	culprits->nr = nr + 1;
}

void culprits_find(struct culprits *culprits, const struct leaks *leaks)
{
	size_t i;

	culprits->nr = leaks->nr;
	culprits->list = xcalloc(leaks->nr + 1, sizeof(culprits->list[0]));
	for (i = 0; i < leaks->nr; i++)
		culprits->list[i] = culprit_of(leaks->group[i]);
	if (!leaks->nr)
		return;
	qsort(culprits->list, culprits->nr, sizeof(culprits->list[0]), by_name_and_bytes);
	fold(culprits);
	qsort(culprits->list, culprits->nr, sizeof(culprits->list[0]), by_bytes);
}

void culprits_free(struct culprits *culprits)
{
	size_t i;

	for (i = 0; i < culprits->nr; i++)
		free(culprits->list[i].function);
	free(culprits->list);
}
