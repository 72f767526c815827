// SPDX-License-Identifier: GPL-2.0
/*
 * Find objects by their addresses, whatever kind of memory they are in, and read them.
 *
 * Invariants:
 *
 * - An object that was found stays valid until the end of the RCU read-side section in
 *   which it was found. Its slot tells whether it is still live.
 * - Its memory may be freed at any time. object_peek() reads it inside a section of
 *   pin.c; peek_lock serializes those sections.
 */
#include <linux/cpumask.h>
#include <linux/crc32.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>

#include "../../slab.h"

#include "kmemleak.h"
#include "store/directory.h"
#include "store/lost.h"
#include "store/object.h"
#include "store/pin.h"
#include "store/range.h"
#include "store/slab.h"
#include "store/slot.h"
#include "store/stats.h"

unsigned long walks_wanted;

/* Number of bytes at the start of an object that its hash covers. */
#define CRC_BYTES	4096

static DEFINE_RAW_SPINLOCK(peek_lock);

/**
 * records_lost() - are any records missing now?
 *
 * Return: true if some are missing because of a shortage of memory: an unknown address
 * is no error then.
 */
bool records_lost(void)
{
	return lost_any() || stat_get(STAT_UNTRACKED_EARLY);
}

/**
 * in_untracked_slab() - may an address belong to an object that was never recorded?
 * @addr: the address
 *
 * Context: Any but NMI.
 * Return: true if the address is in a slab that has no table, or a partial one.
 */
bool in_untracked_slab(unsigned long addr)
{
	struct slab_table *table;
	bool partial;

	if (!virt_addr_valid((void *)addr) || !virt_to_slab((void *)addr))
		return false;
	rcu_read_lock();
	table = slab_table_of(addr);
	partial = !table || test_bit(TABLE_PARTIAL, &table->flags);
	rcu_read_unlock();
	return partial;
}

/* The object with index @i of a slab, whether it is live or not. */
struct object_ref slab_ref(struct slab_table *table, unsigned long i)
{
	return (struct object_ref) {
		.start = slab_object(table, i),
		.size = table->object_size,
		.slot = &table->slots[i],
		.table = table,
	};
}

struct object_ref range_ref(struct tracked_range *range)
{
	return (struct object_ref) {
		.start = range->node.start,
		.size = range_size(range),
		.slot = &range->slot,
		.range = range,
	};
}

/**
 * object_find_in_slab() - find the slab object that contains an address
 * @addr: the address
 * @ref: filled in
 *
 * Context: Any, inside an RCU read-side section.
 * Return: false if no live object contains it.
 */
bool object_find_in_slab(unsigned long addr, struct object_ref *ref)
{
	struct slab_table *table = slab_table_of(addr);
	unsigned long i = table ? slab_index(table, addr) : 0;

	if (!table || i >= table->count ||
	    addr - slab_object(table, i) >= table->object_size ||
	    !(slot_state(&table->slots[i]) & OBJ_LIVE))
		return false;
	*ref = slab_ref(table, i);
	return true;
}

static bool find_range(enum range_space space, unsigned long addr,
		       struct object_ref *ref)
{
	struct tracked_range *range = range_find(space, addr);

	if (!range)
		return false;
	*ref = range_ref(range);
	return true;
}

/**
 * object_find() - find the object that contains an address
 * @space: what kind of address @addr is
 * @addr: the address
 * @ref: filled in
 *
 * If a range is registered inside a slab object and contains @addr, the slab object is
 * found if it begins at @addr; otherwise the range is.
 *
 * Context: Any but NMI, inside an RCU read-side section.
 * Return: false if there is none.
 */
bool object_find(enum range_space space, unsigned long addr,
		 struct object_ref *ref)
{
	struct object_ref inner;

	if (space != RANGE_VIRT || !object_find_in_slab(addr, ref))
		return find_range(space, addr, ref);
	if (test_bit(TABLE_RANGES, &ref->table->flags) && ref->start != addr &&
	    find_range(space, addr, &inner))
		*ref = inner;
	return true;
}

