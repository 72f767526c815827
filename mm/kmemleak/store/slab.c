// SPDX-License-Identifier: GPL-2.0
/*
 * Objects of slabs: a side table beside every slab, found through the page directory.
 *
 * Invariants:
 *
 * - Either all directory entries of a slab point to its table or none does, as seen by
 *   the owner of an object in it: entries are stored before the allocator hands out the
 *   first object and cleared after it has got back the last one.
 * - The owner of an object owns its slot. Alloc and free are plain stores; struct slot
 *   tells in what order readers see them. The allocator orders those of one owner before
 *   those of the next when it hands over the object.
 * - A table is freed by RCU after its entries are cleared. Readers that own no object
 *   of the slab hold rcu_read_lock().
 * - The slab's memory, other than its table, may be read while the table is pinned
 *   (pin.c): slab_table_drop() sets TABLE_DEAD, then waits for pins.
 * - Two CPUs may create a table for the same slab. A compare-and-exchange of the
 *   directory entry of the slab's first page decides which table is used. Both CPUs
 *   then store this table in the slab's other entries, so that each finds its own
 *   objects.
 */
#define pr_fmt(fmt) "kmemleak: " fmt

#include <linux/gfp.h>
#include <linux/jiffies.h>
#include <linux/kfence.h>
#include <linux/kmemleak.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/printk.h>
#include <linux/sched.h>

#include "../../slab.h"

#include "kmemleak.h"
#include "store/areas.h"
#include "store/directory.h"
#include "store/hint.h"
#include "store/holder.h"
#include "store/pin.h"
#include "store/range.h"
#include "store/slab.h"
#include "store/slot.h"
#include "store/stats.h"
#include "store/wipe.h"

/* Number of slots after which a walk leaves its RCU read-side section. */
#define WALK_SLOTS	1024

static atomic_long_t table_memory;

/*
 * Caches for tables. A table comes from the smallest cache that has room for its slots;
 * powers of two, which result from common object sizes, fit exactly. Those above 512 are
 * for large pages: a page of 64 KB holds so many objects of 120, 112, 104 ... 16 bytes.
 */
static const u16 table_slots[] = {
	1, 2, 4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96,
	112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 546, 585, 630, 682,
	744, 819, 910, 1024, 1170, 1365, 1638, 2048, 2730, 4096,
};

static struct kmem_cache *table_cache[ARRAY_SIZE(table_slots)];
static char table_cache_name[ARRAY_SIZE(table_slots)][24];

/*
 * When there was no memory for a table, in jiffies: for each cache, and for the page
 * allocator; for callers that may not wait, and for those that may.
 */
static unsigned long table_failed[ARRAY_SIZE(table_slots) + 1][2];

static size_t table_bytes(unsigned int count)
{
	size_t bytes = sizeof(struct slab_table) + count * sizeof(struct slot);

	/* Bitmaps that fit into one word are in struct slab_table itself. */
	if (count > BITS_PER_LONG)
		bytes += 2 * BITS_TO_LONGS(count) * sizeof(long);
	return bytes;
}

static int table_class(unsigned int count)
{
	int i;

	for (i = 0; count <= TABLE_SLOTS_MAX && i < ARRAY_SIZE(table_slots); i++)
		if (count <= table_slots[i])
			return i;
	return -1;
}

/*
 * A slab without a table asks for one at each allocation of an object. One attempt in a
 * tick or two is enough for all slabs whose tables come from the same place. There is no
 * lock: a store that is lost costs one attempt.
 */
static unsigned long *table_failure(int class, gfp_t gfp)
{
	return &table_failed[class + 1][gfpflags_allow_blocking(gfp)];
}

/* Now, as a mark in table_failed[], where 0 means never. */
static unsigned long failure_now(void)
{
	return jiffies | 1;
}

static struct slab_table *table_alloc(int class, unsigned int count, gfp_t gfp)
{
	gfp = metadata_gfp(gfp) | __GFP_ZERO;
	if (class < 0)
		return alloc_pages_exact(table_bytes(count), gfp);
	return kmem_cache_alloc(table_cache[class], gfp);
}

