/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hints that owners of slab caches gave about their objects, see kmemleak_cache_hint(), and
 * owners of per-CPU variables about those, see kmemleak_percpu_hint().
 */
#ifndef _MM_KMEMLEAK_STORE_HINT_H
#define _MM_KMEMLEAK_STORE_HINT_H

#include <linux/compiler.h>

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

/**
 * struct percpu_hint - what is known about a static per-CPU variable
 * @variable: the variable
 * @holes: the parts of it that hold no reference
 */
struct percpu_hint {
	const void __percpu *variable;
	const struct kmemleak_hole *holes;
};

const struct cache_hint *hint_of(const struct kmem_cache *cache);
const struct percpu_hint *percpu_hint_nth(unsigned int nr);

#endif
