/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Groups of leaks by stack and size.
 */
#ifndef KMEMLEAK_GROUPS_H
#define KMEMLEAK_GROUPS_H

#include "entry.h"
#include "leaks.h"

struct groups;

/**
 * groups_new() - a set of groups
 * @leaks: a report without groups, which owns those of the set
 *
 * Return: the set; groups_free() frees it, but no group.
 */
struct groups *groups_new(struct leaks *leaks);
void groups_free(struct groups *groups);

/**
 * groups_count() - add to the totals of a report
 * @leaks: the report
 * @objects: number of leaks
 * @bytes: sum of their sizes
 *
 * Return: false, and nothing is added, if that is too much to be counted.
 */
bool groups_count(struct leaks *leaks, uint64_t objects, uint64_t bytes);

/**
 * groups_add() - add an entry to its group
 * @groups: the set
 * @entry: the entry; reset then
 *
 * Return: false, and nothing is added, as groups_count().
 */
bool groups_add(struct groups *groups, struct entry *entry);

#endif