static void table_free(struct slab_table *table)
{
	int class = table_class(table->count);

	holders_free(table->holders, table->count);
	if (class < 0)
		free_pages_exact(table, table_bytes(table->count));
	else
		kmem_cache_free(table_cache[class], table);
}

static void table_free_rcu(struct rcu_head *rcu)
{
	table_free(container_of(rcu, struct slab_table, rcu));
}

/* Count a slab that the directory cannot cover, and print only the first one. */
static void complain_directory(unsigned long addr)
{
	stat_inc(STAT_UNTRACKED_SLAB_FAR);
	pr_warn_once("slabs at 0x%lx are too far from all others: scanned but not tracked\n",
		     addr);
}

/* The same for a slab with offsets that do not fit, see slab_recip(). */
static void complain_large(const struct kmem_cache *cache)
{
	stat_inc(STAT_UNTRACKED_SLAB_LARGE);
	pr_warn_once("slabs of cache %s are too large: scanned but not tracked\n",
		     cache->name);
}

/**
 * slab_kfence_holes() - get the holes of an object of KFENCE
 * @start: first byte of an allocated object of any kind
 * @size: its size
 *
 * Objects of KFENCE have no table to look this up. Their cache may have been destroyed
 * without them, so it is accessed only if hint_of() knows its address.
 *
 * Return: a list of holes, or %NULL.
 */
const struct kmemleak_hole *slab_kfence_holes(unsigned long start, size_t size)
{
	const struct cache_hint *hint;
	const struct kmem_cache *cache;
	const struct slab *slab;

	if (!is_kfence_address((void *)start))
		return NULL;
	slab = virt_to_slab((void *)start);
	cache = slab ? READ_ONCE(slab->slab_cache) : NULL;
	hint = cache ? hint_of(cache) : NULL;
	return hint && size == cache->object_size ? hint->holes : NULL;
}

/**
 * slab_leak_traced() - are the objects of a slab tracked?
 * @slab: the slab; may be freed meanwhile
 *
 * Return: false for caches with %SLAB_NOLEAKTRACE, and for the pages of KFENCE, whose
 * objects are ranges.
 */
bool slab_leak_traced(const struct slab *slab)
{
	struct kmem_cache *cache = READ_ONCE(slab->slab_cache);
	slab_flags_t flags;

	if (is_kfence_address(slab_address(slab)) || !cache)
		return false;
	if (get_kernel_nofault(flags, &cache->flags))
		return false;
	return !(flags & SLAB_NOLEAKTRACE);
}

/*
 * What slab_wipe_kind() returns, for a caller that has looked up @hint, which is that of
 * @cache or %NULL.
 */
static enum slab_wipe wipe_kind(const struct kmem_cache *cache,
				const struct cache_hint *hint)
{
	const slab_flags_t zoned = SLAB_KMALLOC | SLAB_STORE_USER | SLAB_RED_ZONE;
	unsigned int known = hint ? hint->kind : 0;

	if (!wipe_objects())
		return WIPE_NOTHING;
	if (want_init_on_alloc(0) && !cache->ctor &&
	    !(cache->flags & (SLAB_TYPESAFE_BY_RCU | SLAB_POISON)))
		return WIPE_NOTHING;
	if ((cache->flags & zoned) == zoned)
		return WIPE_NOTHING;
	if (known & KMEMLEAK_CACHE_WRITTEN)
		return WIPE_BY_OWNER;
	if (!cache->ctor && !(known & KMEMLEAK_CACHE_TEXT) &&
	    !(cache->flags & (SLAB_TYPESAFE_BY_RCU | SLAB_POISON)))
		return WIPE_ALL;
	return cache->offset < cache->inuse ? WIPE_POINTER : WIPE_NOTHING;
}

/**
 * slab_wipe_kind() - tell what to fill in a cache's objects when they are handed out
 * @cache: the cache
 *
 * Nothing is left to do if the allocator zeroes objects on allocation, or if debugging
 * poisons them. If a kmalloc cache stores users and has red zones, a zone begins where
 * the requested size ends, which only the allocator knows. What a constructor has
 * initialized must stay, and so must what may be read after the free. If objects keep
 * what they hold, the pages of a new slab are zeroed instead, see __kmemleak_slab_gfp().
 * kmemleak.wipe=off prevents all of this.
 *
 * Return: the kind.
 */
