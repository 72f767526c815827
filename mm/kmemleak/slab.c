// SPDX-License-Identifier: GPL-2.0
/*
 * Objects of slabs: a side table beside every slab, found through a directory
 * of the pages that slabs lie in.
 *
 * May call: range, for what is registered inside a slab; trace; holders, to free
 * them. Invariants:
 *
 * - All directory entries of a slab point to its table or none does, seen from
 *   whoever owns an object in it: entries are stored before the allocator hands
 *   out an object and cleared after it got the last one back.
 * - Who owns an object owns its slot. Alloc and free are plain stores, ordered
 *   by the release of slot->state (see struct slot); the allocator's hand-over
 *   of the object from one owner to the next orders them among each other.
 * - A table is freed by RCU after its entries are cleared. Readers that own no
 *   object of the slab hold rcu_read_lock().
 * - The slab's memory, other than its table, may be read by who pinned the
 *   table (pin.c): slab_table_drop() sets TABLE_DEAD, then waits for pins.
 * - Two CPUs may make a table for one slab that has none; the directory entry
 *   of its first page, taken by compare-and-exchange, decides whose is used.
 *   Both then store the winner in the slab's other entries, so that neither
 *   can look up an object of its own in vain.
 */
#define pr_fmt(fmt) "kmemleak: " fmt

#include <linux/gfp.h>
#include <linux/kfence.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/prefetch.h>
#include <linux/printk.h>
#include <linux/sched.h>

#include "../slab.h"
#include "kmemleak.h"

/* Slots that a walk shows inside one RCU read-side section. */
#define WALK_SLOTS	1024
/* Pages ahead of which it asks for a table. */
#define WALK_AHEAD	8

/* Covers nothing: the first table brings one that covers something. */
static struct slab_dir dir_empty;
struct slab_dir *slab_dir __read_mostly = &dir_empty;

/*
 * Guards slab_dir, the entries of its top level and the bounds below. A leaf, taken
 * once for each gigabyte that slabs lie in and each slab beyond the others.
 */
static DEFINE_RAW_SPINLOCK(dir_lock);

/*
 * All slabs that ever had a table lie in these pages. By number: a variable that has
 * the address of a slab refers to an object in it.
 */
static unsigned long slabs_first = ULONG_MAX;
static unsigned long slabs_end;

static atomic_long_t table_memory;
static atomic_long_t directory_memory;

/*
 * Caches for tables. A table of n slots comes from the smallest cache that has
 * room; powers of two, which the common object sizes lead to, fit exactly.
 */
static const u16 table_slots[] = {
	1, 2, 4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96,
	112, 128, 160, 192, 224, 256, 320, 384, 448, 512,
};

static struct kmem_cache *table_cache[ARRAY_SIZE(table_slots)];
static char table_cache_name[ARRAY_SIZE(table_slots)][24];

static size_t table_bytes(unsigned int count)
{
	size_t bytes = sizeof(struct slab_table) + count * sizeof(struct slot);

	/* Bitmaps of one word are in the table itself. */
	if (count > BITS_PER_LONG)
		bytes += 2 * BITS_TO_LONGS(count) * sizeof(long);
	return bytes;
}

static int table_class(unsigned int count)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(table_slots); i++)
		if (count <= table_slots[i])
			return i;
	return -1;
}

