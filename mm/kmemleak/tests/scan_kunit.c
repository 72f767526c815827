// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of a scan: the effect of annotations on an object and on the objects it refers
 * to, what counts as a reference, and what the scan itself allocates.
 */
#include <kunit/test.h>
#include <linux/container_of.h>
#include <linux/jiffies.h>
#include <linux/kmemleak.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "../store/directory.h"
#include "../store/range.h"
#include "../store/slab.h"
#include "../store/slot.h"
#include "../mark/buffer.h"
#include "../mark/section.h"
#include "../scan.h"
#include "errand.h"

#define GAP_OBJECT	72
#define AREA_BYTES	SZ_2M
#define LARGE_SIZE	(PAGE_SIZE * 4)

/**
 * enum outer_kind - where the outer object of a family comes from
 * @OUTER_SLAB: kmalloc() of a size that has a cache
 * @OUTER_LARGE: kmalloc() of a size that has none
 * @OUTER_PAGE: a page registered by hand
 * @OUTER_VMALLOC: vmalloc()
 * @OUTER_NR: number of kinds
 */
enum outer_kind {
	OUTER_SLAB,
	OUTER_LARGE,
	OUTER_PAGE,
	OUTER_VMALLOC,
	OUTER_NR,
};

/**
 * struct family - an outer object and an inner one that only the outer one refers to
 * @outer: complement of the outer object's address
 * @inner: complement of the inner object's address
 * @outer_state: state of the outer object's slot when last looked at, 0 if there was no
 *	object
 * @inner_state: the same for the inner object
 */
struct family {
	unsigned long outer;
	unsigned long inner;
	u32 outer_state;
	u32 inner_state;
};

/**
 * struct colour_case - effect of an annotation on a family
 * @name: name of the case
 * @annotate: called with the outer object
 * @held: is there a reference to the outer object?
 * @outer_leaks: is the outer object reported?
 * @inner_leaks: is the inner object reported?
 * @flags: flags that the annotation sets on the outer object
 */
struct colour_case {
	const char *name;
	void (*annotate)(unsigned long *outer);
	bool held;
	bool outer_leaks;
	bool inner_leaks;
	u32 flags;
};

/**
 * struct family_errand - an errand for families
 * @errand: argument of the families_*() functions
 * @colour: what families_make() does to each family
 * @families: one of each kind
 */
struct family_errand {
	struct errand errand;
	const struct colour_case *colour;
	struct family families[OUTER_NR];
};

/* Roots: .bss is scanned. Use WRITE_ONCE(), so that the stores happen. */
static unsigned long held[OUTER_NR];

static struct family_errand *to_families(struct errand *errand)
{
	return container_of(errand, struct family_errand, errand);
}

/* ---- Families ---- */

static void *outer_alloc(enum outer_kind kind)
{
	void *outer = NULL;

	switch (kind) {
	case OUTER_SLAB:
		return kzalloc(200, GFP_KERNEL);
	case OUTER_LARGE:
		return kzalloc(LARGE_SIZE, GFP_KERNEL);
	case OUTER_PAGE:
		outer = (void *)get_zeroed_page(GFP_KERNEL);
		kmemleak_alloc(outer, PAGE_SIZE, 1, GFP_KERNEL);
		return outer;
	case OUTER_VMALLOC:
		return vzalloc(2 * PAGE_SIZE);
	case OUTER_NR:
		break;
	}
	return outer;
}

static void outer_free(enum outer_kind kind, void *outer)
{
	switch (kind) {
	case OUTER_SLAB:
	case OUTER_LARGE:
		kfree(outer);
		break;
	case OUTER_PAGE:
		kmemleak_free(outer);
		free_page((unsigned long)outer);
		break;
	case OUTER_VMALLOC:
		vfree(outer);
		break;
	case OUTER_NR:
		break;
	}
}

/* Objects that describe a vmalloc() area must not be born in the tick of the scan. */
static void next_tick(void)
{
	u64 tick = get_jiffies_64();

	while (!time_after64(get_jiffies_64(), tick))
		schedule_timeout_uninterruptible(1);
}

