// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of lost records: when an object counts as lost, when that ends, and which pages
 * are read if it is not known what was lost.
 */
#include <kunit/test.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "../store/lost.h"
#include "../store/range.h"
#include "../store/slot.h"
#include "../store/stats.h"
#include "../mark/pages.h"
#include "shortage.h"

#define SPACE	RANGE_PHYS
#define BASE	(SHORTAGE_BASE - SZ_1M)

static const struct slot lost_slot = { .state = OBJ_LIVE | OBJ_IGNORE };

static bool insert(unsigned long offset, size_t size)
{
	return range_insert(SPACE, BASE + offset, size, 0, &lost_slot, GFP_KERNEL);
}

static int lost_init(struct kunit *test)
{
	if (!IS_ENABLED(CONFIG_FAILSLAB))
		kunit_skip(test, "no fault injection");
	if (lost_any())
		kunit_skip(test, "records were lost before");
	return 0;
}

static void lost_exit(struct kunit *test)
{
	range_cut(SPACE, BASE, SZ_1M);
	shortage_end();
}

/* In a shortage, records come from the reserve, which is refilled later. */
static void lost_reserve(struct kunit *test)
{
	long before = stat_get(STAT_UNTRACKED_RANGE_NOMEM);

	KUNIT_EXPECT_TRUE(test, insert_in_shortage(SPACE, BASE, 0x40));
	KUNIT_EXPECT_EQ(test, stat_get(STAT_UNTRACKED_RANGE_NOMEM), before);
	KUNIT_EXPECT_FALSE(test, lost_any());
	KUNIT_EXPECT_TRUE(test, range_remove(SPACE, BASE));
	KUNIT_EXPECT_GT(test, shortage_begin(), 64);
	shortage_end();
	KUNIT_EXPECT_GT(test, shortage_begin(), 64);
}

/* An object is lost until it is freed, and no longer. */
static void lost_ends(struct kunit *test)
{
	long before = stat_get(STAT_UNTRACKED_RANGE_NOMEM);

	shortage_begin();
	KUNIT_EXPECT_FALSE(test, lost_any());
	KUNIT_ASSERT_TRUE(test, lose(SPACE, BASE, 0x40));
	KUNIT_ASSERT_TRUE(test, lose(SPACE, BASE + 0x100, 0x40));
	KUNIT_EXPECT_GT(test, stat_get(STAT_UNTRACKED_RANGE_NOMEM), before + 1);
	KUNIT_EXPECT_TRUE(test, lost_any());
	KUNIT_EXPECT_EQ(test, lost_count(), 2U);
	KUNIT_EXPECT_FALSE(test, lost_unknown());

	/* Freeing another object, or a missing one, ends nothing. */
	KUNIT_EXPECT_FALSE(test, range_remove(SPACE, BASE + 8));
	KUNIT_EXPECT_FALSE(test, range_remove(RANGE_VIRT, BASE));
	KUNIT_EXPECT_TRUE(test, range_remove(SPACE, BASE));
	KUNIT_EXPECT_TRUE(test, lost_any());
	KUNIT_EXPECT_FALSE(test, range_remove(SPACE, BASE));
	KUNIT_EXPECT_EQ(test, lost_count(), 1U);
	KUNIT_EXPECT_TRUE(test, range_remove(SPACE, BASE + 0x100));
	KUNIT_EXPECT_FALSE(test, lost_any());
}

/* An object that is already recorded is not lost when it is registered again. */
static void lost_twice(struct kunit *test)
{
	long doubled = stat_get(STAT_BAD_DOUBLE);

	KUNIT_ASSERT_TRUE(test, insert(0, 0x40));
	shortage_begin();
	KUNIT_EXPECT_FALSE(test, insert_in_shortage(SPACE, BASE, 0x40));
	KUNIT_EXPECT_EQ(test, stat_get(STAT_BAD_DOUBLE), doubled + 1);
	KUNIT_EXPECT_FALSE(test, lost_any());
}

/* If an object is recorded where another one was lost, the free of that was missed. */
static void lost_replaced(struct kunit *test)
{
	KUNIT_ASSERT_TRUE(test, lose(SPACE, BASE, 0x40));
	shortage_end();
	KUNIT_EXPECT_TRUE(test, lost_any());
	KUNIT_EXPECT_TRUE(test, insert(0, 0x40));
	KUNIT_EXPECT_FALSE(test, lost_any());

	/* A smaller one may be a part of it, so it stays lost until the free. */
	KUNIT_ASSERT_TRUE(test, lose(SPACE, BASE + 0x100, 0x40));
	shortage_end();
	KUNIT_EXPECT_TRUE(test, insert(0x100, 0x20));
	KUNIT_EXPECT_TRUE(test, lost_within(SPACE, BASE + 0x120, BASE + 0x13f));
	KUNIT_EXPECT_TRUE(test, range_remove(SPACE, BASE + 0x100));
	KUNIT_EXPECT_FALSE(test, lost_any());
}