/**
 * object_set_flags() - set flags of an object, such as its colour
 * @space: what kind of address @addr is
 * @addr: address of the object's first byte
 * @set: OBJ_* to set
 *
 * Context: Any but NMI.
 * Return: false if no object begins at @addr.
 */
bool object_set_flags(enum range_space space, unsigned long addr, u32 set)
{
	struct object_ref ref;
	u32 clear = 0;
	bool found;

	rcu_read_lock();
	found = object_find(space, addr, &ref) && ref.start == addr;
	if (found) {
		if (ref.table && (set & (OBJ_GREY | OBJ_TRANSIENT)))
			set_bit(TABLE_SPECIAL, &ref.table->flags);
		if (ref.table && (set & OBJ_VM_STRUCT))
			set_bit(TABLE_VM_STRUCTS, &ref.table->flags);
		/* An ignored object must leave the report. */
		if (set & OBJ_IGNORE)
			clear |= OBJ_REPORTED;
		/* A scan that has already begun does not count as the next scan. */
		if (set & OBJ_TRANSIENT)
			clear |= OBJ_TRANSIENT_SEEN;
		found = slot_change(ref.slot, set, clear);
		/* After the change: transience() reads them in the opposite order. */
		if (set & OBJ_TRANSIENT)
			walk_want(WALK_TRANSIENT);
	}
	rcu_read_unlock();
	return found;
}

/**
 * object_peek_cpu() - get the CPU whose copy of per-CPU memory object_peek() reads
 *
 * Return: the first possible CPU.
 */
unsigned int object_peek_cpu(void)
{
	return cpumask_first(cpu_possible_mask);
}

static const void *ref_memory(const struct object_ref *ref)
{
	const struct tracked_range *range = ref->range;

	if (!range)
		return (void *)ref->start;
	if (range->space != RANGE_PERCPU)
		return (void *)range_address(range);
	return per_cpu_ptr((void __percpu __force *)range->node.start, object_peek_cpu());
}

/**
 * object_peek() - copy from an object's memory
 * @ref: the object; for per-CPU memory, the copy of object_peek_cpu() is read
 * @offset: where to begin
 * @buffer: where to copy to
 * @size: bytes; a few hundred at most, because interrupts are off meanwhile
 *
 * Context: Any but NMI, inside the RCU read-side section that found @ref, or with a
 * reference to its range.
 * Return: false if the object was freed.
 */
bool object_peek(const struct object_ref *ref, size_t offset, void *buffer,
		 size_t size)
{
	unsigned long flags;
	bool dead;

	raw_spin_lock_irqsave(&peek_lock, flags);
	pin_announce(PIN_PEEK, 0, ref->range ? (void *)ref->range : ref->table);
	pin_open(PIN_PEEK, 1);
	dead = ref->range ? READ_ONCE(ref->range->dead) :
			    test_bit(TABLE_DEAD, &ref->table->flags);
	/* Who frees memory when the detector is off does not mark its record as dead. */
	dead = dead || !kmemleak_is_on();
	if (!dead)
		dead = copy_from_kernel_nofault(buffer,
						ref_memory(ref) + offset, size);
	pin_close(PIN_PEEK);
	raw_spin_unlock_irqrestore(&peek_lock, flags);
	return !dead;
}

/**
 * object_crc() - compute a hash of an object's content
 * @ref: the object
 *
 * Context: Any but NMI, inside an RCU read-side section.
 * Return: the hash of the object's first %CRC_BYTES bytes, or of the whole object if it
 * is smaller; 0 if it was freed.
 */
u32 object_crc(const struct object_ref *ref)
{
	size_t offset, n, size = min_t(size_t, ref->size, CRC_BYTES);
	u8 buffer[128];
	u32 crc = ~0;

	for (offset = 0; offset < size; offset += n) {
		n = min(size - offset, sizeof(buffer));
		if (!object_peek(ref, offset, buffer, n))
			return 0;
		crc = crc32_le(crc, buffer, n);
	}
	return crc;
}
