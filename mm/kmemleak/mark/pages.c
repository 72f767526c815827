// SPDX-License-Identifier: GPL-2.0
/*
 * Roots among the pages of the machine: struct page of all that are in use, slabs
 * without a table, and memory without a record after records were lost.
 *
 * Invariant: a page that is free, poisoned, offline or not accepted yet is not read.
 */
#include <linux/gfp.h>
#include <linux/kfence.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <asm/kmemleak.h>

/* Declares drain_all_pages() where <linux/gfp.h> does not. */
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

/* A page of a slab without a table. One of KFENCE has records, if none are lost. */
static void mark_untracked_slab(struct mark_worker *w, struct page *page,
				const struct slab *slab)
{
	void *start = page_address(page);

	if (PageHWPoison(page) || slab_table_of((unsigned long)start))
		return;
	if (is_kfence_address(start) ? lost_unknown() : slab_leak_traced(slab))
		mark_fleeting_memory(w, start, PAGE_SIZE);
}

/*
 * Pages up to the end of the block that a page lies in, if the block as a whole is
 * free, a guard, or not accepted yet; else 0. Only the first page of a block says so.
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
 * unknown_skip() - how far is there nothing that a lost record could tell of?
 * @page: a page; its struct page and those of the block around it exist
 * @pfn: its number
 *
 * Free memory holds no object. Memory that is not accepted, is poisoned or is off
 * line must not even be read: the machine may stop. What is mapped to users, and
 * page tables, are not allocated by anybody who would have said so.
 *
 * Context: The zone's lock is held, without which a block may change its size.
 * Return: pages from @page on; 0 if it is to be read.
 */
unsigned long unknown_skip(const struct page *page, unsigned long pfn)
{
	unsigned long rest = block_rest(page, pfn);
	const struct folio *folio;

	if (rest)
		return rest;
	if (PageHWPoison(page) || PageOffline(page) || PageTable(page))
		return 1;
	/* User memory may be in large folios, whose first page says so. */
	folio = page_folio(page);
	/* It may become a tail page now, of which folio_test_lru() would complain. */
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

/*
 * Memory that no record tells of, after records were lost: reserved pages were handed
 * out while the boot log was full, and others while there was no room in lost_ranges[].
 * Returns how many pages are done with.
 */
static unsigned long mark_unknown_page(struct mark_worker *w, struct page *page,
				       unsigned long pfn)
{
	void *start = page_address(page);
	unsigned long skip;

	if (PageReserved(page) ? !stat_get(STAT_UNTRACKED_EARLY) : !lost_unknown())
		return 1;
	/* Objects of KFENCE are in slabs; what lies between is not mapped. */
	if (is_kfence_address(start) || kmemleak_image_page(page) || is_scan_page(page))
		return 1;
	skip = unknown_skip_locked(page, pfn);
	if (skip)
		return skip;
	stat_inc(STAT_SCAN_UNKNOWN_PAGES);
	mark_fleeting_memory(w, start, PAGE_SIZE);
	return 1;
}

/*
 * struct page of a page in use: lists that go through it, what its owner keeps
 * in page->private and the like. Not the word where a slab keeps its first free
 * object: whoever has the page next, and counts an index there, does not clear
 * it, and a page that starts life in that way refers to itself.
 */
static void mark_struct_page(struct mark_worker *w, const struct page *page)
{
	const unsigned long *word = (const unsigned long *)page;
	const unsigned int freelist = offsetof(struct slab, freelist) / sizeof(long);

	mark_words(w, word, freelist);
	mark_words(w, word + freelist + 1,
		   sizeof(*page) / sizeof(long) - freelist - 1);
}

/* Pages looked at before others may run, or memory may go offline. */
#define PAGES_AT_ONCE	64
/* Those of a part of the walk. */
#define PART_PAGES	512

#ifdef CONFIG_SPARSEMEM
static_assert(PAGES_AT_ONCE <= 2 * PAGES_PER_SUBSECTION);
#endif

/*
 * Are all of PAGES_AT_ONCE pages online? Memory comes and goes by subsections at
 * least. The first page and the last one speak for the two that there may be.
 */
static bool pages_online(unsigned long pfn)
{
	return pfn_to_online_page(pfn) && pfn_to_online_page(pfn + PAGES_AT_ONCE - 1);
}

/*
 * A page of those. Asking each of them takes an RCU read-side section, which was half
 * of a scan's time in a kernel with lockdep.
 */
static struct page *online_page(unsigned long pfn, bool all)
{
	return all ? pfn_to_page(pfn) : pfn_to_online_page(pfn);
}

/* The struct pages of some pages. Slabs may be in use with a count of 0. */
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

/* Those of some pages whose memory is a root as a whole. */
static void mark_root_pages(struct mark_worker *w, unsigned long pfn, bool all,
			    bool lost)
{
	unsigned long skip, end = pfn + PAGES_AT_ONCE;
	struct page *page;
	struct slab *slab;

	for (; pfn < end; pfn += skip) {
		skip = 1;
		page = online_page(pfn, all);
		if (!page || PageHighMem(page))
			continue;
		/* A tail page may not say by itself that it is a slab's. */
		slab = virt_to_slab(page_address(page));
		if (slab)
			mark_untracked_slab(w, page, slab);
		else if (lost)
			skip = mark_unknown_page(w, page, pfn);
	}
}

static bool memory_unknown(void)
{
	return lost_unknown() || stat_get(STAT_UNTRACKED_EARLY);
}

static void mark_page_part(struct mark_worker *w, unsigned long part)
{
	unsigned long pfn = part * PART_PAGES, end = pfn + PART_PAGES;
	bool all, lost = memory_unknown();

	for (; pfn < end && !mark_should_stop(mark_of(w)); pfn += PAGES_AT_ONCE) {
		get_online_mems();
		all = pages_online(pfn);
		mark_struct_pages(w, pfn, all);
		/* A page that goes offline must not be read once it has. */
		page_offline_freeze();
		mark_root_pages(w, pfn, all, lost);
		page_offline_thaw();
		put_online_mems();
	}
}

/**
 * roots_mark_pages() - mark what struct page of pages in use refers to, and the
 *	pages that only a walk over all of them finds
 * @m: the marker
 *
 * Context: Sleeps.
 */
void roots_mark_pages(struct marker *m)
{
	unsigned long pfn;
	struct zone *zone;

	stat_set(STAT_SCAN_UNKNOWN_PAGES, 0);
	/* Free pages that CPUs keep look like pages in use. */
	if (memory_unknown())
		drain_all_pages(NULL);
	/* What zones have in common, a part at the border or more, is read twice. */
	for_each_populated_zone(zone)
		for (pfn = round_down(zone->zone_start_pfn, PART_PAGES);
		     pfn < zone_end_pfn(zone) && !m->stop; pfn += PART_PAGES)
			mark_part(m, mark_page_part, pfn / PART_PAGES);
	mark_drain(m);
}
