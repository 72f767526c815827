// SPDX-License-Identifier: GPL-2.0
/*
 * Roots among the pages of the machine: the struct page of each page in use, slabs
 * without a table and, after records were lost, memory without a record.
 *
 * Invariant: the memory of a page that is free, poisoned, offline or not accepted yet
 * is not read. Some reserved pages may not be mapped: they are read with a check for
 * faults, unless the architecture says that they are not to be read.
 */
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/kfence.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <asm/kmemleak.h>

/* Declares drain_all_pages() if <linux/gfp.h> does not. */
#ifdef __has_include
#if __has_include("../../page_alloc.h")
#include "../../page_alloc.h"
#endif
#endif
#include "../../slab.h"

#include "store/directory.h"
#include "store/lost.h"
#include "store/slab.h"
#include "store/stats.h"
#include "mark/buffer.h"
#include "mark/marker.h"
#include "mark/pages.h"
#include "mark/pass.h"
#include "mark/section.h"

/*
 * Read a page of a slab without a table. Objects of KFENCE have records of their own
 * unless some were lost.
 */
static void mark_untracked_slab(struct mark_worker *w, struct page *page,
				const struct slab *slab)
{
	void *start = page_address(page);

	if (PageHWPoison(page) || slab_table_of((unsigned long)start))
		return;
	if (!(is_kfence_address(start) ? lost_unknown() : slab_leak_traced(slab)))
		return;
	stat_inc(STAT_SCAN_UNTRACKED_PAGES);
	mark_fleeting_memory(w, start, PAGE_SIZE);
}

/*
 * Get the number of pages up to the end of the block that contains a page, if the whole
 * block is free, a guard, or not accepted yet; else 0. Only the first page of a block
 * tells.
 */
static unsigned long block_rest(const struct page *page, unsigned long pfn)
{
	unsigned int order;

	for (order = 0; order <= MAX_PAGE_ORDER; order++) {
		unsigned long into = pfn & (BIT(order) - 1);
		const struct page *head = page - into;
		unsigned long size = page_private(head);

		if (PageUnaccepted(head))
			size = MAX_PAGE_ORDER;
		else if (!PageBuddy(head) && !PageGuard(head))
			continue;
		if (size >= order && size <= MAX_PAGE_ORDER)
			return BIT(size) - into;
	}
	return 0;
}

/**
 * unknown_skip() - count pages that cannot hold an object whose record was lost
 * @page: the first page; its struct page and those of the block around it exist
 * @pfn: its number
 *
 * Free memory holds no objects. Memory that is not accepted, poisoned or offline must
 * not even be read: the machine may stop. User memory, the page cache and page tables
 * never have records.
 *
 * Context: The zone's lock is held; otherwise a block may change its size.
 * Return: number of pages to skip, including @page; 0 if @page must be read.
 */
unsigned long unknown_skip(const struct page *page, unsigned long pfn)
{
	unsigned long rest = block_rest(page, pfn);
	const struct folio *folio;

	if (rest)
		return rest;
	if (PageHWPoison(page) || PageOffline(page) || PageTable(page))
		return 1;
	/* User memory may be in large folios, of which only the first page tells. */
	folio = page_folio(page);
	/* folio_test_lru() would complain if the page becomes a tail page meanwhile. */
	return folio_test_hugetlb(folio) ||
	       test_bit(PG_lru, (const unsigned long *)&folio->flags) ||
	       READ_ONCE(folio->mapping);
}

static unsigned long unknown_skip_locked(const struct page *page, unsigned long pfn)
{
	struct zone *zone = page_zone(page);
	unsigned long skip, flags;

	spin_lock_irqsave(&zone->lock, flags);
	skip = unknown_skip(page, pfn);
	spin_unlock_irqrestore(&zone->lock, flags);
	return skip;
}

/* May there be objects without a record in reserved pages? */
static bool reserved_unknown(void)
{
	return lost_reserved() || stat_get(STAT_UNTRACKED_EARLY);
}

/*
 * Read a page that may hold objects whose records were lost because lost_ranges[] had no
 * room or, if the page is reserved, because the boot log was full. A page in high memory
 * is mapped for that: it is in no linear map, and where its owner maps it, it may go away.
 * Returns the number of pages done.
 */
static unsigned long mark_unknown_page(struct mark_worker *w, struct page *page,
				       unsigned long pfn)
{
	unsigned long skip;
	void *start;

	if (PageReserved(page) ? !reserved_unknown() : !lost_unknown())
		return 1;
	/* Objects of KFENCE are in slabs; the pages between them are not mapped. */
	if (!PageHighMem(page) &&
	    (is_kfence_address(page_address(page)) || kmemleak_image_page(page)))
		return 1;
	if (is_scan_page(page))
		return 1;
	skip = unknown_skip_locked(page, pfn);
	if (skip)
		return skip;
	stat_inc(STAT_SCAN_UNKNOWN_PAGES);
	start = kmap_local_page(page);
	mark_fleeting_memory(w, start, PAGE_SIZE);
	kunmap_local(start);
	return 1;
}

