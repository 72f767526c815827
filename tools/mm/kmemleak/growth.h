/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Growth of usages over several looks at a machine.
 */
#ifndef KMEMLEAK_GROWTH_H
#define KMEMLEAK_GROWTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sample.h"
#include "usage.h"

#define LOOKS_MAX	6

/* Slower growth does no harm: all of memory lasts for that long. */
#define LASTS_DAYS	90

/**
 * struct timeline - looks at one machine within one boot
 * @look: the looks, in order of time
 * @nr: how many
 */
struct timeline {
	struct sample look[LOOKS_MAX];
	unsigned int nr;
};

/**
 * struct growth - growth of one usage
 * @usage: the usage in the last look
 * @bytes: growth from the first look to the last
 * @lasting: it gave back little of that in between
 */
struct growth {
	const struct usage *usage;
	int64_t bytes;
	bool lasting;
};

/**
 * last_look() - the last look
 * @timeline: with one look or more
 */
const struct sample *last_look(const struct timeline *timeline);

/**
 * seconds_seen() - the time from the first look to the last
 * @timeline: with one look or more
 *
 * Return: seconds; 0 if it is not known, or there is one look only.
 */
double seconds_seen(const struct timeline *timeline);

/**
 * growth_min() - growth that matters
 * @timeline: with one look or more
 *
 * Return: bytes; smaller changes come and go on any machine, or need months to take all
 * of its memory.
 */
int64_t growth_min(const struct timeline *timeline);

/**
 * growth_of() - growth of one usage
 * @timeline: with one look or more
 * @kind: the kind of usage
 * @index: its index in the last look
 */
struct growth growth_of(const struct timeline *timeline, enum usage_kind kind, size_t index);

/**
 * growths() - growth of all usages of a kind
 * @timeline: with one look or more
 * @kind: the kind of usage
 *
 * Return: an array with an entry for each usage in the last look, largest growth
 * first; the caller frees it.
 */
struct growth *growths(const struct timeline *timeline, enum usage_kind kind);

#endif