static void families_make(struct errand *errand)
{
	struct family_errand *work = to_families(errand);
	enum outer_kind kind;

	for (kind = 0; kind < OUTER_NR; kind++) {
		struct family *family = &work->families[kind];
		unsigned long *outer = outer_alloc(kind);
		void *inner = kzalloc(INNER_SIZE, GFP_KERNEL);

		if (!outer || !inner) {
			errand->failed = true;
			return;
		}
		outer[LINK] = (unsigned long)inner;
		if (work->colour->annotate)
			work->colour->annotate(outer);
		WRITE_ONCE(held[kind],
			   work->colour->held ? (unsigned long)outer : 0);
		make_old(RANGE_VIRT, (unsigned long)outer);
		make_old(RANGE_VIRT, (unsigned long)inner);
		family->outer = ~(unsigned long)outer;
		family->inner = ~(unsigned long)inner;
	}
	next_tick();
}

static void families_look(struct errand *errand)
{
	struct family_errand *work = to_families(errand);
	enum outer_kind kind;

	for (kind = 0; kind < OUTER_NR; kind++) {
		struct family *family = &work->families[kind];

		family->outer_state = state_of(RANGE_VIRT, ~family->outer);
		family->inner_state = state_of(RANGE_VIRT, ~family->inner);
	}
}

static void families_hold(struct errand *errand)
{
	struct family_errand *work = to_families(errand);
	enum outer_kind kind;

	for (kind = 0; kind < OUTER_NR; kind++)
		WRITE_ONCE(held[kind], ~work->families[kind].outer);
}

static void families_free(struct errand *errand)
{
	struct family_errand *work = to_families(errand);
	enum outer_kind kind;

	for (kind = 0; kind < OUTER_NR; kind++) {
		WRITE_ONCE(held[kind], 0);
		outer_free(kind, (void *)~work->families[kind].outer);
		kfree((void *)~work->families[kind].inner);
	}
}

static void expect_families(struct kunit *test, struct family_errand *work,
			    bool outer_leaks, bool inner_leaks, u32 flags)
{
	enum outer_kind kind;

	KUNIT_ASSERT_EQ(test, kmemleak_scan(SCAN_EXPLICIT), 0);
	errand_run(test, &work->errand, families_look);
	for (kind = 0; kind < OUTER_NR; kind++) {
		const struct family *family = &work->families[kind];

		KUNIT_EXPECT_TRUE_MSG(test, family->outer_state & OBJ_LIVE,
				      "kind %d", kind);
		KUNIT_EXPECT_TRUE_MSG(test, family->inner_state & OBJ_LIVE,
				      "kind %d", kind);
		KUNIT_EXPECT_EQ_MSG(test, family->outer_state & flags, flags,
				    "kind %d", kind);
		KUNIT_EXPECT_EQ_MSG(test, !!(family->outer_state & OBJ_REPORTED),
				    outer_leaks, "kind %d", kind);
		KUNIT_EXPECT_EQ_MSG(test, !!(family->inner_state & OBJ_REPORTED),
				    inner_leaks, "kind %d", kind);
	}
}

static void annotate_not_leak(unsigned long *outer)
{
	kmemleak_not_leak(outer);
}

static void annotate_ignore(unsigned long *outer)
{
	kmemleak_ignore(outer);
}

static void annotate_no_scan(unsigned long *outer)
{
	kmemleak_no_scan(outer);
}

static void annotate_transient(unsigned long *outer)
{
	kmemleak_transient_leak(outer);
}

static void annotate_area_on_link(unsigned long *outer)
{
	kmemleak_scan_area(outer + LINK, sizeof(*outer), GFP_KERNEL);
}

static void annotate_area_elsewhere(unsigned long *outer)
{
	kmemleak_scan_area(outer + LINK + 1, sizeof(*outer), GFP_KERNEL);
}

static void annotate_two_areas(unsigned long *outer)
{
	kmemleak_scan_area(outer + LINK + 1, sizeof(*outer), GFP_KERNEL);
	kmemleak_scan_area(outer, (LINK + 1) * sizeof(*outer), GFP_KERNEL);
}

static void annotate_area_to_end(unsigned long *outer)
{
	kmemleak_scan_area(outer + LINK, SIZE_MAX, GFP_KERNEL);
}

static void annotate_area_behind(unsigned long *outer)
{
	kmemleak_scan_area(outer + LINK + 1, SIZE_MAX, GFP_KERNEL);
}