static struct slab_table *table_alloc(unsigned int count, gfp_t gfp)
{
	int class = table_class(count);

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

/**
 * dir_widen() - which pages a directory has to cover, to cover one more
 * @old: what it covers now, nothing if @old->pages is 0
 * @page: number of a page that it does not cover
 * @new: filled in: @old, @page and what lies between
 *
 * Twice as much at least, so that all directories that were replaced take no more
 * memory than the one that is in use; and as much as a page of it covers.
 *
 * Return: false if that is too much, see %DIR_TOP_MAX.
 */
bool dir_widen(const struct dir_span *old, unsigned long page, struct dir_span *new)
{
	const unsigned long all = PFN_DOWN(ULONG_MAX) / DIR_TOP_PAGES + 1;
	const unsigned long few = (PAGE_SIZE - sizeof(struct slab_dir)) /
				  sizeof(struct dir_mid *);
	unsigned long top = page / DIR_TOP_PAGES;
	unsigned long lo = top, hi = top + 1, spare;

	if (old->pages) {
		lo = min(lo, old->first / DIR_TOP_PAGES);
		hi = max(hi, (old->first + old->pages) / DIR_TOP_PAGES);
	}
	if (hi - lo > DIR_TOP_MAX)
		return false;
	spare = max(2 * old->pages / DIR_TOP_PAGES, few);
	spare = min(spare, DIR_TOP_MAX);
	spare -= min(spare, hi - lo);
	/* More of the kind may follow on that side. */
	if (old->pages && page < old->first)
		lo -= min(spare, lo);
	else
		hi += min(spare, all - hi);
	new->first = lo * DIR_TOP_PAGES;
	new->pages = (hi - lo) * DIR_TOP_PAGES;
	return true;
}

static size_t dir_bytes(const struct dir_span *span)
{
	return sizeof(struct slab_dir) +
	       span->pages / DIR_TOP_PAGES * sizeof(struct dir_mid *);
}

/* Replace a directory by one that covers a page, too; who comes second does nothing. */
static int dir_grow(struct slab_dir *old, unsigned long page, gfp_t gfp)
{
	struct dir_span span;
	struct slab_dir *new;
	unsigned long flags;
	size_t bytes;

	if (!dir_widen(&old->span, page, &span))
		return -ERANGE;
	bytes = dir_bytes(&span);
	new = alloc_pages_exact(bytes, gfp);
	if (!new)
		return -ENOMEM;
	new->span = span;

	raw_spin_lock_irqsave(&dir_lock, flags);
	if (slab_dir == old) {
		if (old->span.pages)
			memcpy(&new->mid[(old->span.first - span.first) / DIR_TOP_PAGES],
			       old->mid, dir_bytes(&old->span) - sizeof(*old));
		/* Pairs with slab_table_of() and the like, which depend on it. */
		smp_store_release(&slab_dir, new);
		atomic_long_add(PAGE_ALIGN(bytes), &directory_memory);
		new = NULL;
	}
	raw_spin_unlock_irqrestore(&dir_lock, flags);
	if (new)
		free_pages_exact(new, bytes);
	return 0;
}

/* Make a middle level; who comes second does nothing. */
static int dir_add_mid(unsigned long page, gfp_t gfp)
{
	struct dir_mid *new = (struct dir_mid *)__get_free_page(gfp);
	struct dir_mid **mid;
	unsigned long flags;

	if (!new)
		return -ENOMEM;
	raw_spin_lock_irqsave(&dir_lock, flags);
	mid = &slab_dir->mid[(page - slab_dir->span.first) / DIR_TOP_PAGES];
	if (!*mid) {
		/* Pairs with slab_table_of() and the like, which depend on it. */
		smp_store_release(mid, new);
		atomic_long_add(PAGE_SIZE, &directory_memory);
		new = NULL;
	}
	raw_spin_unlock_irqrestore(&dir_lock, flags);
	free_page((unsigned long)new);
	return 0;
}

/*
 * The directory's entry for a page, by its number, making levels that are missing.
 * An error pointer if there is no memory, or the page is too far from all others.
 */
static struct slab_table **dir_entry(unsigned long page, gfp_t gfp)
{
	struct slab_dir *dir;
	struct dir_mid *mid;
	struct dir_leaf **leaf;
	unsigned long index;
	int err;

	BUILD_BUG_ON(sizeof(struct dir_mid) > PAGE_SIZE);
	BUILD_BUG_ON(sizeof(struct dir_leaf) > PAGE_SIZE);