/*
 * Read the struct page of a page in use: lists go through it, and its owner keeps
 * references in page->private and the like. Skip the word where a slab keeps its first
 * free object: the next owner of the page may use it for an index and not clear it, and
 * then the page would refer to itself.
 */
static void mark_struct_page(struct mark_worker *w, const struct page *page)
{
	const unsigned long *word = (const unsigned long *)page;
	const unsigned int freelist = offsetof(struct slab, freelist) / sizeof(long);

	mark_words(w, word, freelist);
	mark_words(w, word + freelist + 1,
		   sizeof(*page) / sizeof(long) - freelist - 1);
}

/* Number of pages looked at before others may run, or memory may go offline. */
#define PAGES_AT_ONCE	64
/* Number of pages of a part of the walk. */
#define PART_PAGES	512

#ifdef CONFIG_SPARSEMEM
static_assert(PAGES_AT_ONCE <= 2 * PAGES_PER_SUBSECTION);
#endif

/*
 * Are all PAGES_AT_ONCE pages online? Memory is added and removed in subsections or
 * larger units, and the pages lie in at most two subsections, so checking the first
 * page and the last one is enough.
 */
static bool pages_online(unsigned long pfn)
{
	return pfn_to_online_page(pfn) && pfn_to_online_page(pfn + PAGES_AT_ONCE - 1);
}

/*
 * Get one of these pages. Asking whether it is online takes an RCU read-side section;
 * asking for each page took half of a scan's time in a kernel with lockdep.
 */
static struct page *online_page(unsigned long pfn, bool all)
{
	return all ? pfn_to_page(pfn) : pfn_to_online_page(pfn);
}

/* Read the struct pages of some pages. Slabs may be in use with a count of 0. */
static void mark_struct_pages(struct mark_worker *w, unsigned long pfn, bool all)
{
	unsigned long end = pfn + PAGES_AT_ONCE;
	struct page *page;

	mark_begin_words(w);
	for (; pfn < end; pfn++) {
		page = online_page(pfn, all);
		if (page && (page_count(page) || PageSlab(page)))
			mark_struct_page(w, page);
	}
	mark_end_words(w);
}

/* Read those of some pages whose memory is a root as a whole. */
static void mark_root_pages(struct mark_worker *w, unsigned long pfn, bool all,
			    bool lost)
{
	unsigned long skip, end = pfn + PAGES_AT_ONCE;
	struct page *page;
	struct slab *slab;

	for (; pfn < end; pfn += skip) {
		skip = 1;
		page = online_page(pfn, all);
		if (!page)
			continue;
		/* A tail page may not tell by itself that it belongs to a slab. */
		slab = PageHighMem(page) ? NULL : virt_to_slab(page_address(page));
		if (slab)
			mark_untracked_slab(w, page, slab);
		else if (lost)
			skip = mark_unknown_page(w, page, pfn);
	}
}

static bool memory_unknown(void)
{
	return lost_unknown() || reserved_unknown();
}

static void mark_page_part(struct mark_worker *w, unsigned long part)
{
	unsigned long pfn = part * PART_PAGES, end = pfn + PART_PAGES;
	bool all, lost = memory_unknown();

	for (; pfn < end && !mark_should_stop(mark_of(w)); pfn += PAGES_AT_ONCE) {
		get_online_mems();
		all = pages_online(pfn);
		mark_struct_pages(w, pfn, all);
		/* A page must not be read once it is offline. */
		page_offline_freeze();
		mark_root_pages(w, pfn, all, lost);
		page_offline_thaw();
		put_online_mems();
	}
}

/**
 * roots_mark_pages() - mark what the struct pages of pages in use refer to, and what
 *	pages refer to that only a walk over all of them finds
 * @m: the marker
 *
 * Context: Sleeps.
 */
void roots_mark_pages(struct marker *m)
{
	unsigned long pfn;
	struct zone *zone;

	stat_set(STAT_SCAN_UNTRACKED_PAGES, 0);
	stat_set(STAT_SCAN_UNKNOWN_PAGES, 0);
	/* Free pages on the lists of a CPU look like pages in use. */
	if (memory_unknown())
		drain_all_pages(NULL);
	/* Parts that zones share, at a border or in an overlap, are read twice. */
	for_each_populated_zone(zone)
		for (pfn = round_down(zone->zone_start_pfn, PART_PAGES);
		     pfn < zone_end_pfn(zone) && !m->stop; pfn += PART_PAGES)
			mark_part(m, mark_page_part, pfn / PART_PAGES);
	mark_drain(m);
}