static const struct colour_case colour_cases[] = {
	{ .name = "lost", .outer_leaks = true, .inner_leaks = true },
	{ .name = "held", .held = true },
	{ .name = "not_leak", .annotate = annotate_not_leak,
	  .flags = OBJ_GREY },
	{ .name = "ignore", .annotate = annotate_ignore,
	  .inner_leaks = true, .flags = OBJ_IGNORE },
	{ .name = "ignore, held", .annotate = annotate_ignore, .held = true,
	  .inner_leaks = true, .flags = OBJ_IGNORE },
	{ .name = "no_scan", .annotate = annotate_no_scan,
	  .outer_leaks = true, .inner_leaks = true, .flags = OBJ_NO_SCAN },
	{ .name = "no_scan, held", .annotate = annotate_no_scan, .held = true,
	  .inner_leaks = true, .flags = OBJ_NO_SCAN },
	{ .name = "area, lost", .annotate = annotate_area_on_link,
	  .outer_leaks = true, .inner_leaks = true, .flags = OBJ_AREAS },
	{ .name = "area on the link", .annotate = annotate_area_on_link,
	  .held = true, .flags = OBJ_AREAS },
	{ .name = "area elsewhere", .annotate = annotate_area_elsewhere,
	  .held = true, .inner_leaks = true, .flags = OBJ_AREAS },
	{ .name = "two areas", .annotate = annotate_two_areas,
	  .held = true, .flags = OBJ_AREAS },
	{ .name = "area to the end", .annotate = annotate_area_to_end,
	  .held = true, .flags = OBJ_AREAS },
	{ .name = "area behind", .annotate = annotate_area_behind,
	  .held = true, .inner_leaks = true, .flags = OBJ_AREAS },
};

