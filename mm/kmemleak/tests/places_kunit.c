// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of a scan with memory outside of slabs and vmalloc(): per-CPU memory, memory known
 * by its physical address, memory registered by hand, and memory of lost records.
 */
#include <kunit/test.h>
#include <linux/cpumask.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/io.h>
#include <linux/kmemleak.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "../store/lost.h"
#include "../store/range.h"
#include "../store/slot.h"
#include "../store/stats.h"
#include "../scan.h"
#include "errand.h"
#include "shortage.h"

/* ---- Per-CPU memory ---- */

static void percpu_make(struct errand *errand)
{
	void __percpu *object = __alloc_percpu(64, 8);

	errand->failed = !object;
	make_old(RANGE_PERCPU, (unsigned long __force)object);
	errand->address = ~(unsigned long __force)object;
}

static void percpu_hold(struct errand *errand)
{
	WRITE_ONCE(held_pointer, (void *)~errand->address);
}

static void percpu_ignore(struct errand *errand)
{
	WRITE_ONCE(held_pointer, NULL);
	kmemleak_ignore_percpu((void __percpu __force *)~errand->address);
}

static void percpu_look(struct errand *errand)
{
	errand->state = state_of(RANGE_PERCPU, ~errand->address);
}

static void percpu_free(struct errand *errand)
{
	WRITE_ONCE(held_pointer, NULL);
	free_percpu((void __percpu __force *)~errand->address);
}

static void scan_percpu(struct kunit *test)
{
	struct errand errand = {};

	errand_run(test, &errand, percpu_make);
	scan_and_look(test, &errand, percpu_look);
	KUNIT_EXPECT_TRUE(test, errand.state & OBJ_REPORTED);
	errand_run(test, &errand, percpu_hold);
	scan_and_look(test, &errand, percpu_look);
	KUNIT_EXPECT_FALSE(test, errand.state & OBJ_REPORTED);
	errand_run(test, &errand, percpu_ignore);
	scan_and_look(test, &errand, percpu_look);
	KUNIT_EXPECT_EQ(test, errand.state & (OBJ_REPORTED | OBJ_IGNORE),
			OBJ_IGNORE);
	errand_run(test, &errand, percpu_free);
	errand_run(test, &errand, percpu_look);
	KUNIT_EXPECT_EQ(test, errand.state, 0U);
}

/* A per-CPU object whose copy on the last possible CPU refers to another object. */
static void percpu_link(struct errand *errand)
{
	unsigned long __percpu *holder = alloc_percpu(unsigned long);
	void *object = kzalloc(INNER_SIZE, GFP_KERNEL);

	errand->failed = !holder || !object;
	if (errand->failed)
		return;
	make_old(RANGE_VIRT, (unsigned long)object);
	*per_cpu_ptr(holder, cpumask_last(cpu_possible_mask)) =
		(unsigned long)object;
	WRITE_ONCE(held_pointer, (void __force *)holder);
	errand->address = ~(unsigned long)object;
}

static void percpu_unlink(struct errand *errand)
{
	free_percpu((void __percpu __force *)held_pointer);
	WRITE_ONCE(held_pointer, NULL);
}

static void scan_percpu_holds(struct kunit *test)
{
	struct errand errand = {};

	errand_run(test, &errand, percpu_link);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_FALSE(test, errand.state & OBJ_REPORTED);
	errand_run(test, &errand, percpu_unlink);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_TRUE(test, errand.state & OBJ_REPORTED);
	errand_run(test, &errand, one_free);
}

/* ---- Pages that refer to an object ---- */

/*
 * Make an object that only the last page of a block refers to. Returns the address of the
 * block, or 0 if there is no memory.
 */
static unsigned long one_make_linked(struct errand *errand, unsigned int order)
{
	unsigned long block = __get_free_pages(GFP_KERNEL | __GFP_ZERO, order);
	unsigned long *last = (void *)(block + (PAGE_SIZE << order) - PAGE_SIZE);

	one_make(errand);
	WRITE_ONCE(held_pointer, NULL);
	errand->failed |= !block;
	if (errand->failed)
		return 0;
	last[LINK] = ~errand->address;
	return block;
}

/* ---- Memory known by its physical address ---- */

static phys_addr_t phys_page;