enum slab_wipe slab_wipe_kind(const struct kmem_cache *cache)
{
	return wipe_kind(cache, hint_of(cache));
}

/* Tell what to fill in an object of a slab. KFENCE has already filled its objects. */
static enum slab_wipe object_wipe_kind(const void *object, const struct slab *slab)
{
	if (!slab || is_kfence_address(object))
		return WIPE_NOTHING;
	return slab_wipe_kind(slab->slab_cache);
}

/**
 * slab_wipe_untracked() - slab_wipe() for an object in a slab without a table
 * @addr: the object's first byte
 * @size: its size in bytes
 * @gfp: flags of the allocation
 *
 * Such a slab is a root as a whole.
 */
void slab_wipe_untracked(unsigned long addr, size_t size, gfp_t gfp)
{
	void *object = (void *)addr;
	struct slab *slab = virt_to_slab(object);
	enum slab_wipe kind = object_wipe_kind(object, slab);

	if (gfp & __GFP_ZERO)
		return;
	if (kind == WIPE_ALL)
		fill_words(addr, size);
	else if (kind == WIPE_POINTER)
		WRITE_ONCE(*(unsigned long *)(addr + slab->slab_cache->offset), wipe_word);
}

/**
 * slab_table_make() - create the side table of a slab
 * @slab: the slab, which the caller keeps from being freed
 * @partial: objects of the slab may have been handed out unseen
 * @gfp: flags of the allocation that needs the slab
 *
 * If @partial, this does not try where it has failed in this tick.
 *
 * Context: Any but NMI, as far as @gfp allows.
 * Return: the slab's table, which may have existed before; %NULL if there is no memory
 * for one, if the slab is too large or too far from others, or if the detector is off.
 * Then the slab is a root. "off" may free the table at once unless the caller is an RCU
 * reader.
 */
struct slab_table *slab_table_make(struct slab *slab, bool partial, gfp_t gfp)
{
	struct kmem_cache *cache = slab->slab_cache;
	unsigned long start = (unsigned long)slab_address(slab);
	unsigned long page = PFN_DOWN(start);
	int class = table_class(slab->objects);
	unsigned long *failure = table_failure(class, gfp);
	struct slab_table **entry, *table, *old;
	const struct cache_hint *hint = hint_of(cache);
	unsigned int order = slab_order(slab);
	unsigned int i;

	if (order + PAGE_SHIFT > SLAB_SHIFT_MAX) {
		complain_large(cache);
		return NULL;
	}
	if (partial && READ_ONCE(*failure) == failure_now())
		goto untracked;

	/* Add all levels first, so that nothing can fail after an entry was set. */
	for (i = 0; i < BIT(order); i += dir_leaf_rest(page + i)) {
		entry = dir_entry(page + i, gfp);
		if (entry == ERR_PTR(-ERANGE)) {
			complain_directory(start);
			return NULL;
		}
		if (IS_ERR(entry))
			goto nomem;
	}

	table = table_alloc(class, slab->objects, gfp);
	if (!table)
		goto nomem;

	table->slab = start;
	table->base = start + cache->red_left_pad;
	table->stride = cache->size;
	table->object_size = cache->object_size;
	table->recip = slab_recip(cache->size);
	table->count = slab->objects;
	table->order = order;
	table->wipe = wipe_kind(cache, hint);
	table->pointer = cache->offset / sizeof(long);
	if (partial) {
		__set_bit(TABLE_PARTIAL, &table->flags);
		/* Ranges may have been registered inside before there was a table. */
		__set_bit(TABLE_RANGES, &table->flags);
	}
	if (hint && hint->holes) {
		table->holes = hint->holes;
		__set_bit(TABLE_HOLES, &table->flags);
	}

	slabs_widen(page, page + BIT(order));

