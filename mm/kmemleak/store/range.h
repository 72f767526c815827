/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Objects outside of slabs: large kmalloc, vmalloc, per-CPU and memblock memory,
 * objects of KFENCE, and objects that code registers by hand.
 */
#ifndef _MM_KMEMLEAK_STORE_RANGE_H
#define _MM_KMEMLEAK_STORE_RANGE_H

#include <linux/gfp_types.h>
#include <linux/prio_search_tree.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sizes.h>
#include <linux/spinlock_types.h>

#include "store/slot.h"

/**
 * enum range_space - the kinds of addresses that ranges have
 * @RANGE_VIRT: kernel virtual address
 * @RANGE_PHYS: physical address
 * @RANGE_PERCPU: per-CPU pointer
 * @RANGE_NR_SPACES: number of kinds
 */
enum range_space {
	RANGE_VIRT,
	RANGE_PHYS,
	RANGE_PERCPU,
	RANGE_NR_SPACES,
};

/**
 * struct tracked_range - an object outside of slabs
 * @node: node in the tree of its space; guarded by range_lock
 * @slot: its allocation and flags
 * @min_count: number of references below which it is a leak
 * @count: number of references seen by the last scan
 * @space: what kind of address it has
 * @dead: freed: its memory must not be read any more
 * @holder: its holder, see report/holders.c
 * @ref: references: one of the tree, others of snapshots and walks
 * @rcu: for the deferred free
 */
struct tracked_range {
	struct pst_node node;
	struct slot slot;
	unsigned int min_count;
	unsigned int count;
	enum range_space space;
	bool dead;
	u64 holder;
	refcount_t ref;
	struct rcu_head rcu;
};

static inline size_t range_size(const struct tracked_range *range)
{
	return range->node.last - range->node.start + 1;
}

/* Is an object so large that many numbers look like an address in it? */
static inline bool range_is_huge(unsigned long start, unsigned long last)
{
	return last - start >= SZ_1M;
}

/* Number of ranges that a walk gets each time it takes the lock. */
#define WALK_RANGES	16

/**
 * struct range_iter - a walk over all ranges of one space
 * @space: the space
 * @addr: where to continue
 * @range: the next ranges, each with a reference
 * @nr: number of ranges in @range
 * @used: how many of them were handed out
 */
struct range_iter {
	enum range_space space;
	unsigned long addr;
	struct tracked_range *range[WALK_RANGES];
	unsigned int nr;
	unsigned int used;
};

/* Guards the trees of ranges and of scan areas, and lost ranges. A leaf lock. */
extern raw_spinlock_t range_lock;

void __init range_init(void);
struct tracked_range *range_new(gfp_t gfp);
bool range_add(struct tracked_range *range, enum range_space space, unsigned long start,
	       size_t size, unsigned int min_count, const struct slot *slot);
bool range_insert(enum range_space space, unsigned long start, size_t size,
		  unsigned int min_count, const struct slot *slot, gfp_t gfp);
bool range_remove(enum range_space space, unsigned long start);
bool range_cut(enum range_space space, unsigned long start, size_t size);
bool range_covers(enum range_space space, unsigned long start, size_t size);
void range_drop_inside(unsigned long start, unsigned long last);
struct tracked_range *range_find(enum range_space space, unsigned long addr);
struct tracked_range *range_get_next(enum range_space space,
				     unsigned long *addr);
void range_put(struct tracked_range *range);
void range_walk(void (*visit)(struct tracked_range *range, void *arg),
		void *arg);
struct tracked_range *range_iter_next(struct range_iter *iter);
void range_iter_end(struct range_iter *iter);
unsigned long range_count(enum range_space space);
unsigned long space_address(enum range_space space, unsigned long start,
			    unsigned long last);
unsigned long range_address(const struct tracked_range *range);
bool range_referred(unsigned long start, unsigned long last,
		    unsigned long addr);
long range_metadata_bytes(void);
void range_teardown(void);

#endif