static void phys_make(struct errand *errand)
{
	unsigned long page = one_make_linked(errand, 0);

	if (!page)
		return;
	phys_page = virt_to_phys((void *)page);
	kmemleak_alloc_phys(phys_page, PAGE_SIZE, GFP_KERNEL);
	make_old(RANGE_PHYS, phys_page);
}

static void scan_phys(struct kunit *test)
{
	struct errand errand = {};

	/* It is scanned and never a leak. */
	errand_run(test, &errand, phys_make);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_FALSE(test, errand.state & OBJ_REPORTED);
	KUNIT_EXPECT_EQ(test, state_of(RANGE_PHYS, phys_page) & OBJ_FLAGS_MASK,
			OBJ_LIVE | OBJ_GREY);

	kmemleak_ignore_phys(phys_page);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_TRUE(test, errand.state & OBJ_REPORTED);
	KUNIT_EXPECT_EQ(test, state_of(RANGE_PHYS, phys_page) &
			(OBJ_REPORTED | OBJ_IGNORE), OBJ_IGNORE);

	kmemleak_free_part_phys(phys_page, PAGE_SIZE / 2);
	KUNIT_EXPECT_EQ(test, state_of(RANGE_PHYS, phys_page), 0U);
	KUNIT_EXPECT_TRUE(test, state_of(RANGE_PHYS, phys_page +
					 PAGE_SIZE / 2) & OBJ_LIVE);
	kmemleak_free_part_phys(phys_page, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, state_of(RANGE_PHYS, phys_page + PAGE_SIZE / 2),
			0U);
	free_page((unsigned long)phys_to_virt(phys_page));
	errand_run(test, &errand, one_free);
}

/* ---- Records that were lost ---- */

static unsigned long lost_page;

static void lost_make(struct errand *errand)
{
	unsigned long page = one_make_linked(errand, 0);

	if (!page)
		return;
	lost_page = ~page;
	errand->failed = !lose(RANGE_VIRT, page, PAGE_SIZE);
}

static void lost_free(struct errand *errand)
{
	kmemleak_free((void *)~lost_page);
	free_page(~lost_page);
}

/*
 * Lose one record: its object is a root, and nothing else becomes one. After the object
 * is freed, everything is as before.
 */
static void scan_lost(struct kunit *test)
{
	struct errand errand = {};
	long bad;

	if (lost_any() || stat_get(STAT_UNTRACKED_EARLY))
		kunit_skip(test, "records were lost before");
	if (shortage_begin() < 0)
		kunit_skip(test, "no fault injection");
	errand_run(test, &errand, lost_make);
	shortage_end();
	KUNIT_EXPECT_TRUE(test, lost_any());
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_TRUE(test, errand.state & OBJ_LIVE);
	KUNIT_EXPECT_FALSE(test, errand.state & OBJ_REPORTED);
	KUNIT_EXPECT_EQ(test, stat_get(STAT_SCAN_UNKNOWN_PAGES), 0L);

	bad = stat_get(STAT_BAD_FREE);
	errand_run(test, &errand, lost_free);
	KUNIT_EXPECT_EQ(test, stat_get(STAT_BAD_FREE), bad);
	KUNIT_EXPECT_FALSE(test, lost_any());
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_TRUE(test, errand.state & OBJ_REPORTED);
	KUNIT_EXPECT_EQ(test, stat_get(STAT_SCAN_UNKNOWN_PAGES), 0L);
	/* The free of a missing object is an error again. */
	kmemleak_free((void *)~lost_page);
	KUNIT_EXPECT_EQ(test, stat_get(STAT_BAD_FREE), bad + 1);
	errand_run(test, &errand, one_free);
}

/* A vmalloc area is read where it is mapped: its pages may be in no linear map. */
static void lost_area_make(struct errand *errand)
{
	void *area = vzalloc(2 * PAGE_SIZE);
	unsigned long *last = area + PAGE_SIZE;

	one_make(errand);
	WRITE_ONCE(held_pointer, NULL);
	errand->failed |= !area;
	if (errand->failed)
		return;
	last[LINK] = ~errand->address;
	lost_page = ~(unsigned long)area;
	range_remove(RANGE_VIRT, (unsigned long)area);
	errand->failed = !lose(RANGE_VIRT, (unsigned long)area, 2 * PAGE_SIZE);
}

