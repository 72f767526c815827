// SPDX-License-Identifier: GPL-2.0
/*
 * The door: what allocators call. Check, translate, call the object store.
 *
 * Invariants:
 *
 * - A hook that finds the detector off does nothing; before kmemleak_init() it
 *   appends to the boot log.
 * - Hooks look up and store inside one RCU read-side section, or with preemption
 *   off, and life_end() waits for both before anything is torn down.
 * - What cannot be recorded is counted and is a root from then on; an address
 *   that makes no sense is counted and changes nothing.
 * - From NMI come only the hooks of the slab allocator's lock-free paths, for
 *   objects that take no lock here: no table is made, nothing waits.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/kfence.h>
#include <linux/kmemleak.h>
#include <linux/mm.h>

#include "../slab.h"

#include "kmemleak.h"
#include "store/directory.h"
#include "store/early.h"
#include "store/object.h"
#include "store/range.h"
#include "store/slab.h"
#include "store/slot.h"
#include "store/stats.h"
#include "trace/comm.h"
#include "trace/trace.h"
#include "trace/walk.h"
#include "record.h"

struct static_key_true kmemleak_key = STATIC_KEY_TRUE_INIT;
EXPORT_SYMBOL(kmemleak_key);

/* Is the call to be recorded now? Logs it if it comes too early for that. */
static bool record_now(enum early_op op, unsigned long addr,
		       unsigned long size, s32 arg, unsigned long caller)
{
	enum kmemleak_state state = READ_ONCE(kmemleak_state);

	if (unlikely(state == KMEMLEAK_EARLY))
		early_log_call(op, addr, size, arg, caller);
	return likely(state == KMEMLEAK_ON);
}

/**
 * kmemleak_alloc() - an object was allocated
 * @ptr: its first byte; %NULL and error pointers are passed over
 * @size: bytes
 * @min_count: references that keep it from being a leak; 0 makes it a root,
 *	-1 keeps it from being scanned and reported
 * @gfp: of the allocation
 *
 * For large kmalloc and for memory that its owner registers by hand.
 */
void kmemleak_alloc(const void *ptr, size_t size, int min_count, gfp_t gfp)
{
	unsigned long addr = untagged(ptr);
	struct slot slot;

	if (!static_branch_likely(&kmemleak_key) || IS_ERR_OR_NULL(ptr) ||
	    !size || !record_now(EARLY_ALLOC, addr, size, min_count, _RET_IP_))
		return;
	slot = trace_slot(OBJ_LIVE, TRACE_HERE, gfp);
	record_alloc(addr, size, min_count, &slot, gfp);
}
EXPORT_SYMBOL_GPL(kmemleak_alloc);

/* False, and nothing changed, if the slab has no table or there is more to it. */
static __always_inline bool record_in_table(unsigned long addr, size_t size,
					    const struct slot *slot, gfp_t gfp)
{
	/* It would stay without preemption off, as the object does, but for "off". */
	struct slab_table *table = slab_table_of(addr);

	if (unlikely(!table) || unlikely(!slot_claim(table, addr, size, slot)))
		return false;
	slab_wipe(table, addr, size, gfp);
	return true;
}

/*
 * What most allocations are: stack, task and slab are at hand. On this way there
 * is no call, but for large objects that are zeroed, and so nothing to be saved
 * for after one. False, and nothing is recorded, where there is more to it.
 */
static __always_inline bool record_at_hand(unsigned long addr, size_t size,
					   gfp_t gfp, struct trace_here here)
{
	const struct seen *seen;
	struct slot slot;
	u32 comm;

	if (unlikely(!in_task()))
		return false;
	seen = trace_at_hand(here, size);
	if (unlikely(!seen) || unlikely(!comm_at_hand(&slot.pid, &comm)))
		return false;
	slot.stack = seen->handle;
	slot.birth = (u32)jiffies;
	slot.state = OBJ_LIVE | comm << OBJ_COMM_SHIFT;
	return record_in_table(addr, size, &slot, gfp);
}

/* The others, with all that may be needed for them. */
static noinline void record_anyhow(const void *ptr, size_t size, gfp_t gfp,
				   struct trace_here here)
{
	unsigned long addr = untagged(ptr);
	struct slot slot;
	bool done;

	if (IS_ERR_OR_NULL(ptr))
		return;
	if (!record_now(EARLY_ALLOC_SLAB, addr, size, 1, here.caller)) {
		slab_wipe_untracked(addr, size, gfp);
		return;
	}
	preempt_disable();
	slot.stack = trace_seen(here, size, gfp);
	slot.birth = (u32)jiffies;
	slot.state = OBJ_LIVE | comm_current(&slot.pid) << OBJ_COMM_SHIFT;
	done = record_in_table(addr, size, &slot, gfp);
	preempt_enable();
	if (!done)
		record_slab_alloc(addr, size, 1, slot, gfp);
}

