// SPDX-License-Identifier: GPL-2.0
/*
 * The hooks that allocators call: check, translate, call the object store.
 *
 * Invariants:
 *
 * - A hook does nothing if the detector is off. Before kmemleak_init(), it appends to
 *   the boot log.
 * - Hooks look up and store inside one RCU read-side section, or with preemption off,
 *   and life_end() waits for both before anything is torn down. record.c has the
 *   exceptions.
 * - An object that cannot be recorded is counted, and is a root from then on. An
 *   address that makes no sense is counted, and changes nothing.
 * - Where no lock may be taken, such as in NMI context, only the hooks with "nolock" in
 *   their names are called: they create no table, and wait for nothing.
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
#include "store/wipe.h"
#include "trace/comm.h"
#include "trace/trace.h"
#include "trace/walk.h"
#include "record.h"

struct static_key_true kmemleak_key = STATIC_KEY_TRUE_INIT;
EXPORT_SYMBOL(kmemleak_key);

/* Should the call be recorded now? Log it if it comes too early for that. */
static bool record_now(enum early_op op, unsigned long addr,
		       unsigned long size, s32 arg, unsigned long caller)
{
	enum kmemleak_state state = READ_ONCE(kmemleak_state);

	if (unlikely(state == KMEMLEAK_EARLY))
		early_log_call(op, addr, size, arg, caller);
	return likely(state == KMEMLEAK_ON);
}

/**
 * kmemleak_alloc() - record an allocated object
 * @ptr: its first byte; %NULL and error pointers are ignored
 * @size: bytes
 * @min_count: number of references below which it is a leak; 0 makes it a root, -1
 *	means that it is neither scanned nor reported
 * @gfp: flags of the allocation
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

/* Returns false and changes nothing if there is no table or the case is not plain. */
static __always_inline bool record_in_table(unsigned long addr, size_t size,
					    const struct slot *slot, gfp_t gfp)
{
	/*
	 * The caller owns the object, so the table cannot go away; disabling preemption
	 * only guards against "off".
	 */
	struct slab_table *table = slab_table_of(addr);

	if (unlikely(!table) || unlikely(!slot_claim(table, addr, size, slot)))
		return false;
	slab_wipe(table, addr, size, gfp);
	return true;
}

/*
 * Handle most allocations: stack, task and slab are found at the first try. There is no
 * call on this path, except to fill large objects, so that no registers have to be
 * saved for one. Returns false, and records nothing, if the case is not plain.
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

/* Record any other allocation. */
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
 * __kmemleak_slab_alloc() - record an object that the slab allocator hands out
 * @ptr: its first byte
 * @size: bytes
 * @gfp: flags of the allocation
 *
 * The object is a leak if there is no reference to it.
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
	/* Prevent a tail call: @here refers to this frame. */
	barrier();
}
EXPORT_SYMBOL(__kmemleak_slab_alloc);

/**
 * __kmemleak_slab_alloc_nolock() - record a slab object where no lock may be taken
 * @ptr: the object
 * @gfp: flags of the allocation
 *
 * The object becomes a root, because its stack cannot be stored. In a slab without a
 * table it is a root anyway.
 *
 * Context: Any, NMI included.
 */
void __kmemleak_slab_alloc_nolock(const void *ptr, gfp_t gfp)
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
		slab_wipe(table, addr, table->object_size, gfp);
	else if (table)
		kmemleak_complain(STAT_BAD_SLAB, addr);
	rcu_read_unlock();
}

/*
 * Handle a free that is not plain, or is an error. What to do about an error is for KASAN
 * and the allocator to decide, which look at the address after this.
 */
static noinline void record_slab_free(unsigned long addr)
{
	struct slab_table *table;

	if (is_kfence_address((void *)addr)) {
		record_kfence_free(addr);
		return;
	}
	rcu_read_lock();
	table = slab_table_of(addr);
	/* What was registered by hand at its first byte is a range, for want of a slot. */
	if (!table)
		range_remove(RANGE_VIRT, addr);
	else if (!slab_free(table, addr))
		kmemleak_complain(STAT_BAD_FREE, addr);
	rcu_read_unlock();
}

/**
 * __kmemleak_slab_free() - forget an object that the slab allocator is about to take
 *	back
 * @ptr: its first byte
 *
 * Context: Any but NMI.
 */