static void lost_area_free(struct errand *errand)
{
	vfree((void *)~lost_page);
}

static void scan_lost_area(struct kunit *test)
{
	struct errand errand = {};

	if (lost_any())
		kunit_skip(test, "records were lost before");
	if (shortage_begin() < 0)
		kunit_skip(test, "no fault injection");
	errand_run(test, &errand, lost_area_make);
	shortage_end();
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_FALSE(test, errand.state & OBJ_REPORTED);
	errand_run(test, &errand, lost_area_free);
	KUNIT_EXPECT_FALSE(test, lost_any());
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_TRUE(test, errand.state & OBJ_REPORTED);
	errand_run(test, &errand, one_free);
}

/* ---- Lost pieces of the kernel's data ---- */

/* In .bss, a part of a range. A test cuts out @cut; there is a piece before that. */
static struct {
	unsigned long before;
	unsigned long cut;
	unsigned long behind;
} data;

/* The range before it was cut. */
static unsigned long data_start, data_size;
static struct slot data_slot;

static bool data_find(void)
{
	struct tracked_range *range;

	rcu_read_lock();
	range = range_find(RANGE_VIRT, (unsigned long)&data.cut);
	if (range) {
		data_start = range->node.start;
		data_size = range_size(range);
		data_slot = slot_copy(&range->slot);
	}
	rcu_read_unlock();
	return range;
}

/* Undo the cut, whether the pieces have records or not. */
static void data_restore(void)
{
	range_remove(RANGE_VIRT, data_start);
	range_remove(RANGE_VIRT, (unsigned long)&data.behind);
	range_insert(RANGE_VIRT, data_start, data_size, 0, &data_slot, GFP_KERNEL);
}

/*
 * Cut the data where there is no record for the piece behind: of two records that are
 * allocated, the second is for that one. Returns false if that fails.
 */
static bool data_lose(bool noted)
{
	int tries;

	for (tries = 0; tries < 100; tries++) {
		shortage_begin();
		shortage_forget_unknown();
		fail_nth(2);
		range_cut(RANGE_VIRT, (unsigned long)&data.cut, sizeof(data.cut));
		fail_no_more();
		if (noted ? lost_within(RANGE_VIRT, (unsigned long)&data.behind,
					(unsigned long)&data.behind) : lost_unknown())
			return true;
		data_restore();
	}
	return false;
}

/* Note as many lost objects as there is room for. */
#define FILL_BASE	(SHORTAGE_BASE - SZ_1M)

static void lost_fill(void)
{
	unsigned int i;

	shortage_begin();
	for (i = 0; i < SHORTAGE_MAX && READ_ONCE(lost_nr) < LOST_RANGES; i++)
		insert_in_shortage(RANGE_PHYS, FILL_BASE + i * 16, 16);
}

static void data_make(struct errand *errand)
{
	one_make(errand);
	WRITE_ONCE(held_pointer, NULL);
	WRITE_ONCE(data.behind, ~errand->address);
}

static void expect_data_read(struct kunit *test, bool noted)
{
	struct errand errand = {};
	bool lost;

	if (lost_any() || stat_get(STAT_UNTRACKED_EARLY))
		kunit_skip(test, "records were lost before");
	if (shortage_begin() < 0)
		kunit_skip(test, "no fault injection");
	KUNIT_ASSERT_TRUE(test, data_find());
	errand_run(test, &errand, data_make);
	if (!noted)
		lost_fill();
	lost = data_lose(noted);
	KUNIT_EXPECT_TRUE(test, lost);
	if (lost) {
		KUNIT_EXPECT_EQ(test, lost_unknown(), !noted);
		KUNIT_EXPECT_EQ(test, kmemleak_scan(SCAN_EXPLICIT), 0);
		errand_run(test, &errand, one_look);
		KUNIT_EXPECT_FALSE(test, errand.state & OBJ_REPORTED);
		data_restore();
	}
	range_cut(RANGE_PHYS, FILL_BASE, SZ_1M);
	shortage_forget_unknown();
	shortage_end();
	KUNIT_EXPECT_FALSE(test, lost_any());

	WRITE_ONCE(data.behind, 0);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_TRUE(test, errand.state & OBJ_REPORTED);
	errand_run(test, &errand, one_free);
}

