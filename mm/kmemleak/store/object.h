/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Objects in slabs and in ranges, found by address.
 */
#ifndef _MM_KMEMLEAK_STORE_OBJECT_H
#define _MM_KMEMLEAK_STORE_OBJECT_H

#include <linux/bitops.h>
#include <linux/kasan.h>
#include <linux/types.h>

#include "store/range.h"

struct slab_table;
struct slot;
struct tracked_range;

/* Remove the tag of KASAN: addresses are recorded and looked up without tags. */
static inline unsigned long untagged(const void *ptr)
{
	return (unsigned long)kasan_reset_tag(ptr);
}

/**
 * struct object_ref - an object found by its address
 * @start: first byte
 * @size: in bytes
 * @slot: the slot that describes it
 * @table: its slab's table, %NULL for a range
 * @range: its range, %NULL for a slab object
 *
 * Valid inside the RCU read-side section that found it.
 */
struct object_ref {
	unsigned long start;
	size_t size;
	struct slot *slot;
	struct slab_table *table;
	struct tracked_range *range;
};

/*
 * Rare objects that only a walk over all objects can find. Whoever creates one sets the
 * bit, and a scan skips the walk if the bit is clear.
 */
#define WALK_REPORTED	0	/* some object is or was reported */
#define WALK_TRANSIENT	1	/* some object is or was transient */

extern unsigned long walks_wanted;

static inline void walk_want(unsigned int walk)
{
	set_bit(walk, &walks_wanted);
}

static inline bool walk_wanted(unsigned int walk)
{
	return test_bit(walk, &walks_wanted);
}

struct object_ref slab_ref(struct slab_table *table, unsigned long i);
struct object_ref range_ref(struct tracked_range *range);
bool object_find(enum range_space space, unsigned long addr,
		 struct object_ref *ref);
bool object_find_in_slab(unsigned long addr, struct object_ref *ref);
bool object_set_flags(enum range_space space, unsigned long addr, u32 set);
bool object_peek(const struct object_ref *ref, size_t offset, void *buffer,
		 size_t size);
unsigned int object_peek_cpu(void);
u32 object_crc(const struct object_ref *ref);
bool records_lost(void);
bool in_untracked_slab(unsigned long addr);

#endif