/**
 * __kmemleak_slab_alloc() - the slab allocator hands out an object
 * @ptr: its first byte
 * @size: bytes
 * @gfp: of the allocation
 *
 * One reference keeps it from being a leak.
 */
void __kmemleak_slab_alloc(const void *ptr, size_t size, gfp_t gfp)
{
	const struct trace_here here = TRACE_HERE;
	bool done = false;

	if (likely(kmemleak_is_on())) {
		preempt_disable();
		done = record_at_hand(untagged(ptr), size, gfp, here);
		preempt_enable();
	}
	if (unlikely(!done))
		record_anyhow(ptr, size, gfp, here);
	/* No tail call: @here lies in this frame. */
	barrier();
}
EXPORT_SYMBOL(__kmemleak_slab_alloc);

/**
 * __kmemleak_slab_alloc_nolock() - the same, where no lock may be taken
 * @ptr: the object
 *
 * It is a root: its stack cannot be stored. In a slab without a table it is one
 * as it stands.
 *
 * Context: Any, NMI included.
 */
void __kmemleak_slab_alloc_nolock(const void *ptr)
{
	unsigned long addr = untagged(ptr);
	struct slab_table *table;
	struct slot slot = {
		.pid = current->pid,
		.birth = (u32)jiffies,
		.state = OBJ_LIVE | OBJ_GREY,
	};

	if (IS_ERR_OR_NULL(ptr) || !kmemleak_is_on())
		return;
	rcu_read_lock();
	table = slab_table_of(addr);
	if (table && slab_alloc(table, addr, &slot))
		slab_wipe(table, addr, table->object_size, 0);
	rcu_read_unlock();
}

/* A free of which something is to be said, or that has to do with more. */
static noinline void record_slab_free(unsigned long addr)
{
	struct slab_table *table;

	if (is_kfence_address((void *)addr)) {
		record_kfence_free(addr);
		return;
	}
	rcu_read_lock();
	table = slab_table_of(addr);
	if (table)
		slab_free(table, addr);
	rcu_read_unlock();
}

/**
 * __kmemleak_slab_free() - the slab allocator is about to take an object back
 * @ptr: its first byte
 *
 * Context: Any; NMI for objects of __kmemleak_slab_alloc_nolock().
 */
void __kmemleak_slab_free(const void *ptr)
{
	unsigned long addr = untagged(ptr);
	struct slab_table *table;
	bool done;

	/* As in __kmemleak_slab_alloc(). A table says that the detector is on. */
	preempt_disable();
	table = slab_table_of(addr);
	done = table && slot_release(table, addr);
	preempt_enable();
	if (unlikely(!done) && !IS_ERR_OR_NULL(ptr) &&
	    record_now(EARLY_FREE, addr, 0, 0, _RET_IP_))
		record_slab_free(addr);
}
EXPORT_SYMBOL(__kmemleak_slab_free);

/**
 * __kmemleak_slab_gfp() - how to get the pages of a slab
 * @cache: the slab's cache
 *
 * What the pages held before is no business of objects that are not written
 * whole when they are handed out.
 *
 * Return: %__GFP_ZERO or 0.
 */
gfp_t __kmemleak_slab_gfp(const struct kmem_cache *cache)
{
	enum slab_wipe kind = slab_wipe_kind(cache);

	return kind == WIPE_ALL || kind == WIPE_BY_OWNER ? 0 : __GFP_ZERO;
}

/**
 * __kmemleak_slab_new() - the slab allocator made a slab
 * @slab: the slab; no object of it was handed out
 * @gfp: of the allocation that needs it, without %__GFP_DIRECT_RECLAIM where
 *	that may not sleep
 */
void __kmemleak_slab_new(struct slab *slab, gfp_t gfp)
{
	unsigned long addr = (unsigned long)slab_address(slab);

	if ((slab->slab_cache->flags & SLAB_NOLEAKTRACE) ||
	    !record_now(EARLY_SLAB_NEW, addr, 0, 0, _RET_IP_))
		return;
	slab_table_make(slab, false, gfp);
}

/**
 * __kmemleak_slab_gone() - the slab allocator is about to free a slab's pages
 * @slab: the slab; all of its objects are free
 */
