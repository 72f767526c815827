// SPDX-License-Identifier: GPL-2.0
/*
 * Hints from the owners of slab caches.
 *
 * Invariant: hints only grow, and only while the kernel boots on one CPU, so that readers
 * need no lock. A cache is compared by its address before it is looked at.
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

/**
 * kmemleak_cache_hint() - tell what the owner of a slab cache knows of its objects
 * @cache: the cache, which is never destroyed and has no objects yet
 * @kind: any of
 *	%KMEMLEAK_CACHE_TEXT: objects never hold a reference;
 *	%KMEMLEAK_CACHE_WRITTEN: whoever allocates an object writes all of it at once, so
 *	that references of its previous owner do not stay in it
 * @holes: parts of each object that may hold the address of an object, but no reference:
 *	text, numbers, pointers that nobody follows; in order, and closed by an empty
 *	entry. %NULL for none
 *
 * A hint makes scans more exact or allocations cheaper. Without it objects are zeroed when
 * they are allocated, and read as a whole.
 *
 * Context: Boot, before there is a second task. The list is not copied.
 */
void __init kmemleak_cache_hint(const struct kmem_cache *cache, unsigned int kind,
				const struct kmemleak_hole *holes)
{
	if (nr_hints == ARRAY_SIZE(hints)) {
		pr_warn_once("no room for the hint of cache %s\n", cache->name);
		return;
	}
	hints[nr_hints++] = (struct cache_hint) {
		.cache = cache,
		.kind = kind,
		.holes = holes,
	};
}

/**
 * hint_of() - what the owner of a cache told
 * @cache: the cache; may be gone
 *
 * Return: the hint, or %NULL if there is none, or the cache is shared with other owners
 * whose objects have the same size.
 */
const struct cache_hint *hint_of(const struct kmem_cache *cache)
{
	const struct cache_hint *hint;

	for (hint = hints; hint < hints + nr_hints; hint++)
		if (hint->cache == cache && cache->refcount == 1)
			return hint;
	return NULL;
}