	gfp = metadata_gfp(gfp) | __GFP_ZERO;
	while (true) {
		dir = READ_ONCE(slab_dir);
		index = page - dir->span.first;
		err = 0;
		if (index >= dir->span.pages) {
			err = dir_grow(dir, page, gfp);
		} else {
			mid = READ_ONCE(dir->mid[index / DIR_TOP_PAGES]);
			if (mid)
				break;
			err = dir_add_mid(page, gfp);
		}
		if (err)
			return ERR_PTR(err);
	}
	leaf = &mid->leaf[(page >> DIR_LEAF_BITS) & (BIT(DIR_MID_BITS) - 1)];
	if (!READ_ONCE(*leaf)) {
		void *new = (void *)__get_free_page(gfp);

		if (!new)
			return ERR_PTR(-ENOMEM);
		if (cmpxchg(leaf, NULL, new))
			free_page((unsigned long)new);
		else
			atomic_long_add(PAGE_SIZE, &directory_memory);
	}
	return &READ_ONCE(*leaf)->table[page & (BIT(DIR_LEAF_BITS) - 1)];
}

/* A slab that the directory cannot cover; one line for all there may be. */
static void complain_directory(unsigned long addr)
{
	stat_inc(STAT_UNTRACKED_SLAB_FAR);
	pr_warn_once("slabs at 0x%lx are too far from all others: scanned but not tracked\n",
		     addr);
}

static void slabs_widen(unsigned long first, unsigned long end)
{
	unsigned long flags;

	if (first >= READ_ONCE(slabs_first) && end <= READ_ONCE(slabs_end))
		return;
	raw_spin_lock_irqsave(&dir_lock, flags);
	WRITE_ONCE(slabs_first, min(slabs_first, first));
	WRITE_ONCE(slabs_end, max(slabs_end, end));
	raw_spin_unlock_irqrestore(&dir_lock, flags);
}

/**
 * slab_span() - where slab objects are
 * @start: filled in: there is none below
 * @end: filled in: nor at or beyond
 *
 * Of slabs that have, or had, a table before the call.
 */
void slab_span(unsigned long *start, unsigned long *end)
{
	*start = READ_ONCE(slabs_first) << PAGE_SHIFT;
	*end = READ_ONCE(slabs_end) << PAGE_SHIFT;
}

/* Caches whose objects have holes, once there is a slab of theirs. They stay for good. */
static const struct kmem_cache *dentries, *tasks;

/**
 * slab_kfence_holes() - what is not read of an object that KFENCE has
 * @start: first byte of an allocated object of any kind
 * @size: its size
 *
 * KFENCE's objects have no table that would tell. The cache is looked at by its address
 * alone: it may have been destroyed without its objects.
 *
 * Return: a list of holes, or %NULL
 */
const struct hole *slab_kfence_holes(unsigned long start, size_t size)
{
	const struct kmem_cache *cache;
	const struct slab *slab;

	if (!is_kfence_address((void *)start))
		return NULL;
	slab = virt_to_slab((void *)start);
	cache = slab ? READ_ONCE(slab->slab_cache) : NULL;
	if (!cache)
		return NULL;
	if (cache == READ_ONCE(dentries))
		return size == cache->object_size ? dentry_holes : NULL;
	if (cache == READ_ONCE(tasks))
		return size == cache->object_size ? task_holes : NULL;
	return NULL;
}

/**
 * slab_leak_traced() - are the objects of a slab tracked?
 * @slab: the slab; may be on its way out
 *
 * Return: false for caches with %SLAB_NOLEAKTRACE, and for the pages of KFENCE,
 * whose objects are ranges.
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

/* Is it this cache, not shared with others whose objects have that size? */
static bool cache_is(const struct kmem_cache *cache, const char *name)
{
	return cache->refcount == 1 && !strcmp(cache->name, name);
}

/* Holds text and nothing else, whoever has it: no references, old or new. */
static bool holds_text(const struct kmem_cache *cache)
{
	return cache_is(cache, "names_cache");
}

/* Of a task and its address space: a copy of the parent's, or zeroed. */
static bool owner_writes_all(const struct kmem_cache *cache)
{
	return cache_is(cache, "task_struct") || cache_is(cache, "mm_struct");
}

/**
 * slab_wipe_kind() - what to zero of a cache's objects
 * @cache: the cache
 *
 * Where all is zeroed on allocation or poisoned by debugging there is nothing
 * left to do. A kmalloc cache that remembers the sizes asked for has red zones
 * behind them. A constructor's work is not to be undone, nor what may be read
 * after the free: where objects keep what was in them the pages of a new slab
 * are zeroed.
 *
 * Return: the kind.
 */
enum slab_wipe slab_wipe_kind(const struct kmem_cache *cache)
{
	if (want_init_on_alloc(0) && !cache->ctor &&
	    !(cache->flags & (SLAB_TYPESAFE_BY_RCU | SLAB_POISON)))
		return WIPE_NOTHING;
	if ((cache->flags & (SLAB_KMALLOC | SLAB_STORE_USER)) ==
	    (SLAB_KMALLOC | SLAB_STORE_USER))
		return WIPE_NOTHING;
	if (owner_writes_all(cache))
		return WIPE_BY_OWNER;
	if (!cache->ctor && !holds_text(cache) &&
	    !(cache->flags & (SLAB_TYPESAFE_BY_RCU | SLAB_POISON)))
		return WIPE_ALL;
	return cache->offset < cache->inuse ? WIPE_POINTER : WIPE_NOTHING;
}

/* What to zero of an object, by its slab. KFENCE has zeroed its own objects. */
static enum slab_wipe object_wipe_kind(const void *object, const struct slab *slab)
{
	if (!slab || is_kfence_address(object))
		return WIPE_NOTHING;
	return slab_wipe_kind(slab->slab_cache);
}

/**
 * slab_wipe_untracked() - slab_wipe() for an object in a slab without a table
 * @addr: the object's first byte
 * @size: bytes that the allocator gave
 * @gfp: of the allocation
 *
 * The slab is a root as it stands.
 */
void slab_wipe_untracked(unsigned long addr, size_t size, gfp_t gfp)
{
	void *object = (void *)addr;
	struct slab *slab = virt_to_slab(object);
	enum slab_wipe kind = object_wipe_kind(object, slab);

	if (gfp & __GFP_ZERO)
		return;
	if (kind == WIPE_ALL)
		wipe_words(addr, size);
	else if (kind == WIPE_POINTER)
		*(unsigned long *)(addr + slab->slab_cache->offset) = 0;
}

/**
 * slab_table_make() - give a slab its side table
 * @slab: the slab, which the caller keeps from being freed
 * @partial: objects of the slab may have been handed out unseen
 * @gfp: of the allocation that wants the slab
 *
 * Context: Any but NMI, as far as @gfp allows.
 * Return: the slab's table, which may have been there before; %NULL if there is
 * no memory for one, or the directory cannot cover it. The slab is then a root.
 */
struct slab_table *slab_table_make(struct slab *slab, bool partial, gfp_t gfp)
{
	struct kmem_cache *cache = slab->slab_cache;
	unsigned long start = (unsigned long)slab_address(slab);
	unsigned long page = PFN_DOWN(start);
	struct slab_table **entry, *table, *old;
	unsigned int order = slab_order(slab);
	unsigned int i;

