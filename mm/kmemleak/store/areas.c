// SPDX-License-Identifier: GPL-2.0
/*
 * Scan areas of all objects, in one priority search tree.
 *
 * Invariants:
 *
 * - range_lock (range.c) guards the tree.
 * - An area lies inside one object and is dropped with it. Objects that have areas
 *   carry OBJ_AREAS.
 * - An object may have any number of them. Whoever holds the lock searches the tree
 *   AREAS_HOLD times at most: interrupts are off meanwhile.
 */
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "store/areas.h"
#include "store/object.h"
#include "store/range.h"
#include "store/slot.h"
#include "store/stats.h"

/* A node of @areas: a part of an object that may hold references. */
struct scan_area {
	struct pst_node node;
};

static struct pst_root areas;
static unsigned int nr_areas;
static struct kmem_cache *area_cache;

/* Remove one area, and add it to a list. Returns false if there is none. */
static bool area_drop_locked(unsigned long start, unsigned long last,
			     struct pst_node **dropped)
{
	struct pst_node *node = pst_first_overlap(&areas, start, last);

	lockdep_assert_held(&range_lock);
	if (!node)
		return false;
	pst_erase(&areas, node);
	node->child[0] = *dropped;
	*dropped = node;
	WRITE_ONCE(nr_areas, nr_areas - 1);
	return true;
}

static void areas_free(struct pst_node *dropped)
{
	struct pst_node *node;

	while ((node = dropped)) {
		dropped = node->child[0];
		kmem_cache_free(area_cache,
				container_of(node, struct scan_area, node));
	}
}

/* Drop some of the areas in a piece of memory. Returns false if that were all. */
static bool areas_drop_some(unsigned long start, unsigned long last)
{
	struct pst_node *dropped = NULL;
	unsigned long flags;
	unsigned int nr = 0;

	raw_spin_lock_irqsave(&range_lock, flags);
	while (nr < AREAS_HOLD && area_drop_locked(start, last, &dropped))
		nr++;
	raw_spin_unlock_irqrestore(&range_lock, flags);
	areas_free(dropped);
	return nr == AREAS_HOLD;
}

/**
 * areas_drop() - drop all scan areas of an object that is going away, or is cut
 * @start: the object's first byte
 * @last: its last byte
 *
 * Context: Any but NMI.
 */
void areas_drop(unsigned long start, unsigned long last)
{
	while (areas_drop_some(start, last))
		;
}

/**
 * areas_teardown() - drop all scan areas
 *
 * Context: Sleeps. The hooks are off, and none of them is running any more.
 */
void areas_teardown(void)
{
	while (areas_drop_some(0, ULONG_MAX))
		cond_resched();
}

/**
 * area_add() - restrict the scan of an object to an area
 * @ref: the object
 * @start: first byte of the area, inside the object
 * @last: last byte of the area, inside the object
 * @gfp: flags for the allocation
 *
 * Context: Any but NMI, as far as @gfp allows.
 * Return: false if there is no memory. The object is then scanned as a whole unless it
 * has other areas.
 */
bool area_add(const struct object_ref *ref, unsigned long start,
	      unsigned long last, gfp_t gfp)
{
	struct scan_area *area;
	unsigned long flags;

	area = kmem_cache_alloc(area_cache, metadata_gfp(gfp) | __GFP_ZERO);
	if (!area) {
		/* Scan the whole object instead: that only hides more leaks. */
		slot_change(ref->slot, OBJ_SCAN_ALL, 0);
		stat_inc(STAT_UNTRACKED_AREA_NOMEM);
		return false;
	}
	area->node.start = start;
	area->node.last = last;

	raw_spin_lock_irqsave(&range_lock, flags);
	pst_insert(&areas, &area->node);
	WRITE_ONCE(nr_areas, nr_areas + 1);
	raw_spin_unlock_irqrestore(&range_lock, flags);
	slot_change(ref->slot, OBJ_AREAS, 0);
	return true;
}

/**
 * areas_get() - copy the next areas of a walk
 * @addr: where to continue; advances past the start of the last area copied
 * @area: where to copy them to
 * @room: number of entries in @area
 *
 * If several areas begin at one address, only the longest is copied.
 *
 * Context: Any but NMI.
 * Return: the number of areas copied, which may be less than @room; 0 at the end.
 */
unsigned int areas_get(unsigned long *addr, struct area_view *area,
		       unsigned int room)
{
	struct pst_node *node;
	unsigned long flags;
	unsigned int nr;

	room = min(room, AREAS_HOLD);
	raw_spin_lock_irqsave(&range_lock, flags);
	for (nr = 0; nr < room; nr++) {
		node = pst_find_next(&areas, *addr);
		if (!node)
			break;
		area[nr].start = node->start;
		area[nr].last = node->last;
		*addr = node->start + 1;
	}
	raw_spin_unlock_irqrestore(&range_lock, flags);
	return nr;
}

/**
 * areas_might_lock() - tell lockdep that areas_get() may be called here
 */
void areas_might_lock(void)
{
	might_lock(&range_lock);
}

/**
 * areas_count() - get the current number of areas
 *
 * Return: the number of areas.
 */
unsigned int areas_count(void)
{
	return READ_ONCE(nr_areas);
}

/**
 * areas_bytes() - get the size of the memory that areas take
 *
 * Return: bytes.
 */
long areas_bytes(void)
{
	return (long)areas_count() * sizeof(struct scan_area);
}

/**
 * areas_init() - create the cache for areas
 */
void __init areas_init(void)
{
	area_cache = KMEM_CACHE(scan_area, SLAB_NOLEAKTRACE | SLAB_PANIC);
}
