/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Side tables of slabs: a slot for each object, and the way from an address to its
 * slot. The fast paths of the hooks are here, inline.
 */
#ifndef _MM_KMEMLEAK_STORE_SLAB_H
#define _MM_KMEMLEAK_STORE_SLAB_H

#include <linux/bitops.h>
#include <linux/gfp_types.h>
#include <linux/math64.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/types.h>

#include "store/slot.h"

struct kmemleak_hole;
struct kmem_cache;
struct slab;

#define TABLE_PARTIAL	0	/* objects may be older than the table */
#define TABLE_SPECIAL	1	/* some slot is or was grey or transient */
#define TABLE_RANGES	2	/* registered sub-objects lie inside */
#define TABLE_REPORTED	3	/* some slot is or was reported */
#define TABLE_DEAD	4	/* the slab is going: do not read its memory */
#define TABLE_VM_STRUCTS 5	/* some slot is or was that of a vm_struct */
#define TABLE_HOLES	6	/* all objects have @holes */
#define TABLE_LEFT	7	/* marked objects were left over by the marker */

/**
 * enum slab_wipe - what of an object is zeroed when it is handed out
 * @WIPE_ALL: all, as the owner before may have left references anywhere
 * @WIPE_POINTER: the word where the allocator linked it to other free objects
 * @WIPE_NOTHING: the allocator has overwritten it, or nobody keeps references
 * @WIPE_BY_OWNER: whoever takes one writes all of it at once
 */
enum slab_wipe {
	WIPE_ALL,
	WIPE_POINTER,
	WIPE_NOTHING,
	WIPE_BY_OWNER,
};

/**
 * struct slab_table - side table of one slab
 * @base: address of the first object
 * @recip: reciprocal of @stride, see slab_recip()
 * @stride: distance of objects in bytes
 * @object_size: usable bytes of an object
 * @count: objects in the slab
 * @order: pages of the slab, as a power of two
 * @wipe: an enum slab_wipe
 * @pointer: where the pointer to the next free object is, in words
 * @flags: TABLE_*, changed by atomic bit operations
 * @marks: what slab_marks() is, where one word will do
 * @left: what slab_left() is, likewise
 * @slab: address of the slab's first byte
 * @holders: one for each object, see holders.c; may be %NULL
 * @holes: what is not read of an object, if %TABLE_HOLES is set
 * @rcu: for the deferred free
 * @slots: one for each object; two bitmaps may follow, see slab_marks()
 *
 * What a marker wants to know of an address is in the first cache line.
 */
struct slab_table {
	unsigned long base;
	u64 recip;
	u32 stride;
	u32 object_size;
	u16 count;
	u8 order;
	u8 wipe;
	u32 pointer;
	unsigned long flags;
	unsigned long marks;
	unsigned long left;
	unsigned long slab;
	u64 *holders;
	const struct kmemleak_hole *holes;
	struct rcu_head rcu;
	struct slot slots[];
};

/*
 * An offset in a slab becomes an index by a multiplication. The reciprocal is
 * rounded up by less than the stride's part of 2^RECIP_SHIFT, so the product is
 * too large by less than the product of two numbers below 2^SLAB_SHIFT_MAX: not
 * enough to reach the next index. Nor does it overflow, at 8 bytes an object.
 */
#define SLAB_SHIFT_MAX	22
#define RECIP_SHIFT	44

static inline u64 slab_recip(u32 stride)
{
	return div_u64(BIT_ULL(RECIP_SHIFT) + stride - 1, stride);
}

/* Index of the object that holds @addr, for who knows that one does. */
static __always_inline unsigned long
slab_index_owned(const struct slab_table *table, unsigned long addr)
{
	return (u64)(addr - table->base) * table->recip >> RECIP_SHIFT;
}

/* Index of the object that holds @addr, or of the gap behind it; may be out of
 * bounds for any other address.
 */
static inline unsigned long slab_index(const struct slab_table *table,
				       unsigned long addr)
{
	if (addr - table->base >= BIT(SLAB_SHIFT_MAX))
		return ~0UL;
	return slab_index_owned(table, addr);
}

static inline unsigned long slab_object(const struct slab_table *table,
					unsigned int index)
{
	return table->base + (unsigned long)index * table->stride;
}

/* Slot of the object that begins at, or holds, @addr; %NULL if none does. */
static inline struct slot *slab_slot_of(struct slab_table *table,
					unsigned long addr)
{
	unsigned long i = slab_index(table, addr);

	return i < table->count ? &table->slots[i] : NULL;
}

