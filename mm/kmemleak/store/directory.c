// SPDX-License-Identifier: GPL-2.0
/*
 * The page directory: grow it as new slabs appear, and walk over all tables.
 *
 * Invariants:
 *
 * - Lookups take no lock. Levels and directories are published with a release, and
 *   readers reach them through an address dependency; none is ever freed.
 * - dir_lock guards slab_dir, the entries of its top level, and the bounds of all
 *   slabs. It is a leaf lock.
 * - slab.c alone decides what an entry holds.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/prefetch.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "store/directory.h"
#include "store/slab.h"
#include "store/slot.h"

/* How many pages ahead a walk prefetches table pointers. */
#define WALK_AHEAD	8

/* Covers nothing. The first table replaces it with one that covers its page. */
static struct slab_dir dir_empty;
struct slab_dir *slab_dir __read_mostly = &dir_empty;

/*
 * Guards slab_dir, the entries of its top level and the bounds below. A leaf lock,
 * taken once for each gigabyte that contains slabs and for each slab outside the
 * bounds.
 */
static DEFINE_RAW_SPINLOCK(dir_lock);

/*
 * All slabs that ever had a table lie within these pages. Keep page numbers, not
 * addresses: a variable that holds the address of a slab is a reference to an object in
 * it.
 */
static unsigned long slabs_first = ULONG_MAX;
static unsigned long slabs_end;

static atomic_long_t directory_memory;

/**
 * dir_widen() - compute the span of a directory that covers one more page
 * @old: the present span, empty if @old->pages is 0
 * @page: number of a page outside of @old
 * @new: filled in: covers @old, @page and everything between them
 *
 * The new span is at least twice as large as @old, so that all replaced directories
 * together take no more memory than the one in use. It is also at least as large as the
 * span whose top level fills one page.
 *
 * Return: false if the span would need more than %DIR_TOP_MAX entries.
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
	/* Grow on the side where @page is: more slabs may appear there. */
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

/* Replace a directory by one that also covers @page, unless another CPU already did. */
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
		/* Pairs with the dependency in slab_table_of() and other lookups. */
		smp_store_release(&slab_dir, new);
		atomic_long_add(PAGE_ALIGN(bytes), &directory_memory);
		new = NULL;
	}
	raw_spin_unlock_irqrestore(&dir_lock, flags);
	if (new)
		free_pages_exact(new, bytes);
	return 0;
}

/* Add a middle level, unless another CPU already did. */
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
		/* Pairs with the dependency in slab_table_of() and other lookups. */
		smp_store_release(mid, new);
		atomic_long_add(PAGE_SIZE, &directory_memory);
		new = NULL;
	}
	raw_spin_unlock_irqrestore(&dir_lock, flags);
	free_page((unsigned long)new);
	return 0;
}

/**
 * dir_entry() - get the directory's entry for a page and add missing levels
 * @page: number of the page
 * @gfp: flags of the allocation that needs the slab
 *
 * Context: Any but NMI, as far as @gfp allows.
 * Return: the entry; an error pointer if there is no memory, or -ERANGE if the page is
 * too far away from all others.
 */
struct slab_table **dir_entry(unsigned long page, gfp_t gfp)
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

/**
 * slabs_widen() - extend the bounds of all slabs
 * @first: number of a slab's first page
 * @end: number of the page after the slab
 *
 * Context: Any but NMI.
 */
void slabs_widen(unsigned long first, unsigned long end)
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
 * slab_span() - get the bounds of all slab objects
 * @start: filled in: no slab object lies below it
 * @end: filled in: no slab object lies at or above it
 *
 * Takes every slab into account that had a table before the call.
 */
void slab_span(unsigned long *start, unsigned long *end)
{
	*start = READ_ONCE(slabs_first) << PAGE_SHIFT;
	*end = READ_ONCE(slabs_end) << PAGE_SHIFT;
}

/**
 * slab_next_table() - walk over tables, some entries at a time
 * @page: number of the page where to continue; 0 to begin
 * @end: number of the page where to end; %ULONG_MAX for all tables
 * @left: how many entries to look at, at most; reduced by those looked at
 *
 * Set *@left to %DIR_WALK_ENTRIES at the beginning of each section. If it is 0 when there
 * is no table, leave the section and go on in another one.
 *
 * Context: Inside an RCU read-side section. The table is valid until the end of the
 * section, or for as long as it is pinned.
 * Return: the next table that begins before @end; %NULL if there is none, or if *@left
 * has become 0. *@page advances. Each table is returned once.
 */
struct slab_table *slab_next_table(unsigned long *page, unsigned long end,
				   unsigned int *left)
{
	const struct slab_dir *dir = READ_ONCE(slab_dir);
	const unsigned long first = dir->span.first;
	unsigned long i = max(*page, first) - first;

	end = min(max(end, first) - first, dir->span.pages);
	while (i < end && *left) {
		struct dir_mid *mid;
		struct dir_leaf *leaf;
		struct slab_table *table;

		--*left;
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

/**
 * slab_next_part() - find the next part of a walk over all tables that is divided
 * @part: where to look, 0 to begin; set to the first part found at or after it
 *
 * Levels are never freed, so this needs no RCU.
 *
 * Context: Sleeps.
 * Return: false if there is none.
 */
bool slab_next_part(unsigned long *part)
{
	const struct slab_dir *dir = READ_ONCE(slab_dir);
	const unsigned long first = dir->span.first >> DIR_LEAF_BITS;
	unsigned long i = max(*part, first) - first;
	const struct dir_mid *mid;

	for (; i < dir->span.pages >> DIR_LEAF_BITS; i++) {
		if (i % BIT(DIR_MID_BITS) == 0)
			cond_resched();
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
 * slab_directory_bytes() - get the size of the memory that the directory takes
 *
 * It grows to about 8 bytes a page once slabs have been everywhere in memory.
 *
 * Return: bytes.
 */
long slab_directory_bytes(void)
{
	return atomic_long_read(&directory_memory);
}