static void colour_case_name(const struct colour_case *colour, char *name)
{
	strscpy(name, colour->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(colour_cases, colour_cases, colour_case_name);

static void scan_colour(struct kunit *test)
{
	struct family_errand work = { .colour = test->param_value };

	errand_run(test, &work.errand, families_make);
	expect_families(test, &work, work.colour->outer_leaks,
			work.colour->inner_leaks, work.colour->flags);
	errand_run(test, &work.errand, families_free);
	errand_run(test, &work.errand, families_look);
	/* A freed object neither exists nor is in the report. */
	KUNIT_EXPECT_EQ(test, work.families[OUTER_LARGE].outer_state, 0U);
	KUNIT_EXPECT_EQ(test, work.families[OUTER_PAGE].outer_state, 0U);
	KUNIT_EXPECT_EQ(test, work.families[OUTER_VMALLOC].outer_state, 0U);
}

static void scan_transient(struct kunit *test)
{
	const struct colour_case colour = { .annotate = annotate_transient };
	struct family_errand work = { .colour = &colour };

	errand_run(test, &work.errand, families_make);
	expect_families(test, &work, false, false, 0);
	/* The annotation applies to one scan only. */
	expect_families(test, &work, true, true, 0);
	errand_run(test, &work.errand, families_free);
}

static void scan_found_again(struct kunit *test)
{
	const struct colour_case colour = {};
	struct family_errand work = { .colour = &colour };

	errand_run(test, &work.errand, families_make);
	expect_families(test, &work, true, true, 0);
	errand_run(test, &work.errand, families_hold);
	expect_families(test, &work, false, false, 0);
	errand_run(test, &work.errand, families_free);
}

static void scan_clear_report(struct kunit *test)
{
	const struct colour_case colour = {};
	struct family_errand work = { .colour = &colour };

	errand_run(test, &work.errand, families_make);
	expect_families(test, &work, true, true, 0);
	KUNIT_EXPECT_EQ(test, scan_clear(), 0);
	errand_run(test, &work.errand, families_look);
	KUNIT_EXPECT_FALSE(test, work.families[OUTER_SLAB].outer_state &
			   OBJ_REPORTED);
	KUNIT_EXPECT_FALSE(test, work.families[OUTER_VMALLOC].outer_state &
			   OBJ_REPORTED);
	/* The objects are not reported again. */
	expect_families(test, &work, false, false, 0);
	errand_run(test, &work.errand, families_free);
}

/* ---- One object ---- */

static void scan_erase(struct kunit *test)
{
	struct errand errand = {};

	errand_run(test, &errand, one_make);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_FALSE(test, errand.state & OBJ_REPORTED);
	kmemleak_erase(&held_pointer);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_TRUE(test, errand.state & OBJ_REPORTED);
	errand_run(test, &errand, one_free);
}

static void one_hold_end(struct errand *errand)
{
	WRITE_ONCE(held_pointer, (void *)~errand->address + INNER_SIZE - 1);
}

static void one_hold_behind(struct errand *errand)
{
	WRITE_ONCE(held_pointer, (void *)~errand->address - 1);
}

/* A reference to any byte of an object counts; one to a neighbour does not. */
static void scan_interior(struct kunit *test)
{
	struct errand errand = {};

	errand_run(test, &errand, one_make);
	errand_run(test, &errand, one_hold_end);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_FALSE(test, errand.state & OBJ_REPORTED);
	errand_run(test, &errand, one_hold_behind);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_TRUE(test, errand.state & OBJ_REPORTED);
	errand_run(test, &errand, one_free);
}

/* The end of an object where no other begins, in a vmalloc area and in a cache. */
static void area_make(struct errand *errand)
{
	void *area = vzalloc(AREA_BYTES);

	errand->failed = !area;
	make_old(RANGE_VIRT, (unsigned long)area);
	WRITE_ONCE(held_pointer, area + AREA_BYTES);
	errand->address = ~(unsigned long)area;
}

static void area_let_go(struct errand *errand)
{
	WRITE_ONCE(held_pointer, (void *)~errand->address + AREA_BYTES + 1);
}

static void area_hold_member(struct errand *errand)
{
	WRITE_ONCE(held_pointer, (void *)~errand->address + AREA_BYTES - 24);
}

static void area_hold_number(struct errand *errand)
{
	WRITE_ONCE(held_pointer, (void *)~errand->address + AREA_BYTES - 23);
}

static void area_hold_tagged(struct errand *errand)
{
	WRITE_ONCE(held_pointer, (void *)~errand->address + 3);
}

static void area_free(struct errand *errand)
{
	WRITE_ONCE(held_pointer, NULL);
	vfree((void *)~errand->address);
}

static struct kmem_cache *gap_cache;

static void gap_make(struct errand *errand)
{
	void *object = kmem_cache_zalloc(gap_cache, GFP_KERNEL);

	errand->failed = !object;
	make_old(RANGE_VIRT, (unsigned long)object);
	WRITE_ONCE(held_pointer, object + GAP_OBJECT);
	errand->address = ~(unsigned long)object;
}

static void gap_let_go(struct errand *errand)
{
	WRITE_ONCE(held_pointer, (void *)~errand->address + GAP_OBJECT + 1);
}

static void gap_free(struct errand *errand)
{
	WRITE_ONCE(held_pointer, NULL);
	kmem_cache_free(gap_cache, (void *)~errand->address);
}

static void scan_end(struct kunit *test)
{
	struct errand errand = {};

	errand_run(test, &errand, area_make);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_FALSE(test, errand.state & OBJ_REPORTED);
	errand_run(test, &errand, area_let_go);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_TRUE(test, errand.state & OBJ_REPORTED);
	/* Deep in a huge object, a member counts, and an odd number does not. */
	errand_run(test, &errand, area_hold_member);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_FALSE(test, errand.state & OBJ_REPORTED);
	errand_run(test, &errand, area_hold_number);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_TRUE(test, errand.state & OBJ_REPORTED);
	/* At the beginning, an odd number counts as a tagged pointer. */
	errand_run(test, &errand, area_hold_tagged);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_FALSE(test, errand.state & OBJ_REPORTED);
	errand_run(test, &errand, area_free);

	gap_cache = kmem_cache_create("kmemleak_test_gap", GAP_OBJECT, 128,
				      SLAB_NO_MERGE, NULL);
	KUNIT_ASSERT_NOT_NULL(test, gap_cache);
	errand_run(test, &errand, gap_make);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_FALSE(test, errand.state & OBJ_REPORTED);
	errand_run(test, &errand, gap_let_go);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_TRUE(test, errand.state & OBJ_REPORTED);
	errand_run(test, &errand, gap_free);
	kmem_cache_destroy(gap_cache);
}

/* After a record was lost, unknown pages are read, but not those of a scan. */
static void expect_scan_pages(struct kunit *test, size_t size, bool mapped)
{
	void *page, *memory = scan_memory_get(size);

	KUNIT_ASSERT_NOT_NULL(test, memory);
	KUNIT_EXPECT_EQ(test, is_vmalloc_addr(memory), mapped);
	for (page = memory; page < memory + size; page += PAGE_SIZE)
		KUNIT_EXPECT_TRUE(test, is_scan_page(mapped ?
						     vmalloc_to_page(page) :
						     virt_to_page(page)));
	KUNIT_EXPECT_NULL(test, memchr_inv(memory, 0, size));
	KUNIT_EXPECT_EQ(test, scan_memory_bytes(), PAGE_ALIGN(size));
	scan_memory_put(memory, size);
	KUNIT_EXPECT_EQ(test, scan_memory_bytes(), 0);
}

static void scan_buffers(struct kunit *test)
{
	expect_scan_pages(test, sizeof(long), false);
	expect_scan_pages(test, 2 * PAGE_SIZE + 1, false);
	expect_scan_pages(test, MAX_ORDER_NR_PAGES * PAGE_SIZE + 1, true);
}

static const char some_text[] = "a constant";
static void *some_data __ro_after_init = &some_data;

/* Constants are not roots; data that is constant only after init may be. */
static void scan_constants(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, range_covers(RANGE_VIRT,
					      (unsigned long)some_text, 1));
	KUNIT_EXPECT_TRUE(test, range_covers(RANGE_VIRT,
					     (unsigned long)&some_data, 1));
}

static void one_make_newborn(struct errand *errand)
{
	one_make(errand);
	WRITE_ONCE(held_pointer, NULL);
	/* As if it had been born while the scan runs. */
	rcu_read_lock();
	slab_slot_of(slab_table_of(~errand->address), ~errand->address)->birth =
		(u32)jiffies + msecs_to_jiffies(AGE_MS);
	rcu_read_unlock();
}

static void one_make_old(struct errand *errand)
{
	make_old(RANGE_VIRT, ~errand->address);
}

static void scan_newborn(struct kunit *test)
{
	struct errand errand = {};

	errand_run(test, &errand, one_make_newborn);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_FALSE(test, errand.state & OBJ_REPORTED);
	errand_run(test, &errand, one_make_old);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_TRUE(test, errand.state & OBJ_REPORTED);
	errand_run(test, &errand, one_free);
}

#define SMALL_OBJECTS	2048

static void *small_objects[SMALL_OBJECTS];

/*
 * A scan comes to an end even if all sections are over before they begin, and more
 * words are looked up than read.
 */
static void scan_short_sections(struct kunit *test)
{
	unsigned int i, ns = mark_section_ns;
	int err;

	for (i = 0; i < SMALL_OBJECTS; i++)
		small_objects[i] = kmalloc(8, GFP_KERNEL);
	WRITE_ONCE(mark_section_ns, 0);
	err = kmemleak_scan(SCAN_EXPLICIT);
	WRITE_ONCE(mark_section_ns, ns);
	KUNIT_EXPECT_EQ(test, err, 0);
	for (i = 0; i < SMALL_OBJECTS; i++) {
		kfree(small_objects[i]);
		small_objects[i] = NULL;
	}
}

static struct kunit_case scan_cases[] = {
	KUNIT_CASE_PARAM(scan_colour, colour_cases_gen_params),
	KUNIT_CASE(scan_transient),
	KUNIT_CASE(scan_found_again),
	KUNIT_CASE(scan_clear_report),
	KUNIT_CASE(scan_erase),
	KUNIT_CASE(scan_interior),
	KUNIT_CASE(scan_end),
	KUNIT_CASE(scan_buffers),
	KUNIT_CASE(scan_constants),
	KUNIT_CASE(scan_newborn),
	KUNIT_CASE(scan_short_sections),
	{}
};

static struct kunit_suite scan_suite = {
	.name = "kmemleak_scan",
	.suite_init = errand_suite_init,
	.suite_exit = errand_suite_exit,
	.init = errand_test_init,
	.exit = errand_test_exit,
	.test_cases = scan_cases,
};

kunit_test_suite(scan_suite);
