// SPDX-License-Identifier: GPL-2.0
/*
 * Growth of usages over several looks at a machine. May call: usage.c, command.c.
 *
 * With two looks alone a peak would pass for growth, so those in between count, too.
 */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "growth.h"
#include "usage.h"

/* Counters of machines with many CPUs, which have more memory, are less exact. */
#define NOISE_PART	65536
#define NOISE_BYTES	(256 * 1024)

const struct sample *last_look(const struct timeline *timeline)
{
	return &timeline->look[timeline->nr - 1];
}

double seconds_seen(const struct timeline *timeline)
{
	const struct sample *first = &timeline->look[0], *last = last_look(timeline);

	return first->uptime > 0 && last->uptime > 0 ? last->uptime - first->uptime : 0;
}

int64_t growth_min(const struct timeline *timeline)
{
	const struct sample *look = last_look(timeline);
	int64_t total = sample_has_account(look) ? sample_total(look) : 0;
	int64_t noise = total / NOISE_PART, slow;

	if (noise < NOISE_BYTES)
		noise = NOISE_BYTES;
	slow = total / (LASTS_DAYS * 86400.0) * seconds_seen(timeline);
	return slow > noise ? slow : noise;
}

static int64_t bytes_at(const struct sample *sample, enum usage_kind kind,
			const char *name, size_t index)
{
	const struct usages *usages = &sample->of[kind];
	const struct usage *found;

	if (kind == USAGE_MEMORY)
		return index < usages->nr ? usages->list[index].bytes : 0;
	found = usage_find(usages, name);
	return found ? found->bytes : 0;
}

struct growth growth_of(const struct timeline *timeline, enum usage_kind kind, size_t index)
{
	const struct usage *usage = &last_look(timeline)->of[kind].list[index];
	int64_t first = bytes_at(&timeline->look[0], kind, usage->name, index);
	struct growth growth = { .usage = usage, .bytes = usage->bytes - first };
	int64_t highest = first, given_back = 0, now;
	unsigned int i;

	for (i = 1; i < timeline->nr; i++) {
		now = bytes_at(&timeline->look[i], kind, usage->name, index);
		if (now > highest)
			highest = now;
		else if (highest - now > given_back)
			given_back = highest - now;
	}
	growth.lasting = growth.bytes > 0 && given_back <= growth.bytes / 4;
	return growth;
}

static int by_growth(const void *a, const void *b)
{
	const struct growth *x = a, *y = b;

	if (x->lasting != y->lasting)
		return x->lasting ? -1 : 1;
	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return strcmp(x->usage->name, y->usage->name);
}

struct growth *growths(const struct timeline *timeline, enum usage_kind kind)
{
	size_t i, nr = last_look(timeline)->of[kind].nr;
	struct growth *growth = xcalloc(nr + 1, sizeof(*growth));

	for (i = 0; i < nr; i++)
		growth[i] = growth_of(timeline, kind, i);
	qsort(growth, nr, sizeof(*growth), by_growth);
	return growth;
}