	/* "off" waits for this section, and drops then what tables there are. */
	rcu_read_lock();
	if (unlikely(READ_ONCE(kmemleak_state) == KMEMLEAK_OFF)) {
		rcu_read_unlock();
		table_free(table);
		return NULL;
	}
	/* Full barrier: a reader that finds the table finds it filled in. */
	entry = dir_entry(page, GFP_NOWAIT);
	old = cmpxchg(entry, NULL, table);
	if (old) {
		table_free(table);
		table = old;
	} else {
		atomic_long_add(table_bytes(table->count), &table_memory);
	}
	for (i = 1; i < BIT(order); i++) {
		entry = dir_next(entry, page + i);
		/* Pairs with the address dependency in slab_table_of(). */
		smp_store_release(entry, table);
	}
	rcu_read_unlock();
	return table;

nomem:
	WRITE_ONCE(*failure, failure_now());
untracked:
	stat_inc(STAT_UNTRACKED_SLAB_NOMEM);
	return NULL;
}

/**
 * slab_table_drop() - drop the side table of a slab
 * @addr: the slab's first byte
 *
 * Call this before the slab's pages are freed. It returns when nobody reads them any
 * more.
 *
 * Context: Any but NMI. May spin for as long as readers keep interrupts off, see
 * pin_wait().
 * Return: false if it has none.
 */
bool slab_table_drop(unsigned long addr)
{
	struct slab_table *table = slab_table_of(addr);
	unsigned long page = PFN_DOWN(addr);
	struct slab_table **entry;
	unsigned int i;

	if (!table)
		return false;
	/*
	 * The free of a slab may race with "off": the one that clears the first entry
	 * drops the table.
	 */
	entry = dir_entry(page, GFP_NOWAIT);
	if (cmpxchg(entry, table, NULL) != table)
		return true;
	for (i = 1; i < BIT(table->order); i++) {
		entry = dir_next(entry, page + i);
		WRITE_ONCE(*entry, NULL);
	}
	if (test_bit(TABLE_RANGES, &table->flags))
		range_drop_inside(addr, addr + (PAGE_SIZE << table->order) - 1);
	set_bit(TABLE_DEAD, &table->flags);
	pin_wait(table);

	atomic_long_sub(table_bytes(table->count), &table_memory);
	call_rcu(&table->rcu, table_free_rcu);
	return true;
}

/**
 * slab_alloc() - record an object that was handed out
 * @table: table of the object's slab
 * @addr: the object's first byte
 * @slot: its allocation
 *
 * If the slot still has a live object, its free was not seen: the new object replaces
 * it.
 *
 * Context: Any, NMI included. Inside an RCU read-side section.
 * Return: false if no object begins at that address.
 */
bool slab_alloc(struct slab_table *table, unsigned long addr,
		const struct slot *slot)
{
	unsigned long i;

	i = slab_index(table, addr);
	if (unlikely(i >= table->count || slab_object(table, i) != addr))
		return false;
	if (unlikely(READ_ONCE(table->slots[i].state) & OBJ_LIVE))
		kmemleak_complain(STAT_BAD_DOUBLE, addr);
	if (unlikely(slot->state & (OBJ_GREY | OBJ_TRANSIENT)))
		set_bit(TABLE_SPECIAL, &table->flags);
	slot_fill(&table->slots[i], slot);
	return true;
}

/*
 * Empty the slot of an object, whose flags *@state are then. Returns false if no object
 * begins at @addr.
 */
static bool slot_drop(struct slab_table *table, unsigned long addr, u32 *state)
{
	unsigned long i = slab_index(table, addr);

	if (unlikely(i >= table->count || slab_object(table, i) != addr))
		return false;
	*state = READ_ONCE(table->slots[i].state);
	slot_empty(&table->slots[i]);
	/* SLUB_RCU_DEBUG frees the objects of some caches a second time. */
	if (unlikely(!(*state & OBJ_LIVE)) && !test_bit(TABLE_PARTIAL, &table->flags) &&
	    !IS_ENABLED(CONFIG_SLUB_RCU_DEBUG))
		kmemleak_complain(STAT_BAD_FREE, addr);
	return true;
}

/**
 * slab_free() - forget an object that is about to be freed
 * @table: table of the object's slab
 * @addr: the object's first byte
 *
 * Context: Any but NMI, inside an RCU read-side section.
 * Return: false if no object begins at that address.
 */