/* A bit for each object that the present pass, or the last, has reached. */
static inline unsigned long *slab_marks(struct slab_table *table)
{
	return table->count <= BITS_PER_LONG ? &table->marks :
	       (unsigned long *)&table->slots[table->count];
}

/* A bit for each marked object that the marker has still to read. */
static inline unsigned long *slab_left(struct slab_table *table)
{
	return table->count <= BITS_PER_LONG ? &table->left :
	       slab_marks(table) + BITS_TO_LONGS(table->count);
}

/* Objects up to this size, in bytes, are zeroed without a call. */
#define WIPE_INLINE	256

/*
 * Zero the words of an object. What lies behind the last whole one is no
 * reference; it may be a red zone.
 */
static __always_inline void zero_words(unsigned long addr, size_t size)
{
	unsigned long *word = (unsigned long *)addr;
	unsigned long *fours = word + size / sizeof(long) / 4 * 4;

	if (unlikely(size > WIPE_INLINE)) {
		memset(word, 0, size / sizeof(long) * sizeof(long));
		return;
	}
	for (; word < fours; word += 4) {
		WRITE_ONCE(word[0], 0);
		WRITE_ONCE(word[1], 0);
		WRITE_ONCE(word[2], 0);
		WRITE_ONCE(word[3], 0);
	}
	if (size & 2 * sizeof(long)) {
		WRITE_ONCE(word[0], 0);
		WRITE_ONCE(word[1], 0);
		word += 2;
	}
	if (size & sizeof(long))
		WRITE_ONCE(word[0], 0);
}

/**
 * slab_wipe() - zero what an object holds of the time before it was allocated
 * @table: the slab's table
 * @addr: the object's first byte
 * @size: bytes that the allocator gave
 * @gfp: of the allocation
 */
static __always_inline void slab_wipe(const struct slab_table *table,
				      unsigned long addr, size_t size,
				      gfp_t gfp)
{
	if (gfp & __GFP_ZERO)
		return;
	if (likely(table->wipe == WIPE_ALL))
		zero_words(addr, size);
	else if (table->wipe == WIPE_POINTER)
		((unsigned long *)addr)[table->pointer] = 0;
}

/**
 * slot_claim() - the plain case of slab_alloc()
 * @table: the slab's table
 * @addr: first byte of an object that the caller owns
 * @size: bytes that the allocator gave
 * @slot: who got it; no flags but %OBJ_LIVE
 *
 * One line of the table is written, and another one read.
 *
 * Context: Any. Inside an RCU read-side section, or with preemption off.
 * Return: false, and nothing changed, if there is more to it.
 */
static __always_inline bool slot_claim(struct slab_table *table,
				       unsigned long addr, size_t size,
				      const struct slot *slot)
{
	struct slot *own = &table->slots[slab_index_owned(table, addr)];

	if (unlikely(READ_ONCE(own->state)) ||
	    unlikely(size > READ_ONCE(table->object_size)))
		return false;
	slot_fill(own, slot);
	return true;
}

/**
 * slot_release() - the plain case of slab_free()
 * @table: the slab's table
 * @addr: first byte of an object that the caller owns
 *
 * Context: Any. Inside an RCU read-side section, or with preemption off.
 * Return: false, and nothing changed, if there is more to it.
 */
static __always_inline bool slot_release(struct slab_table *table,
					 unsigned long addr)
{
	struct slot *own = &table->slots[slab_index_owned(table, addr)];

	if (unlikely((READ_ONCE(own->state) & (OBJ_LIVE | OBJ_AREAS)) != OBJ_LIVE))
		return false;
	slot_empty(own);
	return true;
}

void __init slab_init(void);
enum slab_wipe slab_wipe_kind(const struct kmem_cache *cache);
void slab_wipe_untracked(unsigned long addr, size_t size, gfp_t gfp);
struct slab_table *slab_table_make(struct slab *slab, bool partial, gfp_t gfp);
void slab_table_drop(unsigned long addr);
bool slab_alloc(struct slab_table *table, unsigned long addr,
		const struct slot *slot);
bool slab_free(struct slab_table *table, unsigned long addr);
const struct kmemleak_hole *slab_kfence_holes(unsigned long start, size_t size);
bool slab_leak_traced(const struct slab *slab);
bool slab_walk(unsigned long *pos,
	       void (*visit)(struct slab_table *table, void *arg), void *arg);
bool slab_walk_part(unsigned long part, unsigned long *pos,
		    void (*visit)(struct slab_table *table, void *arg),
		    void *arg);
long slab_metadata_bytes(void);
void slab_teardown(void);

#endif