	/* See slab_recip(); nobody has objects of that size. */
	if (order + PAGE_SHIFT > SLAB_SHIFT_MAX)
		goto nomem;

	/* All levels first, so that nothing can fail once an entry is set. */
	for (i = 0; i < 1U << order; i++) {
		entry = dir_entry(page + i, gfp);
		if (entry == ERR_PTR(-ERANGE)) {
			complain_directory(start);
			return NULL;
		}
		if (IS_ERR(entry))
			goto nomem;
	}

	table = table_alloc(slab->objects, gfp);
	if (!table)
		goto nomem;

	table->slab = start;
	table->base = start + cache->red_left_pad;
	table->stride = cache->size;
	table->object_size = cache->object_size;
	table->recip = slab_recip(cache->size);
	table->count = slab->objects;
	table->order = order;
	table->wipe = slab_wipe_kind(cache);
	table->pointer = cache->offset / sizeof(long);
	if (partial)
		__set_bit(TABLE_PARTIAL, &table->flags);
	if (cache_is(cache, "dentry")) {
		WRITE_ONCE(dentries, cache);
		__set_bit(TABLE_DENTRIES, &table->flags);
	}
	if (cache_is(cache, "task_struct")) {
		WRITE_ONCE(tasks, cache);
		__set_bit(TABLE_TASKS, &table->flags);
	}