void __kmemleak_slab_free(const void *ptr)
{
	unsigned long addr = untagged(ptr);
	struct slab_table *table;
	bool done;

	/* As in __kmemleak_slab_alloc(). If there is a table, the detector is or was on. */
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
 * __kmemleak_slab_free_nolock() - __kmemleak_slab_free() where no lock may be taken
 * @ptr: the object's first byte; not one of KFENCE
 *
 * Without a table, the object was never recorded.
 *
 * Context: Any, NMI included.
 */
void __kmemleak_slab_free_nolock(const void *ptr)
{
	unsigned long addr = untagged(ptr);
	struct slab_table *table;

	if (IS_ERR_OR_NULL(ptr))
		return;
	rcu_read_lock();
	table = slab_table_of(addr);
	if (table && !slab_free_nolock(table, addr))
		kmemleak_complain(STAT_BAD_FREE, addr);
	rcu_read_unlock();
}

/**
 * __kmemleak_slab_gfp() - get additional flags to allocate the pages of a slab
 * @cache: the slab's cache
 *
 * Objects that are not overwritten as a whole when they are handed out must not expose
 * what the pages held before.
 *
 * Return: %__GFP_ZERO or 0.
 */
gfp_t __kmemleak_slab_gfp(const struct kmem_cache *cache)
{
	enum slab_wipe kind = slab_wipe_kind(cache);

	return kind == WIPE_ALL || kind == WIPE_BY_OWNER ? 0 : __kmemleak_page_gfp();
}

/**
 * __kmemleak_page_gfp() - get additional flags to allocate pages that will be scanned
 *
 * Return: %__GFP_ZERO or 0.
 */
gfp_t __kmemleak_page_gfp(void)
{
	return wipe_pages() ? __GFP_ZERO : 0;
}

/**
 * __kmemleak_wipe() - overwrite what memory held before it became an object
 * @ptr: its first byte; %NULL is ignored
 * @size: bytes
 *
 * For allocators other than that of slabs. Nobody has initialized any of it yet.
 */
void __kmemleak_wipe(const void *ptr, size_t size)
{
	if (ptr && wipe_objects())
		fill_words(untagged(ptr), size);
}

/**
 * __kmemleak_slab_new() - create the table of a new slab
 * @slab: the slab; none of its objects was handed out yet
 * @gfp: flags of the allocation that needs it, without %__GFP_DIRECT_RECLAIM if that
 *	may not sleep
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
 * __kmemleak_slab_gone() - drop the table of a slab whose pages are about to be freed
 * @slab: the slab; all of its objects are free
 *
 * If it never got a table, drop at least the ranges that were registered inside.
 */
void __kmemleak_slab_gone(struct slab *slab)
{
	unsigned long addr = (unsigned long)slab_address(slab);

	rcu_read_lock();
	if (kmemleak_is_on() && !slab_table_drop(addr) &&
	    !(slab->slab_cache->flags & SLAB_NOLEAKTRACE))
		range_drop_inside(addr, addr + (PAGE_SIZE << slab_order(slab)) - 1);
	rcu_read_unlock();
}

/**
 * kmemleak_alloc_percpu() - record allocated per-CPU memory
 * @ptr: per-CPU pointer
 * @size: bytes for each CPU
 * @gfp: flags of the allocation
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
 * kmemleak_alloc_phys() - record memory that was allocated by its physical address
 * @phys: the address
 * @size: bytes
 * @gfp: flags of the allocation
 *
 * The memory is scanned and is never a leak.
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
 * kmemleak_vmalloc() - record memory that was allocated by vmalloc()
 * @area: its area
 * @size: bytes
 * @gfp: flags of the allocation
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
 * kmemleak_free() - forget an object that is about to be freed
 * @ptr: its first byte; %NULL and error pointers are ignored
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
 * kmemleak_free_part() - forget a part of an object that is about to be freed
 * @ptr: first byte of the part
 * @size: bytes
 *
 * The parts before and after it become objects of their own.
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
 * kmemleak_free_part_phys() - forget memory that is about to be freed, by physical
 *	address
 * @phys: first byte
 * @size: bytes; may cover several objects, or none
 */
void kmemleak_free_part_phys(phys_addr_t phys, size_t size)
{
	if (static_branch_likely(&kmemleak_key) && size &&
	    record_now(EARLY_FREE_PART_PHYS, phys, size, 0, _RET_IP_))
		range_cut(RANGE_PHYS, phys, size);
}
EXPORT_SYMBOL(kmemleak_free_part_phys);

/**
 * kmemleak_free_percpu() - forget per-CPU memory that is about to be freed
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
 * kmemleak_update_trace() - give an object a new owner
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
	if (stack && object_find(RANGE_VIRT, untagged(ptr), &ref)) {
		slot_change(ref.slot, OBJ_RETRACED, 0);
		WRITE_ONCE(ref.slot->stack, stack);
	}
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
 * kmemleak_not_leak() - make an object a root: it is never a leak, and is scanned
 * @ptr: its first byte
 */
void kmemleak_not_leak(const void *ptr)
{
	call_flags(ptr, OBJ_GREY, _RET_IP_);
}
EXPORT_SYMBOL(kmemleak_not_leak);

/**
 * kmemleak_transient_leak() - mark an object that nothing refers to for a moment
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
 * kmemleak_ignore() - neither scan nor report an object
 * @ptr: its first byte
 */
void kmemleak_ignore(const void *ptr)
{
	call_flags(ptr, OBJ_IGNORE, _RET_IP_);
}
EXPORT_SYMBOL(kmemleak_ignore);

/**
 * kmemleak_ignore_nolock() - ignore a slab object where no lock may be taken
 * @ptr: its first byte
 *
 * Context: Any, NMI included.
 * Return: false if the object may be reported nevertheless: it is one of KFENCE, whose
 * records are behind a lock.
 */
bool kmemleak_ignore_nolock(const void *ptr)
{
	unsigned long addr = untagged(ptr);
	struct object_ref ref;

	if (!static_branch_likely(&kmemleak_key) || !kmemleak_is_on())
		return true;
	if (is_kfence_address(ptr))
		return false;
	rcu_read_lock();
	/* An ignored object must leave the report. Without a slot it is a root. */
	if (object_find_in_slab(addr, &ref) && ref.start == addr)
		slot_change(ref.slot, OBJ_IGNORE, OBJ_REPORTED);
	rcu_read_unlock();
	return true;
}

/**
 * kmemleak_ignore_phys() - neither scan nor report an object, by physical address
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
 * kmemleak_ignore_percpu() - neither scan nor report per-CPU memory
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
 * kmemleak_scan_area() - restrict the scan of an object to a part of it
 * @ptr: first byte of the part
 * @size: bytes; %SIZE_MAX means up to the end of the object
 * @gfp: flags for the allocation
 *
 * May be called several times for an object: all the parts are scanned.
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
 * kmemleak_no_scan() - do not scan an object, which contains no references
 * @ptr: its first byte
 */
void kmemleak_no_scan(const void *ptr)
{
	call_flags(ptr, OBJ_NO_SCAN, _RET_IP_);
}
EXPORT_SYMBOL(kmemleak_no_scan);
