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
 * struct growth - how one of a kind changed
 * @usage: it, in the last look
 * @bytes: from the first look to the last
 * @lasting: in between, it gave back little of that
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
 */
double seconds_seen(const struct timeline *timeline);

/**
 * growth_min() - growth that matters
 * @timeline: with one look or more
 *
 * Return: bytes; less than that comes and goes in any machine.
 */
int64_t growth_min(const struct timeline *timeline);

/**
 * growth_of() - how something changed
 * @timeline: with one look or more
 * @kind: what it is
 * @index: of it in the last look
 */
struct growth growth_of(const struct timeline *timeline, enum usage_kind kind, size_t index);

/**
 * growths() - how all of a kind changed
 * @timeline: with one look or more
 * @kind: of these
 *
 * Return: as many as there are in the last look, what grew most first; the caller
 * frees it.
 */
struct growth *growths(const struct timeline *timeline, enum usage_kind kind);

#endif