void __kmemleak_slab_gone(struct slab *slab)
{
	rcu_read_lock();
	if (kmemleak_is_on())
		slab_table_drop((unsigned long)slab_address(slab));
	rcu_read_unlock();
}

/**
 * kmemleak_alloc_percpu() - per-CPU memory was allocated
 * @ptr: per-CPU pointer
 * @size: bytes for each CPU
 * @gfp: of the allocation
 */
void kmemleak_alloc_percpu(const void __percpu *ptr, size_t size, gfp_t gfp)
{
	unsigned long addr = (unsigned long __force)ptr;
	struct slot slot;

	if (!static_branch_likely(&kmemleak_key) || !ptr || !size ||
	    IS_ERR_VALUE(addr) ||
	    !record_now(EARLY_ALLOC_PERCPU, addr, size, 1, _RET_IP_))
		return;
	slot = trace_slot(OBJ_LIVE, TRACE_HERE, gfp);
	record_range(RANGE_PERCPU, addr, size, 1, &slot, gfp);
}
EXPORT_SYMBOL_GPL(kmemleak_alloc_percpu);

/**
 * kmemleak_alloc_phys() - memory was allocated by its physical address
 * @phys: the address
 * @size: bytes
 * @gfp: of the allocation
 *
 * It is scanned and never a leak.
 */
void kmemleak_alloc_phys(phys_addr_t phys, size_t size, gfp_t gfp)
{
	struct slot slot;

	if (!static_branch_likely(&kmemleak_key) || !size ||
	    !record_now(EARLY_ALLOC_PHYS, phys, size, 0, _RET_IP_))
		return;
	slot = trace_slot(OBJ_LIVE, TRACE_HERE, gfp);
	record_range(RANGE_PHYS, phys, size, 0, &slot, gfp);
}
EXPORT_SYMBOL(kmemleak_alloc_phys);

/**
 * kmemleak_vmalloc() - memory was allocated by vmalloc()
 * @area: its area
 * @size: bytes
 * @gfp: of the allocation
 */
void kmemleak_vmalloc(const struct vm_struct *area, size_t size, gfp_t gfp)
{
	struct slot slot;

	if (!static_branch_likely(&kmemleak_key) || !size ||
	    !record_now(EARLY_VMALLOC, (unsigned long)area, size, 0, _RET_IP_))
		return;
	slot = trace_slot(OBJ_LIVE, TRACE_HERE, gfp);
	record_vmalloc(area, size, &slot, gfp);
}
EXPORT_SYMBOL_GPL(kmemleak_vmalloc);

/**
 * kmemleak_free() - an object is about to be freed
 * @ptr: its first byte; %NULL and error pointers are passed over
 */
void kmemleak_free(const void *ptr)
{
	unsigned long addr = untagged(ptr);

	if (static_branch_likely(&kmemleak_key) && !IS_ERR_OR_NULL(ptr) &&
	    record_now(EARLY_FREE, addr, 0, 0, _RET_IP_))
		record_free(addr);
}
EXPORT_SYMBOL_GPL(kmemleak_free);

/**
 * kmemleak_free_part() - a part of an object is about to be freed
 * @ptr: first byte of the part
 * @size: bytes
 *
 * What lies before and behind it stays, as objects of their own.
 */
void kmemleak_free_part(const void *ptr, size_t size)
{
	unsigned long addr = untagged(ptr);

	if (static_branch_likely(&kmemleak_key) && !IS_ERR_OR_NULL(ptr) &&
	    size && record_now(EARLY_FREE_PART, addr, size, 0, _RET_IP_))
		record_free_part(addr, size);
}
EXPORT_SYMBOL_GPL(kmemleak_free_part);

/**
 * kmemleak_free_part_phys() - the same, by physical address
 * @phys: first byte
 * @size: bytes; may take in several objects, or none
 */
void kmemleak_free_part_phys(phys_addr_t phys, size_t size)
{
	if (static_branch_likely(&kmemleak_key) && size &&
	    record_now(EARLY_FREE_PART_PHYS, phys, size, 0, _RET_IP_))
		range_cut(RANGE_PHYS, phys, size);
}
EXPORT_SYMBOL(kmemleak_free_part_phys);

/**
 * kmemleak_free_percpu() - per-CPU memory is about to be freed
 * @ptr: per-CPU pointer
 */
void kmemleak_free_percpu(const void __percpu *ptr)
{
	unsigned long addr = (unsigned long __force)ptr;

	if (static_branch_likely(&kmemleak_key) && ptr &&
	    !IS_ERR_VALUE(addr) &&
	    record_now(EARLY_FREE_PERCPU, addr, 0, 0, _RET_IP_) &&
	    !range_remove(RANGE_PERCPU, addr) && !records_lost())
		kmemleak_complain(STAT_BAD_FREE, addr);
}
EXPORT_SYMBOL_GPL(kmemleak_free_percpu);