bool slab_free(struct slab_table *table, unsigned long addr)
{
	u32 state;

	if (!slot_drop(table, addr, &state))
		return false;
	/*
	 * An object older than the table may have been registered by hand, as a range, for
	 * want of a slot.
	 */
	if (unlikely(!(state & OBJ_LIVE)) && test_bit(TABLE_PARTIAL, &table->flags))
		range_remove(RANGE_VIRT, addr);
	if (unlikely(state & OBJ_AREAS))
		areas_drop(addr, addr + table->object_size - 1);
	return true;
}

/**
 * slab_free_nolock() - slab_free() where no lock may be taken
 * @table: table of the object's slab
 * @addr: the object's first byte
 *
 * What was registered inside, if anything was, goes with the slab.
 *
 * Context: Any, inside an RCU read-side section.
 * Return: see slab_free().
 */
bool slab_free_nolock(struct slab_table *table, unsigned long addr)
{
	u32 state;

	if (!slot_drop(table, addr, &state))
		return false;
	if (unlikely(state & OBJ_AREAS))
		set_bit(TABLE_RANGES, &table->flags);
	return true;
}

static bool walk_on(unsigned long *pos, unsigned long end,
		    void (*visit)(struct slab_table *table, void *arg),
		    void *arg)
{
	unsigned int left = DIR_WALK_ENTRIES, slots = 0;
	struct slab_table *table;
	bool more = true;

	rcu_read_lock();
	while (left && slots < WALK_SLOTS && more) {
		table = slab_next_table(pos, end, &left);
		if (table) {
			visit(table, arg);
			slots += table->count;
		} else {
			more = !left;
		}
	}
	rcu_read_unlock();
	cond_resched();
	return more;
}

/**
 * slab_walk() - call a visitor for all tables, some at a time
 * @pos: where to continue; 0 to begin
 * @visit: called for each table, inside an RCU read-side section
 * @arg: argument of @visit
 *
 * Context: Sleeps.
 * Return: false after the last table.
 */
bool slab_walk(unsigned long *pos,
	       void (*visit)(struct slab_table *table, void *arg), void *arg)
{
	return walk_on(pos, ULONG_MAX, visit, arg);
}

/**
 * slab_walk_part() - call a visitor for the tables of one part, some at a time
 * @part: number of the part, see slab_next_part()
 * @pos: where to continue; 0 to begin
 * @visit: called for each table, inside an RCU read-side section
 * @arg: argument of @visit
 *
 * Context: Sleeps.
 * Return: false after the last table.
 */
bool slab_walk_part(unsigned long part, unsigned long *pos,
		    void (*visit)(struct slab_table *table, void *arg),
		    void *arg)
{
	unsigned long first = part << DIR_LEAF_BITS;

	*pos = max(*pos, first);
	return walk_on(pos, first + BIT(DIR_LEAF_BITS), visit, arg);
}

/**
 * slab_metadata_bytes() - get the size of the memory that tables and directory take
 *
 * Return: bytes.
 */
long slab_metadata_bytes(void)
{
	return atomic_long_read(&table_memory) + slab_directory_bytes();
}

static void table_teardown(struct slab_table *table, void *unused)
{
	slab_table_drop(table->slab);
}

/**
 * slab_teardown() - free all tables
 *
 * The directory's pages stay: slabs that are created and freed meanwhile may still be
 * looked up.
 *
 * Context: Sleeps. The detector is off, and a grace period is over since then.
 */
void slab_teardown(void)
{
	unsigned long pos = 0;

	while (slab_walk(&pos, table_teardown, NULL))
		;
}

/**
 * slab_init() - create the caches for tables
 */
void __init slab_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(table_slots); i++) {
		if (table_slots[i] > TABLE_SLOTS_MAX)
			break;
		snprintf(table_cache_name[i], sizeof(table_cache_name[i]),
			 "kmemleak_table_%u", table_slots[i]);
		table_cache[i] = kmem_cache_create(table_cache_name[i],
						   table_bytes(table_slots[i]),
						   0, SLAB_NOLEAKTRACE |
						   SLAB_HWCACHE_ALIGN |
						   SLAB_PANIC, NULL);
	}
}
