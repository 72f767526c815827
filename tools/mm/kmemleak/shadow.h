/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory that follows other memory, and what the kernel gives back, by name.
 */
#ifndef KMEMLEAK_SHADOW_H
#define KMEMLEAK_SHADOW_H

#include <stdbool.h>

#include "account.h"
#include "series.h"
#include "usage.h"

/**
 * cache_is_kept() - do the objects of a cache wait for who owns them?
 * @name: the cache's name
 *
 * Return: true for caches that are not given back though the kernel marks them, or though
 * their names look so; false for those of which nothing is known.
 */
bool cache_is_kept(const char *name);

/**
 * cache_is_marked() - does the kernel count a cache as reclaimable?
 * @name: the cache's name
 */
bool cache_is_marked(const char *name);

/**
 * caches_follow() - find the memory that belongs to what is given back
 * @caches: sorted, with their @reclaimable and @kept; gets their @follows
 */
void caches_follow(struct usages *caches);

/**
 * series_owner() - who can free the memory of a series
 * @series: the series
 */
enum account_owner series_owner(const struct series *series);

/**
 * shadow_partner() - what a series follows
 * @series: a series that grows
 * @slope: by how many bytes a second
 * @list: all series of the boot
 *
 * An object of some caches belongs to an object of another: the blob of a security
 * module to an inode. Such a cache grows with the other one, and no more than that; if
 * it does grow more, it follows nothing.
 *
 * Return: the series with which it grows most, or NULL.
 */
const struct series *shadow_partner(const struct series *series, double slope,
				    const struct series_list *list);

#endif
