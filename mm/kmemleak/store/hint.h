/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hints that owners of slab caches gave about their objects, see kmemleak_cache_hint().
 */
#ifndef _MM_KMEMLEAK_STORE_HINT_H
#define _MM_KMEMLEAK_STORE_HINT_H

struct kmem_cache;
struct kmemleak_hole;

/**
 * struct cache_hint - what is known about a cache
 * @cache: the cache; it is never destroyed
 * @kind: KMEMLEAK_CACHE_*
 * @holes: the parts of each object that hold no reference; %NULL for none
 */
struct cache_hint {
	const struct kmem_cache *cache;
	unsigned int kind;
	const struct kmemleak_hole *holes;
};

const struct cache_hint *hint_of(const struct kmem_cache *cache);

#endif
