// SPDX-License-Identifier: GPL-2.0
/*
 * Enter the calls of hooks into the store, whether they are made now or come from the
 * boot log.
 *
 * Invariants:
 *
 * - Each function looks up and stores inside one RCU read-side section, which "off" waits
 *   for. Where a record takes memory first, the state is read once more where the record
 *   is added: in such a section (slab_table_make()), or under the lock that the teardown
 *   takes, too (range_add()).
 * - An object that cannot be recorded is counted, and is a root from then on. An
 *   address that makes no sense is counted, and changes nothing.
 */
#include <linux/kernel.h>
#include <linux/kfence.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "../slab.h"

#include "kmemleak.h"
#include "store/areas.h"
#include "store/directory.h"
#include "store/object.h"
#include "store/range.h"
#include "store/slab.h"
#include "store/slot.h"
#include "store/stats.h"
#include "trace/comm.h"
#include "record.h"

/* Enter the task, in the RCU read-side section that stores the slot (see comm.c). */
static void slot_set_task(struct slot *slot)
{
	slot->state = (slot->state & OBJ_FLAGS_MASK) |
		      comm_current(&slot->pid) << OBJ_COMM_SHIFT;
}

/**
 * record_range() - record an object outside of slabs
 * @space: what kind of address @addr is
 * @addr: its first byte
 * @size: bytes
 * @min_count: as for kmemleak_alloc()
 * @slot: its allocation; the object's colour and task are added
 * @gfp: flags of the allocation
 *
 * Context: Any but NMI.
 * Return: true if it was recorded.
 */
bool record_range(enum range_space space, unsigned long addr, size_t size,
		  int min_count, struct slot *slot, gfp_t gfp)
{
	/* This may sleep, so it comes before the section. */
	struct tracked_range *range = range_new(gfp);
	bool done;

	slot->state |= colour_of(min_count);
	rcu_read_lock();
	slot_set_task(slot);
	done = range_add(range, space, addr, size, max(min_count, 0), slot);
	rcu_read_unlock();
	return done;
}

/**
 * record_alloc() - record an object that was registered by hand
 * @addr: its first byte
 * @size: bytes
 * @min_count: as for kmemleak_alloc()
 * @slot: its allocation; the object's colour and task are added
 * @gfp: flags of the allocation
 *
 * It may be a slab object, a part of one, or memory of another kind.
 *
 * Context: Any but NMI.
 */
void record_alloc(unsigned long addr, size_t size, int min_count,
		  struct slot *slot, gfp_t gfp)
{
	struct slab_table *table;
	bool done = false;

	rcu_read_lock();
	table = slab_table_of(addr);
	if (table) {
		struct slot coloured = *slot;
		struct object_ref ref;

		coloured.state |= colour_of(min_count);
		slot_set_task(&coloured);
		done = object_find_in_slab(addr, &ref) && ref.start == addr;
		if (done)
			kmemleak_complain(STAT_BAD_DOUBLE, addr);
		else
			done = slab_alloc(table, addr, &coloured);
		if (!done)
			set_bit(TABLE_RANGES, &table->flags);
	}
	rcu_read_unlock();
	if (!done)
		record_range(RANGE_VIRT, addr, size, min_count, slot, gfp);
}

/*
 * Record an object of KFENCE, which filled it before the constructor ran. It has the
 * size that was requested, whatever the size of the cache's objects: it is followed by
 * bytes that KFENCE checks, or by a page that KFENCE protects.
 */
static void record_kfence_alloc(unsigned long addr, int min_count,
				struct slot *slot, gfp_t gfp)
{
	record_range(RANGE_VIRT, addr, kfence_ksize((void *)addr), min_count,
		     slot, gfp);
}

/**
 * record_kfence_free() - forget an object of KFENCE that is about to be freed
 * @addr: its first byte
 *
 * KFENCE then protects the object's page, after which nothing that was registered
 * inside the object may be read.
 *
 * Context: Any but NMI.
 */
void record_kfence_free(unsigned long addr)
{
	unsigned long page = ALIGN_DOWN(addr, PAGE_SIZE);

	range_drop_inside(page, page + PAGE_SIZE - 1);
}

/*
 * Complain about an object that was handed out where the slab of @table has none. It is a
 * root until the slab goes.
 */
static void record_misfit(struct slab_table *table, unsigned long addr, size_t size,
			  struct slot *slot, gfp_t gfp)
{
	kmemleak_complain(STAT_BAD_SLAB, addr);
	set_bit(TABLE_RANGES, &table->flags);
	record_range(RANGE_VIRT, addr, size, 0, slot, gfp & ~__GFP_DIRECT_RECLAIM);
}

/**
 * record_slab_alloc() - record a slab object, whatever that takes
 * @addr: its first byte
 * @size: bytes
 * @min_count: as for kmemleak_alloc()
 * @slot: its allocation; the object's colour and task are added. By value, because
 *	record_anyhow() has it in registers
 * @gfp: flags of the allocation
 *
 * Context: Any but NMI, as far as @gfp allows.
 */