/* If a piece of an object that was cut cannot be recorded, that piece alone is lost. */
static void lost_pieces(struct kunit *test)
{
	long before = stat_get(STAT_UNTRACKED_RANGE_NOMEM);
	struct lost_range lost;
	unsigned int nr = UINT_MAX;

	KUNIT_ASSERT_TRUE(test, insert(0, 0x100));
	KUNIT_ASSERT_TRUE(test, insert(0x200, 0x100));
	/* The cut tries to allocate two records, but needs none. */
	shortage_begin();
	before = stat_get(STAT_UNTRACKED_RANGE_NOMEM);
	fail_next();
	range_cut(SPACE, BASE + 0x200, 0x100);
	fail_no_more();
	KUNIT_EXPECT_EQ(test, stat_get(STAT_UNTRACKED_RANGE_NOMEM), before);

	/* The record for the head is allocated first, and that fails. */
	shortage_begin();
	before = stat_get(STAT_UNTRACKED_RANGE_NOMEM);
	fail_next();
	KUNIT_EXPECT_TRUE(test, range_cut(SPACE, BASE + 0x80, 0x40));
	fail_no_more();
	KUNIT_EXPECT_EQ(test, stat_get(STAT_UNTRACKED_RANGE_NOMEM), before + 1);
	KUNIT_ASSERT_TRUE(test, lost_before(&nr, &lost));
	KUNIT_EXPECT_EQ(test, lost.start, BASE);
	KUNIT_EXPECT_EQ(test, lost.last, BASE + 0x7f);
	KUNIT_EXPECT_FALSE(test, lost_before(&nr, &lost));

	/* The lost head is freed bit by bit. */
	KUNIT_EXPECT_TRUE(test, range_cut(SPACE, BASE, 0x20));
	KUNIT_EXPECT_TRUE(test, range_cut(SPACE, BASE + 0x60, 0x40));
	nr = UINT_MAX;
	KUNIT_ASSERT_TRUE(test, lost_before(&nr, &lost));
	KUNIT_EXPECT_EQ(test, lost.start, BASE + 0x20);
	KUNIT_EXPECT_EQ(test, lost.last, BASE + 0x5f);
	KUNIT_EXPECT_TRUE(test, lost_within(SPACE, BASE + 0x5f, BASE + 0x7f));
	KUNIT_EXPECT_FALSE(test, lost_within(SPACE, BASE + 0x60, BASE + 0x7f));
	KUNIT_EXPECT_FALSE(test, lost_within(RANGE_VIRT, BASE, BASE + 0x7f));
	KUNIT_EXPECT_TRUE(test, range_cut(SPACE, BASE + 0x30, 0x10));
	KUNIT_EXPECT_TRUE(test, lost_within(SPACE, BASE, BASE + 0x2f));
	KUNIT_EXPECT_FALSE(test, lost_within(SPACE, BASE + 0x30, BASE + 0x3f));
	KUNIT_EXPECT_TRUE(test, lost_within(SPACE, BASE + 0x40, BASE + 0x7f));
	KUNIT_EXPECT_TRUE(test, range_cut(SPACE, BASE + 0x20, 0x10));
	KUNIT_EXPECT_TRUE(test, lost_any());
	KUNIT_EXPECT_FALSE(test, range_cut(SPACE, BASE + 0x20, 0x20));
	KUNIT_EXPECT_TRUE(test, range_cut(SPACE, BASE + 0x10, 0x60));
	KUNIT_EXPECT_FALSE(test, lost_any());
}

/* If there are too many, the last one is unknown for good; the others still end. */
static void lost_too_many(struct kunit *test)
{
	unsigned int i, nr = UINT_MAX, failed = 0, seen = 0;
	struct lost_range lost;

	shortage_begin();
	for (i = 0; i < SHORTAGE_MAX && !lost_unknown(); i++)
		failed += !insert_in_shortage(SPACE, BASE + i * 16, 16);
	KUNIT_EXPECT_TRUE(test, lost_unknown());
	KUNIT_EXPECT_EQ(test, stat_get(STAT_UNTRACKED_UNKNOWN), 1L);
	/* Memory known by its physical address was allocated at boot. */
	KUNIT_EXPECT_TRUE(test, lost_reserved());
	while (lost_before(&nr, &lost))
		seen++;
	KUNIT_EXPECT_EQ(test, seen, failed - 1);
	range_cut(SPACE, BASE, SZ_1M);
	nr = UINT_MAX;
	KUNIT_EXPECT_FALSE(test, lost_before(&nr, &lost));
	KUNIT_EXPECT_TRUE(test, lost_any());
	shortage_forget_unknown();
	KUNIT_EXPECT_FALSE(test, lost_any());
}

/* ---- Unknown pages ---- */

/* Two blocks of the largest size. */
#define PLANTED		(2 * MAX_ORDER_NR_PAGES)
#define PLANTED_PFN	(16UL * PLANTED)

static struct page *plant(struct kunit *test)
{
	struct page *page = kunit_kcalloc(test, PLANTED, sizeof(*page), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, page);
	/* In use, and without a type. */
	for (i = 0; i < PLANTED; i++)
		page[i].page_type = UINT_MAX;
	return page;
}

