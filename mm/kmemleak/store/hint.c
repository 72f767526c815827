// SPDX-License-Identifier: GPL-2.0
/*
 * Hints from the owners of slab caches and per-CPU variables.
 *
 * Invariant: hints are only added, and only while the kernel boots on a single CPU, so
 * readers need no lock. The cache that is asked about is known by its address alone: it may
 * be gone.
 */
#define pr_fmt(fmt) "kmemleak: " fmt

#include <linux/cache.h>
#include <linux/init.h>
#include <linux/kmemleak.h>
#include <linux/printk.h>

#include "../../slab.h"

#include "store/hint.h"

static struct cache_hint hints[8] __ro_after_init;
static unsigned int nr_hints __ro_after_init;
static struct percpu_hint percpu_hints[8] __ro_after_init;
static unsigned int nr_percpu_hints __ro_after_init;

/**
 * kmemleak_cache_hint() - tell what the owner of a slab cache knows about its objects
 * @cache: the cache, which is never destroyed and has no objects yet
 * @kind: any of
 *	%KMEMLEAK_CACHE_TEXT: what the previous owner of an object left there is text;
 *	%KMEMLEAK_CACHE_WRITTEN: the new owner of an object writes all of it at once, so
 *	that no references of the previous owner remain
 * @holes: parts of each object that may hold the address of an object, but no
 *	reference: text, numbers, pointers that nobody follows; sorted, ends with an
 *	empty entry, is not copied; %NULL for none
 *
 * A hint makes scans more exact or allocations cheaper. Without a hint, objects are
 * filled when they are allocated, and are read as a whole. A cache with a hint is not
 * merged with others from then on. If it has been merged with one already, the hint is
 * ignored, for it may not hold for the objects of that one.
 *
 * Context: Boot, before there is a second task.
 */
void __init kmemleak_cache_hint(struct kmem_cache *cache, unsigned int kind,
				const struct kmemleak_hole *holes)
{
	if (cache->refcount != 1)
		return;
	if (nr_hints == ARRAY_SIZE(hints)) {
		pr_warn_once("no room for the hint of cache %s\n", cache->name);
		return;
	}
	cache->flags |= SLAB_NO_MERGE;
	hints[nr_hints++] = (struct cache_hint) {
		.cache = cache,
		.kind = kind,
		.holes = holes,
	};
}

/**
 * kmemleak_percpu_hint() - tell what the owner of a static per-CPU variable knows about it
 * @variable: the variable, which is not a module's
 * @holes: parts of it that may hold the address of an object, but no reference; in any
 *	order, ends with an empty entry, is not copied
 *
 * A hint makes scans more exact. Without a hint, all of the variable is read.
 *
 * Context: Boot, before there is a second task.
 */
void __init kmemleak_percpu_hint(const void __percpu *variable,
				 const struct kmemleak_hole *holes)
{
	if (nr_percpu_hints == ARRAY_SIZE(percpu_hints)) {
		pr_warn_once("no room for the hint of %pS\n", (void __force *)variable);
		return;
	}
	percpu_hints[nr_percpu_hints++] = (struct percpu_hint) {
		.variable = variable,
		.holes = holes,
	};
}

/**
 * percpu_hint_nth() - walk over the hints for per-CPU variables
 * @nr: number of the hint, from 0
 *
 * Return: the hint, or %NULL if there are no more.
 */
const struct percpu_hint *percpu_hint_nth(unsigned int nr)
{
	return nr < nr_percpu_hints ? &percpu_hints[nr] : NULL;
}

/**
 * hint_of() - get the hint that the owner of a cache gave
 * @cache: the cache; may be gone
 *
 * Return: the hint, or %NULL.
 */
const struct cache_hint *hint_of(const struct kmem_cache *cache)
{
	const struct cache_hint *hint;

	for (hint = hints; hint < hints + nr_hints; hint++)
		if (hint->cache == cache)
			return hint;
	return NULL;
}