	slabs_widen(page, page + BIT(order));

	/* Full barrier: who finds the table finds it filled in. */
	entry = dir_entry(page, gfp);
	old = cmpxchg(entry, NULL, table);
	if (old) {
		table_free(table);
		table = old;
	} else {
		atomic_long_add(table_bytes(table->count), &table_memory);
	}
	for (i = 1; i < 1U << order; i++)
		/* Pairs with slab_table_of(), which depends on what it loads. */
		smp_store_release(dir_entry(page + i, gfp), table);
	return table;

nomem:
	stat_inc(STAT_UNTRACKED_SLAB_NOMEM);
	return NULL;
}

/**
 * slab_table_drop() - take a slab's side table away
 * @addr: the slab's first byte
 *
 * Called before the slab's pages are freed. Returns once no marker reads them.
 *
 * Context: Any but NMI. May spin for as long as a marker keeps interrupts off.
 */
void slab_table_drop(unsigned long addr)
{
	struct slab_table *table = slab_table_of(addr);
	unsigned long page = PFN_DOWN(addr);
	unsigned int i;

	/* Whoever clears the first entry drops it: the slab's end, or "off". */
	if (!table ||
	    cmpxchg(dir_entry(page, GFP_NOWAIT), table, NULL) != table)
		return;
	for (i = 1; i < 1U << table->order; i++)
		WRITE_ONCE(*dir_entry(page + i, GFP_NOWAIT), NULL);
	if (test_bit(TABLE_RANGES, &table->flags))
		range_drop_inside(addr, addr + (PAGE_SIZE << table->order) - 1);
	set_bit(TABLE_DEAD, &table->flags);
	pin_wait(table);

	atomic_long_sub(table_bytes(table->count), &table_memory);
	call_rcu(&table->rcu, table_free_rcu);
}

/**
 * slab_alloc() - an object of a slab was handed out
 * @table: the slab's table
 * @addr: the object's first byte
 * @slot: who got it
 *
 * Context: Any, NMI included. Inside an RCU read-side section.
 * If a live object is there already, a free went unseen: the new owner counts.
 *
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

/**
 * slab_free() - an object of a slab is about to be freed
 * @table: the slab's table
 * @addr: the object's first byte
 *
 * Context: Any; NMI too, for objects without scan areas. Inside an RCU
 * read-side section.
 * Return: false if no object begins at that address.
 */
bool slab_free(struct slab_table *table, unsigned long addr)
{
	struct slot *slot;
	unsigned long i;
	u32 state;

	i = slab_index(table, addr);
	if (unlikely(i >= table->count || slab_object(table, i) != addr))
		return false;
	slot = &table->slots[i];
	state = READ_ONCE(slot->state);
	slot_empty(slot);
	/* SLUB_RCU_DEBUG frees the objects of some caches a second time. */
	if (unlikely(!(state & OBJ_LIVE)) &&
	    !IS_ENABLED(CONFIG_SLUB_RCU_DEBUG) &&
	    !test_bit(TABLE_PARTIAL, &table->flags))
		kmemleak_complain(STAT_BAD_FREE, addr);
	if (unlikely(state & OBJ_AREAS))
		range_areas_drop(addr, addr + table->object_size - 1);
	return true;
}

/**
 * slab_next_table() - walk over all tables
 * @page: where to go on, the number of a page; 0 begins
 *
 * Context: Must be allowed to sleep if called outside of an RCU read-side
 * section; the table is valid inside of one only, or while pinned.
 * Return: the next table, each once, or %NULL at the end; *@page moves on.
 */
struct slab_table *slab_next_table(unsigned long *page)
{
	const struct slab_dir *dir = READ_ONCE(slab_dir);
	const unsigned long first = dir->span.first;
	unsigned long i = max(*page, first) - first;

