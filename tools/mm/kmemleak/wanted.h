/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files that a look wanted and did not get: they are named, with what they would tell.
 */
#ifndef KMEMLEAK_WANTED_H
#define KMEMLEAK_WANTED_H

#include <stdio.h>

#include "growth.h"

/**
 * wanted_print() - name files that are missing or could not be parsed
 * @timeline: with one look or more
 * @out: where to
 */
void wanted_print(const struct timeline *timeline, FILE *out);

/**
 * wanted_for_pages() - files that could tell of pages that the account does not explain
 * @look: a look at a saved machine
 *
 * Return: those that were not saved, "A, B"; NULL if there are none. The caller frees it.
 */
char *wanted_for_pages(const struct sample *look);

#endif
