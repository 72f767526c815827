/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the sources under test need of mm/slab.h, and of struct page. Each of them is
 * compiled with "-include slab.h": so the guard is that of the kernel's file, which is
 * there, too, if this is a whole tree.
 */
#ifndef MM_SLAB_H
#define MM_SLAB_H

#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/slab.h>

/**
 * struct kmem_cache - a cache of the detector's, or one that it watches
 * @name: of the cache
 * @flags: SLAB_*
 * @size: distance of objects
 * @object_size: bytes that their owners may use
 * @red_left_pad: bytes before the first object
 * @offset: where a free object has the address of the next one
 * @inuse: bytes before what the allocator keeps behind an object
 * @refcount: caches that share this one
 * @ctor: for new objects; kept by free ones
 * @order: pages of a slab, as a power of two
 * @partial: slabs with free objects
 * @others: all caches there are
 */
struct kmem_cache {
	const char *name;
	slab_flags_t flags;
	unsigned int size;
	unsigned int object_size;
	unsigned int red_left_pad;
	unsigned int offset;
	unsigned int inuse;
	int refcount;
	void (*ctor)(void *object);
	unsigned int order;
	struct slab *partial;
	struct kmem_cache *others;
};

/**
 * struct slab - a slab of a cache that is watched
 * @slab_cache: the cache
 * @objects: how many it has room for
 * @start: its first byte
 * @freelist: its free objects
 * @inuse: how many are not free
 * @linked: it is in @slab_cache->partial
 * @next: the next one there
 * @prev: the one before
 */
struct slab {
	struct kmem_cache *slab_cache;
	unsigned int objects;
	unsigned long start;
	unsigned long freelist;
	unsigned int inuse;
	bool linked;
	struct slab *next;
	struct slab *prev;
};

/* %NULL if the address is in no slab. */
struct slab *virt_to_slab(const void *addr);

/* Whoever asks may not have it. */
static inline void *slab_address(const struct slab *slab)
{
	return (void *)READ_ONCE(slab->start);
}

static inline unsigned int slab_order(const struct slab *slab)
{
	return slab->slab_cache->order;
}

static inline bool want_init_on_alloc(gfp_t gfp)
{
	return gfp & __GFP_ZERO;
}

#endif /* MM_SLAB_H */
