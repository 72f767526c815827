// SPDX-License-Identifier: GPL-2.0
/*
 * Lists of usages of memory, by name. May call: command.c.
 *
 * Invariant: names are unique in a sorted list; the kernel does not guarantee that
 * for names of caches.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "sums.h"
#include "usage.h"

const char * const usage_kind_names[USAGE_KINDS] = {
	[USAGE_MEMORY] = "memory",
	[USAGE_CACHE] = "cache",
	[USAGE_AREA] = "vmalloc",
	[USAGE_SITE] = "site",
	[USAGE_LEAK] = "leak",
	[USAGE_ALLOC] = "allocation",
};

struct usage *usages_add(struct usages *usages, const char *name)
{
	struct usage *usage;

	/* Double the room each time, so that adding is cheap. */
	if (!(usages->nr & (usages->nr - 1)))
		usages->list = xrealloc(usages->list, usages->nr ? 2 * usages->nr : 1,
					sizeof(*usages->list));
	usage = &usages->list[usages->nr++];
	*usage = (struct usage){ .name = xstrdup(name) };
	return usage;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct usage *)a)->name, ((const struct usage *)b)->name);
}

void usages_sort(struct usages *usages)
{
	struct usage *list = usages->list;
	size_t i, nr = 0;

	if (!usages->nr)
		return;
	qsort(list, usages->nr, sizeof(*list), by_name);
	for (i = 1; i < usages->nr; i++) {
		if (strcmp(list[i].name, list[nr].name)) {
			list[++nr] = list[i];
			continue;
		}
		add_to(&list[nr].bytes, list[i].bytes);
		add_to(&list[nr].objects, list[i].objects);
		add_to(&list[nr].grown, list[i].grown);
		free(list[i].name);
	}
	usages->nr = nr + 1;
}

struct usage usages_total(const struct usages *usages)
{
	struct usage total = { 0 };
	size_t i;

	for (i = 0; i < usages->nr; i++) {
		add_to(&total.bytes, usages->list[i].bytes);
		add_to(&total.objects, usages->list[i].objects);
	}
	return total;
}

const struct usage *usage_find(const struct usages *usages, const char *name)
{
	const struct usage key = { .name = (char *)name };

	if (!usages->nr)
		return NULL;
	return bsearch(&key, usages->list, usages->nr, sizeof(key), by_name);
}

static int by_bytes(const void *a, const void *b)
{
	const struct usage *x = *(const struct usage * const *)a;
	const struct usage *y = *(const struct usage * const *)b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return strcmp(x->name, y->name);
}

const struct usage **usages_by_bytes(const struct usages *usages)
{
	const struct usage **sorted = xcalloc(usages->nr + 1, sizeof(*sorted));
	size_t i;

	for (i = 0; i < usages->nr; i++)
		sorted[i] = &usages->list[i];
	qsort(sorted, usages->nr, sizeof(*sorted), by_bytes);
	return sorted;
}

bool usage_module(const char *name, char module[USAGE_MODULE])
{
	int end = 0;

	/* A word with other characters would be something else for a shell, or an option. */
	return sscanf(name, "%*s [%63[A-Za-z0-9_]]%n", module, &end) == 1 && end &&
	       !name[end];
}

void usages_copy(struct usages *to, const struct usages *from)
{
	struct usage *copy;
	char *name;
	size_t i;

	for (i = 0; i < from->nr; i++) {
		copy = usages_add(to, from->list[i].name);
		name = copy->name;
		*copy = from->list[i];
		copy->name = name;
	}
	to->error = from->error;
}

void usages_free(struct usages *usages)
{
	size_t i;

	for (i = 0; i < usages->nr; i++)
		free(usages->list[i].name);
	free(usages->list);
	*usages = (struct usages){ 0 };
}