noinline void record_slab_alloc(unsigned long addr, size_t size,
				       int min_count, struct slot slot,
				       gfp_t gfp)
{
	struct slab_table *table;
	struct slab *slab;

	if (is_kfence_address((void *)addr)) {
		record_kfence_alloc(addr, min_count, &slot, gfp);
		return;
	}
	rcu_read_lock();
	table = slab_table_of(addr);
	if (unlikely(!table)) {
		rcu_read_unlock();
		/* Older than the detector, or there was no memory: try now. */
		slab = virt_to_slab((void *)addr);
		if (unlikely(!slab))
			kmemleak_complain(STAT_BAD_SLAB, addr);
		if (!slab || !slab_table_make(slab, true, gfp)) {
			slab_wipe_untracked(addr, size, gfp);
			return;
		}
		rcu_read_lock();
		table = slab_table_of(addr);
	}
	slot.state |= colour_of(min_count);
	if (table) {
		/* When caches are merged, their objects may get larger. */
		if (unlikely(size > READ_ONCE(table->object_size)))
			WRITE_ONCE(table->object_size, size);
		slot_set_task(&slot);
		if (unlikely(!slab_alloc(table, addr, &slot)))
			record_misfit(table, addr, size, &slot, gfp);
		slab_wipe(table, addr, size, gfp);
	}
	rcu_read_unlock();
}

/**
 * record_vmalloc() - record a vmalloc area
 * @area: the area
 * @size: bytes
 * @slot: its allocation; the object's colour and task are added
 * @gfp: flags of the allocation
 *
 * Context: Any but NMI.
 */
void record_vmalloc(const struct vm_struct *area, size_t size,
		    struct slot *slot, gfp_t gfp)
{
	int min_count = 1;

	/*
	 * Some references always exist: the area's address in its vm_struct; and,
	 * because references to a tracked vm_struct count for the area, the one in its
	 * vmap_area. One more makes the area reachable. References to a vm_struct of
	 * KFENCE, which is a range, do not count for the area: ask for a single one,
	 * and rather miss a leak.
	 */
	if (!is_kfence_address(area))
		min_count = 2 + object_set_flags(RANGE_VIRT, untagged(area),
						 OBJ_VM_STRUCT);
	record_range(RANGE_VIRT, untagged(area->addr), size, min_count, slot,
		     gfp);
}

/**
 * record_free() - forget an object that is about to be freed
 * @addr: its first byte
 *
 * Context: Any but NMI.
 */
void record_free(unsigned long addr)
{
	struct slab_table *table;
	bool found = false;

	rcu_read_lock();
	table = slab_table_of(addr);
	if (table)
		found = slab_free(table, addr);
	rcu_read_unlock();
	if (!found)
		found = range_remove(RANGE_VIRT, addr);
	/* vfree_atomic() reports the free at once, and vfree() again later. */
	if (!found && !records_lost() && !in_untracked_slab(addr) &&
	    !is_vmalloc_addr((void *)addr))
		kmemleak_complain(STAT_BAD_FREE, addr);
}

/**
 * record_free_part() - forget a part of an object that is about to be freed
 * @addr: first byte of the part
 * @size: bytes
 *
 * Context: Any but NMI.
 */
void record_free_part(unsigned long addr, size_t size)
{
	/* Check first: a lost object is no longer lost once it is cut. */
	bool whole = records_lost() || range_covers(RANGE_VIRT, addr, size);

	/* Cut even if the call makes no sense: freed memory must not be read. */
	range_cut(RANGE_VIRT, addr, size);
	/* Until init is over, memory is freed that was never allocated. */
	if (!whole && system_state >= SYSTEM_RUNNING)
		kmemleak_complain(STAT_BAD_FREE_PART, addr);
}

/**
 * record_flags() - annotate an object
 * @space: what kind of address @addr is
 * @addr: its first byte
 * @set: OBJ_* to set
 *
 * Context: Any but NMI.
 */
void record_flags(enum range_space space, unsigned long addr, u32 set)
{
	if (!object_set_flags(space, addr, set) && space == RANGE_VIRT &&
	    !records_lost() && !in_untracked_slab(addr))
		kmemleak_complain(STAT_BAD_OBJECT, addr);
}

/**
 * record_scan_area() - restrict the scan of an object to a part of it
 * @addr: first byte of the part
 * @size: bytes; %SIZE_MAX means up to the end of the object
 * @gfp: flags for the allocation
 *
 * Context: Any but NMI.
 */
void record_scan_area(unsigned long addr, size_t size, gfp_t gfp)
{
	struct object_ref ref;
	bool outside = false;

	rcu_read_lock();
	/* The teardown begins behind this section, or the area is not added. */
	if (!kmemleak_is_on()) {
		rcu_read_unlock();
		return;
	}
	if (!object_find(RANGE_VIRT, addr, &ref)) {
		rcu_read_unlock();
		if (!records_lost() && !in_untracked_slab(addr))
			kmemleak_complain(STAT_BAD_OBJECT, addr);
		return;
	}
	if (size == SIZE_MAX)
		size = ref.start + ref.size - addr;
	if (!size || size > ref.start + ref.size - addr)
		outside = true;
	else
		area_add(&ref, addr, addr + size - 1,
			 gfp & ~__GFP_DIRECT_RECLAIM);
	rcu_read_unlock();
	if (outside)
		kmemleak_complain(STAT_BAD_OBJECT, addr);
}