/* If there is no record for the rest of the kernel's data, that is read nevertheless. */
static void scan_lost_data(struct kunit *test)
{
	expect_data_read(test, true);
}

/* ... even if there is not even room to note what was lost. */
static void scan_unknown_data(struct kunit *test)
{
	expect_data_read(test, false);
}

/* ---- Memory without a record ---- */

/* A free block of this order is not split for the next request of a page. */
#define UNKNOWN_ORDER	4

/* The reference is in the last page, which itself does not tell that it is free. */
static void unknown_make(struct errand *errand)
{
	lost_page = ~one_make_linked(errand, UNKNOWN_ORDER);
}

static void unknown_free(struct errand *errand)
{
	free_pages(~lost_page, UNKNOWN_ORDER);
}

/* If it is not known what was lost, pages in use are roots, and free pages are not. */
static void scan_unknown(struct kunit *test)
{
	struct errand errand = {};

	if (lost_unknown())
		kunit_skip(test, "records were lost before");
	errand_run(test, &errand, unknown_make);
	stat_inc(STAT_UNTRACKED_UNKNOWN);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_FALSE(test, errand.state & OBJ_REPORTED);
	KUNIT_EXPECT_GT(test, stat_get(STAT_SCAN_UNKNOWN_PAGES), 0L);
	errand_run(test, &errand, unknown_free);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_TRUE(test, errand.state & OBJ_REPORTED);
	/* It was one record, and the test knows which. */
	shortage_forget_unknown();
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_EQ(test, stat_get(STAT_SCAN_UNKNOWN_PAGES), 0L);
	errand_run(test, &errand, one_free);
}

/* The entry is not in use. */
static void own_table_make(struct errand *errand)
{
	one_make(errand);
	WRITE_ONCE(held_pointer, NULL);
	WRITE_ONCE(lost_ranges[LOST_RANGES - 1].start, ~errand->address);
}

/*
 * The detector's tables are no roots, even if all data are. Then stale references are, too,
 * as those on the stacks of interrupts, which are per-CPU memory: of several objects, each
 * at another address, one without such is enough.
 */
static void scan_unknown_own(struct kunit *test)
{
	struct errand errand[4] = {};
	unsigned int i, nr;

	if (lost_any())
		kunit_skip(test, "records were lost before");
	stat_inc(STAT_UNTRACKED_UNKNOWN);
	WRITE_ONCE(lost_in_reserved, true);
	for (nr = 0; nr < ARRAY_SIZE(errand); nr++) {
		errand_run(test, &errand[nr], own_table_make);
		scan_and_look(test, &errand[nr], one_look);
		if (errand[nr].state & OBJ_REPORTED)
			break;
	}
	KUNIT_EXPECT_LT(test, nr, ARRAY_SIZE(errand));
	shortage_forget_unknown();
	WRITE_ONCE(lost_ranges[LOST_RANGES - 1].start, 0);
	for (i = 0; i <= nr && i < ARRAY_SIZE(errand); i++)
		errand_run(test, &errand[i], one_free);
}

static void reserved_make(struct errand *errand)
{
	unsigned long page = one_make_linked(errand, 0);

	if (!page)
		return;
	SetPageReserved(virt_to_page((void *)page));
	lost_page = ~page;
}

static void reserved_free(struct errand *errand)
{
	ClearPageReserved(virt_to_page((void *)~lost_page));
	free_page(~lost_page);
}

/* What was allocated at boot is in reserved pages, and so is the first per-CPU memory. */
static void scan_unknown_reserved(struct kunit *test)
{
	struct errand errand = {};

	if (lost_unknown() || stat_get(STAT_UNTRACKED_EARLY))
		kunit_skip(test, "records were lost before");
	errand_run(test, &errand, reserved_make);
	stat_inc(STAT_UNTRACKED_UNKNOWN);
	WRITE_ONCE(lost_in_reserved, true);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_FALSE(test, errand.state & OBJ_REPORTED);
	shortage_forget_unknown();
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_TRUE(test, errand.state & OBJ_REPORTED);
	errand_run(test, &errand, reserved_free);
	errand_run(test, &errand, one_free);
}

static struct page *high_page;