/**
 * kmemleak_update_trace() - an object has a new owner
 * @ptr: its first byte
 *
 * The caller's stack replaces that of the allocation.
 */
void kmemleak_update_trace(const void *ptr)
{
	struct object_ref ref;
	depot_stack_handle_t stack;

	if (!static_branch_likely(&kmemleak_key) || IS_ERR_OR_NULL(ptr) ||
	    !kmemleak_is_on())
		return;
	stack = trace_stack(TRACE_HERE, 0, 0);
	rcu_read_lock();
	if (stack && object_find(RANGE_VIRT, untagged(ptr), &ref))
		WRITE_ONCE(ref.slot->stack, stack);
	rcu_read_unlock();
}
EXPORT_SYMBOL(kmemleak_update_trace);

static void call_flags(const void *ptr, u32 set, unsigned long caller)
{
	unsigned long addr = untagged(ptr);

	if (static_branch_likely(&kmemleak_key) && !IS_ERR_OR_NULL(ptr) &&
	    record_now(EARLY_FLAGS, addr, 0, set, caller))
		record_flags(RANGE_VIRT, addr, set);
}

/**
 * kmemleak_not_leak() - an object is a root: never a leak, and scanned
 * @ptr: its first byte
 */
void kmemleak_not_leak(const void *ptr)
{
	call_flags(ptr, OBJ_GREY, _RET_IP_);
}
EXPORT_SYMBOL(kmemleak_not_leak);

/**
 * kmemleak_transient_leak() - nothing refers to an object for a moment
 * @ptr: its first byte
 *
 * It counts as referenced until the next scan is over.
 */
void kmemleak_transient_leak(const void *ptr)
{
	call_flags(ptr, OBJ_TRANSIENT, _RET_IP_);
}
EXPORT_SYMBOL(kmemleak_transient_leak);

/**
 * kmemleak_ignore() - an object is neither scanned nor reported
 * @ptr: its first byte
 */
void kmemleak_ignore(const void *ptr)
{
	call_flags(ptr, OBJ_IGNORE, _RET_IP_);
}
EXPORT_SYMBOL(kmemleak_ignore);

/**
 * kmemleak_ignore_phys() - the same, by physical address
 * @phys: its first byte
 */
void kmemleak_ignore_phys(phys_addr_t phys)
{
	if (static_branch_likely(&kmemleak_key) &&
	    record_now(EARLY_FLAGS_PHYS, phys, 0, OBJ_IGNORE, _RET_IP_))
		record_flags(RANGE_PHYS, phys, OBJ_IGNORE);
}
EXPORT_SYMBOL(kmemleak_ignore_phys);

/**
 * kmemleak_ignore_percpu() - the same, for per-CPU memory
 * @ptr: per-CPU pointer
 */
void kmemleak_ignore_percpu(const void __percpu *ptr)
{
	unsigned long addr = (unsigned long __force)ptr;

	if (static_branch_likely(&kmemleak_key) && ptr &&
	    !IS_ERR_VALUE(addr) &&
	    record_now(EARLY_FLAGS_PERCPU, addr, 0, OBJ_IGNORE, _RET_IP_))
		record_flags(RANGE_PERCPU, addr, OBJ_IGNORE);
}
EXPORT_SYMBOL_GPL(kmemleak_ignore_percpu);

/**
 * kmemleak_scan_area() - only this part of an object holds references
 * @ptr: first byte of the part
 * @size: bytes; %SIZE_MAX is all to the end of the object
 * @gfp: how to allocate
 *
 * May be called more than once for an object: all its parts are scanned.
 */
void kmemleak_scan_area(const void *ptr, size_t size, gfp_t gfp)
{
	unsigned long addr = untagged(ptr);

	if (static_branch_likely(&kmemleak_key) && !IS_ERR_OR_NULL(ptr) &&
	    size && record_now(EARLY_SCAN_AREA, addr, size, 0, _RET_IP_))
		record_scan_area(addr, size, gfp);
}
EXPORT_SYMBOL(kmemleak_scan_area);

/**
 * kmemleak_no_scan() - an object holds no references
 * @ptr: its first byte
 */
void kmemleak_no_scan(const void *ptr)
{
	call_flags(ptr, OBJ_NO_SCAN, _RET_IP_);
}
EXPORT_SYMBOL(kmemleak_no_scan);
