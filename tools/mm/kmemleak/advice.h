/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Conclusions of "kmemleak triage", in words.
 */
#ifndef KMEMLEAK_ADVICE_H
#define KMEMLEAK_ADVICE_H

#include <stdio.h>

#include "growth.h"

/**
 * advise() - say in words what the looks mean, and what to do next
 * @timeline: with one look or more
 * @out: where to
 */
void advise(const struct timeline *timeline, FILE *out);

#endif