	while (i < dir->span.pages) {
		struct dir_mid *mid;
		struct dir_leaf *leaf;
		struct slab_table *table;

		mid = READ_ONCE(dir->mid[i >> (DIR_MID_BITS + DIR_LEAF_BITS)]);
		if (!mid) {
			i = (i | (DIR_TOP_PAGES - 1)) + 1;
			continue;
		}
		leaf = READ_ONCE(mid->leaf[(i >> DIR_LEAF_BITS) &
					   (BIT(DIR_MID_BITS) - 1)]);
		if (!leaf) {
			i = (i | (BIT(DIR_LEAF_BITS) - 1)) + 1;
			continue;
		}
		table = READ_ONCE(leaf->table[i & (BIT(DIR_LEAF_BITS) - 1)]);
		prefetch(READ_ONCE(leaf->table[(i + WALK_AHEAD) &
					       (BIT(DIR_LEAF_BITS) - 1)]));
		i++;
		if (table && PFN_DOWN(table->slab) == first + i - 1) {
			*page = first + i;
			return table;
		}
	}
	*page = max(*page, first + i);
	return NULL;
}

static bool walk_on(unsigned long *pos, unsigned long end,
		    void (*visit)(struct slab_table *table, void *arg),
		    void *arg)
{
	struct slab_table *table;
	unsigned int slots = 0;

	rcu_read_lock();
	do {
		table = slab_next_table(pos);
		/* It is the page before *pos. */
		if (!table || *pos > end) {
			table = NULL;
			break;
		}
		visit(table, arg);
		slots += table->count;
	} while (slots < WALK_SLOTS);
	rcu_read_unlock();
	cond_resched();
	return table;
}

/**
 * slab_walk() - show tables to a visitor, some at a time
 * @pos: where to go on; 0 begins
 * @visit: called for each table, inside an RCU read-side section
 * @arg: handed on to @visit
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
 * slab_next_part() - the parts that a walk over all tables can be divided into
 * @part: where to look, 0 to begin with; the next part from there on
 *
 * Return: false if there is none.
 */
bool slab_next_part(unsigned long *part)
{
	const struct slab_dir *dir = READ_ONCE(slab_dir);
	const unsigned long first = dir->span.first >> DIR_LEAF_BITS;
	unsigned long i = max(*part, first) - first;
	const struct dir_mid *mid;

	for (; i < dir->span.pages >> DIR_LEAF_BITS; i++) {
		mid = READ_ONCE(dir->mid[i >> DIR_MID_BITS]);
		if (!mid) {
			i |= BIT(DIR_MID_BITS) - 1;
		} else if (READ_ONCE(mid->leaf[i & (BIT(DIR_MID_BITS) - 1)])) {
			*part = first + i;
			return true;
		}
	}
	return false;
}

/**
 * slab_walk_part() - show the tables of one part to a visitor, some at a time
 * @part: which, see slab_next_part()
 * @pos: where to go on; 0 begins
 * @visit: called for each table, inside an RCU read-side section
 * @arg: handed on to @visit
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
 * slab_metadata_bytes() - memory that tables and directory take
 *
 * Return: bytes.
 */
long slab_metadata_bytes(void)
{
	return atomic_long_read(&table_memory) + slab_directory_bytes();
}

/**
 * slab_directory_bytes() - memory that the directory takes
 *
 * It grows until slabs have been all over memory, to some 8 bytes a page.
 *
 * Return: bytes.
 */
long slab_directory_bytes(void)
{
	return atomic_long_read(&directory_memory);
}

static void table_teardown(struct slab_table *table, void *unused)
{
	slab_table_drop(table->slab);
}

/**
 * slab_teardown() - free all tables
 *
 * The hooks are off and have left. The directory's pages stay: slabs that come
 * and go while this runs may still be looked up.
 */
void slab_teardown(void)
{
	unsigned long pos = 0;

	while (slab_walk(&pos, table_teardown, NULL))
		;
}

/**
 * slab_init() - make the caches that tables come from
 */
void __init slab_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(table_slots); i++) {
		snprintf(table_cache_name[i], sizeof(table_cache_name[i]),
			 "kmemleak_table_%u", table_slots[i]);
		table_cache[i] = kmem_cache_create(table_cache_name[i],
						   table_bytes(table_slots[i]),
						   0, SLAB_NOLEAKTRACE |
						   SLAB_HWCACHE_ALIGN |
						   SLAB_PANIC, NULL);
	}
}