/* A step from each of the pages @first to @end - 1 leads to @end; others are read. */
static void expect_block(struct kunit *test, const struct page *page,
			 unsigned int first, unsigned int end)
{
	unsigned int i, wrong = 0;

	for (i = 0; i < PLANTED; i++)
		wrong += unknown_skip(&page[i], PLANTED_PFN + i) !=
			 (i >= first && i < end ? end - i : 0);
	KUNIT_EXPECT_EQ_MSG(test, wrong, 0U, "pages %u to %u", first, end);
}

static void pages_of_free_block(struct kunit *test)
{
	struct page *page = plant(test);

	expect_block(test, page, 0, 0);
	__SetPageBuddy(&page[8]);
	set_page_private(&page[8], 3);
	expect_block(test, page, 8, 16);
	set_page_private(&page[8], 0);
	expect_block(test, page, 8, 9);
	/* An order that no block can have is ignored. */
	set_page_private(&page[8], MAX_PAGE_ORDER + 1);
	expect_block(test, page, 0, 0);
	set_page_private(&page[8], -1UL);
	expect_block(test, page, 0, 0);
	__ClearPageBuddy(&page[8]);
	/* The private field of a page in use is not an order. */
	set_page_private(&page[8], 3);
	expect_block(test, page, 0, 0);

	__SetPageBuddy(&page[MAX_ORDER_NR_PAGES]);
	set_page_private(&page[MAX_ORDER_NR_PAGES], MAX_PAGE_ORDER);
	expect_block(test, page, MAX_ORDER_NR_PAGES, PLANTED);
}

static void pages_of_guard_block(struct kunit *test)
{
	struct page *page = plant(test);

	__SetPageGuard(&page[16]);
	set_page_private(&page[16], 2);
	expect_block(test, page, 16, 20);
}

static void pages_unaccepted(struct kunit *test)
{
	struct page *page = plant(test);

	__SetPageUnaccepted(&page[MAX_ORDER_NR_PAGES]);
	expect_block(test, page, MAX_ORDER_NR_PAGES, PLANTED);
}

static void pages_not_to_be_read(struct kunit *test)
{
	struct page *page = plant(test);

	__SetPageOffline(&page[5]);
	expect_block(test, page, 5, 6);
	__ClearPageOffline(&page[5]);
	__SetPageTable(&page[6]);
	expect_block(test, page, 6, 7);
	__ClearPageTable(&page[6]);
#ifdef CONFIG_MEMORY_FAILURE
	SetPageHWPoison(&page[7]);
	expect_block(test, page, 7, 8);
	ClearPageHWPoison(&page[7]);
#endif
	page[8].mapping = (void *)page;
	expect_block(test, page, 8, 9);
	page[8].mapping = NULL;
	SetPageLRU(&page[9]);
	expect_block(test, page, 9, 10);
	ClearPageLRU(&page[9]);
	expect_block(test, page, 0, 0);
}

/* Number of pages of a folio that are read. */
static unsigned int pages_read(struct folio *folio)
{
	unsigned int i, nr = 0;

	for (i = 0; i < folio_nr_pages(folio); i++)
		nr += !unknown_skip(folio_page(folio, i), page_to_pfn(folio_page(folio, i)));
	return nr;
}

/* Only the first page of a folio has its type, which applies to the others, too. */
static void pages_of_folio(struct kunit *test)
{
	struct folio *folio = folio_alloc(GFP_KERNEL, 2);

	KUNIT_ASSERT_NOT_NULL(test, folio);
	KUNIT_EXPECT_EQ(test, pages_read(folio), 4U);
#ifdef CONFIG_HUGETLB_PAGE
	__folio_set_hugetlb(folio);
	KUNIT_EXPECT_EQ(test, pages_read(folio), 0U);
	__folio_clear_hugetlb(folio);
#endif
	folio_set_lru(folio);
	KUNIT_EXPECT_EQ(test, pages_read(folio), 0U);
	folio_clear_lru(folio);
	folio->mapping = (void *)folio;
	KUNIT_EXPECT_EQ(test, pages_read(folio), 0U);
	folio->mapping = NULL;
	KUNIT_EXPECT_EQ(test, pages_read(folio), 4U);
	folio_put(folio);
}

static struct kunit_case lost_cases[] = {
	KUNIT_CASE(lost_reserve),
	KUNIT_CASE(lost_ends),
	KUNIT_CASE(lost_twice),
	KUNIT_CASE(lost_replaced),
	KUNIT_CASE(lost_pieces),
	KUNIT_CASE(lost_too_many),
	{}
};

static struct kunit_case pages_cases[] = {
	KUNIT_CASE(pages_of_free_block),
	KUNIT_CASE(pages_of_guard_block),
	KUNIT_CASE(pages_unaccepted),
	KUNIT_CASE(pages_not_to_be_read),
	KUNIT_CASE(pages_of_folio),
	{}
};

static struct kunit_suite lost_suite = {
	.name = "kmemleak_lost",
	.init = lost_init,
	.exit = lost_exit,
	.test_cases = lost_cases,
};

static struct kunit_suite pages_suite = {
	.name = "kmemleak_unknown_pages",
	.test_cases = pages_cases,
};

kunit_test_suites(&lost_suite, &pages_suite);
