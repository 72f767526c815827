/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What "kmemleak triage" has seen, and how that grew.
 */
#ifndef KMEMLEAK_TRIAGE_H
#define KMEMLEAK_TRIAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "sample.h"

#define LOOKS_MAX	6

/**
 * struct triage - what was asked for and seen
 * @seconds: how long to look, 0 for once
 * @since: a tree saved earlier from this machine, to compare with; or NULL
 * @look: what was seen, in order of time
 * @nr: how often
 */
struct triage {
	double seconds;
	const char *since;
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
 * last_look() - what was seen last
 */
const struct sample *last_look(const struct triage *triage);

/**
 * seconds_seen() - the time from the first look to the last
 */
double seconds_seen(const struct triage *triage);

/**
 * growth_min() - growth that matters
 *
 * Return: bytes; less than that comes and goes in any machine.
 */
int64_t growth_min(const struct triage *triage);

/**
 * growth_of() - how something changed
 * @triage: with one look or more
 * @kind: what it is
 * @index: of it in the last look
 */
struct growth growth_of(const struct triage *triage, enum usage_kind kind, size_t index);

/**
 * growths() - how all of a kind changed
 * @triage: with one look or more
 * @kind: of these
 *
 * Return: as many as there are in the last look, what grew most first; the caller
 * frees it.
 */
struct growth *growths(const struct triage *triage, enum usage_kind kind);

/**
 * advise() - say in words what that means, and what to do next
 * @triage: with one look or more
 * @out: where to
 */
void advise(const struct triage *triage, FILE *out);

#endif
