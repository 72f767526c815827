/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The page directory: look up the table of the slab that contains an address, without
 * taking a lock. Any number may be looked up.
 */
#ifndef _MM_KMEMLEAK_STORE_DIRECTORY_H
#define _MM_KMEMLEAK_STORE_DIRECTORY_H

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/gfp_types.h>
#include <linux/mmzone.h>
#include <linux/types.h>

struct slab_table;

/*
 * The page directory maps the page number of a virtual address to a table, in three
 * levels. It spans from the lowest slab to the highest, wherever the architecture maps
 * memory: nothing here depends on PAGE_OFFSET or on a physical address.
 *
 * Lookups take no lock: lower levels are added and never removed, entries change by
 * single stores, and a directory that is too small is replaced by one that shares its
 * lower levels, and is never freed.
 */
#define DIR_LEAF_BITS	(PAGE_SHIFT - 3)
#define DIR_MID_BITS	9
/* Pages that an entry of the top level covers: 1 GB with pages of 4 KB. */
#define DIR_TOP_PAGES	BIT(DIR_MID_BITS + DIR_LEAF_BITS)

struct dir_leaf {
	struct slab_table *table[BIT(DIR_LEAF_BITS)];
};

struct dir_mid {
	struct dir_leaf *leaf[BIT(DIR_MID_BITS)];
};

/**
 * struct dir_span - the pages that a directory covers
 * @first: number of the first page, a multiple of %DIR_TOP_PAGES
 * @pages: how many, a multiple of %DIR_TOP_PAGES
 */
struct dir_span {
	unsigned long first;
	unsigned long pages;
};

/**
 * struct slab_dir - the top level of the directory
 * @span: the pages that it covers; does not change
 * @mid: one for each %DIR_TOP_PAGES of @span; %NULL where there are no slabs
 */
struct slab_dir {
	struct dir_span span;
	struct dir_mid *mid[];
};

extern struct slab_dir *slab_dir;

/* The page allocator provides the top level in one piece: 511 TB with 4 KB pages. */
#define DIR_TOP_MAX	((MAX_ORDER_NR_PAGES * PAGE_SIZE - sizeof(struct slab_dir)) / \
			 sizeof(struct dir_mid *))

/*
 * Entries that a walk looks at in one RCU read-side section. Where slabs have been, entries
 * stay, and a machine may have hundreds of millions: what bounds a section is what it looks
 * at, not what it finds.
 */
#define DIR_WALK_ENTRIES	4096

/* Index of the page of @addr; at least @span->pages if @addr is outside of @span. */
static inline unsigned long dir_index(const struct dir_span *span, unsigned long addr)
{
	return (addr >> PAGE_SHIFT) - span->first;
}

/*
 * slab_table_of() - table of the slab that contains an address
 * @addr: any value at all
 *
 * Context: RCU reader, or owner of an object of that slab.
 * Return: %NULL if the address is in no slab that has a table.
 */
static inline struct slab_table *slab_table_of(unsigned long addr)
{
	/* Pairs with the release in dir_grow(), by address dependency. */
	const struct slab_dir *dir = READ_ONCE(slab_dir);
	unsigned long page = dir_index(&dir->span, addr);
	struct dir_mid *mid;
	struct dir_leaf *leaf;

	if (page >= dir->span.pages)
		return NULL;
	mid = READ_ONCE(dir->mid[page >> (DIR_MID_BITS + DIR_LEAF_BITS)]);
	if (!mid)
		return NULL;
	leaf = READ_ONCE(mid->leaf[(page >> DIR_LEAF_BITS) &
				   (BIT(DIR_MID_BITS) - 1)]);
	if (!leaf)
		return NULL;
	return READ_ONCE(leaf->table[page & (BIT(DIR_LEAF_BITS) - 1)]);
}

bool dir_widen(const struct dir_span *old, unsigned long page,
	       struct dir_span *new);
struct slab_table **dir_entry(unsigned long page, gfp_t gfp);
void slabs_widen(unsigned long first, unsigned long end);
void slab_span(unsigned long *start, unsigned long *end);
struct slab_table *slab_next_table(unsigned long *page, unsigned long end,
				   unsigned int *left);
bool slab_next_part(unsigned long *part);
long slab_directory_bytes(void);

/* Number of pages from @page to the end of its part of the lowest level. */
static inline unsigned long dir_leaf_rest(unsigned long page)
{
	return BIT(DIR_LEAF_BITS) - page % BIT(DIR_LEAF_BITS);
}

/* The entry of @page, which has one; @entry is that of the page before. */
static inline struct slab_table **dir_next(struct slab_table **entry,
					   unsigned long page)
{
	return page % BIT(DIR_LEAF_BITS) ? entry + 1 : dir_entry(page, GFP_NOWAIT);
}

#endif
