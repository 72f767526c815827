/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Side tables of slabs: a slot for each object, and how to get from an address to its
 * slot. The fast paths of the hooks are inline functions here.
 */
#ifndef _MM_KMEMLEAK_STORE_SLAB_H
#define _MM_KMEMLEAK_STORE_SLAB_H

#include <linux/bitops.h>
#include <linux/gfp_types.h>
#include <linux/math64.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#include "store/slot.h"
#include "store/wipe.h"

struct kmemleak_hole;
struct kmem_cache;
struct slab;

#define TABLE_PARTIAL	0	/* objects may be older than the table */
#define TABLE_SPECIAL	1	/* some slot is or was grey or transient */
#define TABLE_RANGES	2	/* registered sub-objects, or areas of no object, may lie inside */
#define TABLE_REPORTED	3	/* some slot is or was reported */
#define TABLE_DEAD	4	/* the slab is being freed: do not read its memory */
#define TABLE_VM_STRUCTS 5	/* some slot is or was that of a vm_struct */
#define TABLE_HOLES	6	/* all objects have @holes */
#define TABLE_LEFT	7	/* the marker has left over some marked objects */

/**
 * enum slab_wipe - what to fill in an object when it is handed out
 * @WIPE_ALL: all of it, because the previous owner may have left references anywhere
 * @WIPE_POINTER: only the word that linked it to other free objects
 * @WIPE_NOTHING: nothing; the allocator has overwritten the object, or it has to keep
 *	what it holds, or holds no references, or kmemleak.wipe is off
 * @WIPE_BY_OWNER: nothing; the new owner writes all of it at once
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
 * @stride: distance between objects in bytes
 * @object_size: usable bytes of an object
 * @count: number of objects in the slab
 * @order: number of pages of the slab, as a power of two
 * @wipe: an enum slab_wipe
 * @pointer: offset in words of an object's pointer to the next free object
 * @flags: TABLE_*, changed by atomic bit operations
 * @marks: bitmap that slab_marks() returns, if one word is enough
 * @left: bitmap that slab_left() returns, if one word is enough
 * @slab: address of the slab's first byte
 * @holders: one for each object, see store/holder.h; may be %NULL
 * @holes: parts of each object that are not read, if %TABLE_HOLES is set
 * @rcu: for the deferred free
 * @slots: one for each object; two bitmaps may follow, see slab_marks()
 *
 * On 64-bit, the first cache line has all that a marker needs to look up an address.
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
 * Multiply an offset in a slab by the reciprocal of the stride to get an index. The
 * reciprocal is rounded up by less than 1, so the product is too large by at most the
 * offset, which is below 2^SLAB_SHIFT_MAX. That is less than 2^RECIP_SHIFT / stride,
 * the least distance from the exact product to that of the next index, because no
 * stride is larger than 2^SLAB_SHIFT_MAX. The product does not overflow if an object
 * takes at least 8 bytes.
 */
#define SLAB_SHIFT_MAX	22
#define RECIP_SHIFT	44

static inline u64 slab_recip(u32 stride)
{
	return div_u64(BIT_ULL(RECIP_SHIFT) + stride - 1, stride);
}

/* Index of the object that contains @addr, for callers that know that one does. */
static __always_inline unsigned long
slab_index_owned(const struct slab_table *table, unsigned long addr)
{
	return (u64)(addr - table->base) * table->recip >> RECIP_SHIFT;
}

/*
 * Index of the object that contains @addr, or that lies before the gap that contains
 * it; may be out of bounds for any other address.
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

/* Slot at the index that slab_index() returns; %NULL if that is out of bounds. */
static inline struct slot *slab_slot_of(struct slab_table *table,
					unsigned long addr)
{
	unsigned long i = slab_index(table, addr);

	return i < table->count ? &table->slots[i] : NULL;
}

/*
 * Tables with more slots come from the page allocator. It takes 24 bytes for each of 8192
 * slots with pages of 64 KB. The slab allocator would take 21, or 32 if it gets no more
 * than the pages for one table at a time.
 */
#define TABLE_SLOTS_MAX	(PAGE_SHIFT > 13 ? PAGE_SIZE / 16 : 512)

/* One bit for each object; set if the present pass, or the last one, has reached it. */
static inline unsigned long *slab_marks(struct slab_table *table)
{
	return table->count <= BITS_PER_LONG ? &table->marks :
	       (unsigned long *)&table->slots[table->count];
}

/* One bit for each object; set if it is marked, but the marker has left it over. */
static inline unsigned long *slab_left(struct slab_table *table)
{
	return table->count <= BITS_PER_LONG ? &table->left :
	       slab_marks(table) + BITS_TO_LONGS(table->count);
}

/**
 * slab_wipe() - overwrite what previous owners may have left in an object
 * @table: table of the object's slab
 * @addr: the object's first byte
 * @size: its size in bytes
 * @gfp: flags of the allocation
 */
static __always_inline void slab_wipe(const struct slab_table *table,
				      unsigned long addr, size_t size,
				      gfp_t gfp)
{
	if (gfp & __GFP_ZERO)
		return;
	if (likely(table->wipe == WIPE_ALL))
		fill_words(addr, size);
	else if (table->wipe == WIPE_POINTER)
		WRITE_ONCE(((unsigned long *)addr)[table->pointer], wipe_word);
}

/**
 * slot_claim() - handle the plain case of slab_alloc()
 * @table: table of the object's slab
 * @addr: first byte of an object that the caller owns
 * @size: its size in bytes
 * @slot: its allocation; no flags except for %OBJ_LIVE
 *
 * This writes one cache line of the table and reads another one.
 *
 * Context: Any. Inside an RCU read-side section, or with preemption off.
 * Return: false, and nothing has changed, if the case is not plain.
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
 * slot_release() - handle the plain case of slab_free()
 * @table: table of the object's slab
 * @addr: the address that is freed; lies in the slab
 *
 * The caller says that an object begins at @addr, and owns it; but an invalid free comes
 * here before KASAN or SLUB look at it. So the index is compared with the number of
 * objects, which costs a memory operand and a jump. 16 bits of it are enough on 64-bit.
 * Behind the last object, less than a stride is left of the slab, so the index is the
 * number of objects at most. In the red zone before the first object, it is -1. On
 * 32-bit, this needs the sign of the offset. An address in the middle of an object has the
 * index of that, too: telling it from the first byte costs more than it is worth.
 *
 * Context: Any. Inside an RCU read-side section, or with preemption off.
 * Return: false, and nothing has changed, if the case is not plain.
 */
static __always_inline bool slot_release(struct slab_table *table,
					 unsigned long addr)
{
	s64 offset = (long)(addr - table->base);
	unsigned long i = (u64)offset * table->recip >> RECIP_SHIFT;
	struct slot *own = &table->slots[i];

	if (unlikely((u16)i >= table->count) ||
	    unlikely((READ_ONCE(own->state) & (OBJ_LIVE | OBJ_AREAS)) != OBJ_LIVE))
		return false;
	slot_empty(own);
	return true;
}

void __init slab_init(void);
enum slab_wipe slab_wipe_kind(const struct kmem_cache *cache);
void slab_wipe_untracked(unsigned long addr, size_t size, gfp_t gfp);
struct slab_table *slab_table_make(struct slab *slab, bool partial, gfp_t gfp);
bool slab_table_drop(unsigned long addr);
bool slab_alloc(struct slab_table *table, unsigned long addr,
		const struct slot *slot);
bool slab_free(struct slab_table *table, unsigned long addr);
bool slab_free_nolock(struct slab_table *table, unsigned long addr);
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