static void high_make(struct errand *errand)
{
	unsigned long *words;

	high_page = alloc_page(GFP_KERNEL | __GFP_HIGHMEM | __GFP_ZERO);
	one_make(errand);
	WRITE_ONCE(held_pointer, NULL);
	errand->failed |= !high_page;
	if (errand->failed)
		return;
	words = kmap_local_page(high_page);
	words[LINK] = ~errand->address;
	kunmap_local(words);
}

/* Pages in high memory are in no linear map. */
static void scan_unknown_high(struct kunit *test)
{
	struct errand errand = {};

	if (lost_unknown())
		kunit_skip(test, "records were lost before");
	if (!IS_ENABLED(CONFIG_HIGHMEM))
		kunit_skip(test, "no high memory");
	errand_run(test, &errand, high_make);
	stat_inc(STAT_UNTRACKED_UNKNOWN);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_FALSE(test, errand.state & OBJ_REPORTED);
	shortage_forget_unknown();
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_TRUE(test, errand.state & OBJ_REPORTED);
	__free_page(high_page);
	errand_run(test, &errand, one_free);
}

/* ---- Memory registered by hand ---- */

/* Roots: .bss is scanned. Use WRITE_ONCE(), so that the stores happen. */
static unsigned long held[2];

static void hand_alloc(struct errand *errand, int min_count)
{
	void *page = (void *)get_zeroed_page(GFP_KERNEL);

	errand->failed = !page;
	kmemleak_alloc(page, PAGE_SIZE, min_count, GFP_KERNEL);
	make_old(RANGE_VIRT, (unsigned long)page);
	errand->address = ~(unsigned long)page;
}

static void hand_make_root(struct errand *errand)
{
	hand_alloc(errand, 0);
}

static void hand_make_ignored(struct errand *errand)
{
	hand_alloc(errand, -1);
}

static void hand_make_two(struct errand *errand)
{
	hand_alloc(errand, 2);
	WRITE_ONCE(held[0], ~errand->address);
}

static void hand_hold_second(struct errand *errand)
{
	WRITE_ONCE(held[1], ~errand->address);
}

static void hand_free(struct errand *errand)
{
	WRITE_ONCE(held[0], 0);
	WRITE_ONCE(held[1], 0);
	kmemleak_free((void *)~errand->address);
	free_page(~errand->address);
}

static void scan_min_count(struct kunit *test)
{
	struct errand errand = {};

	errand_run(test, &errand, hand_make_root);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_EQ(test, errand.state & (OBJ_REPORTED | OBJ_GREY),
			OBJ_GREY);
	errand_run(test, &errand, hand_free);

	errand_run(test, &errand, hand_make_ignored);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_EQ(test, errand.state & (OBJ_REPORTED | OBJ_IGNORE),
			OBJ_IGNORE);
	errand_run(test, &errand, hand_free);

	/* One reference is too few for it, two are enough. */
	errand_run(test, &errand, hand_make_two);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_TRUE(test, errand.state & OBJ_REPORTED);
	errand_run(test, &errand, hand_hold_second);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_FALSE(test, errand.state & OBJ_REPORTED);
	errand_run(test, &errand, hand_free);
	errand_run(test, &errand, one_look);
	KUNIT_EXPECT_EQ(test, errand.state, 0U);
}

static struct kunit_case places_cases[] = {
	KUNIT_CASE(scan_percpu),
	KUNIT_CASE(scan_percpu_holds),
	KUNIT_CASE(scan_phys),
	KUNIT_CASE(scan_lost),
	KUNIT_CASE(scan_lost_area),
	KUNIT_CASE(scan_lost_data),
	KUNIT_CASE(scan_unknown),
	KUNIT_CASE(scan_unknown_data),
	KUNIT_CASE(scan_unknown_own),
	KUNIT_CASE(scan_unknown_reserved),
	KUNIT_CASE(scan_unknown_high),
	KUNIT_CASE(scan_min_count),
	{}
};

static struct kunit_suite places_suite = {
	.name = "kmemleak_places",
	.suite_init = errand_suite_init,
	.suite_exit = errand_suite_exit,
	.init = errand_test_init,
	.exit = errand_test_exit,
	.test_cases = places_cases,
};

kunit_test_suite(places_suite);
