// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of what the hooks do to an object and to the report.
 *
 * The tests' stacks are roots. What handles the address of an object that is to
 * look leaked therefore runs in an errand, a thread that has exited by the time
 * of the scan; between errands only the complement of an address is kept.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/jiffies.h>
#include <linux/io.h>
#include <linux/kallsyms.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/stackdepot.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "../kmemleak.h"
#include "../mark.h"
#include "shortage.h"

/* Where an outer object refers to its inner one. */
#define LINK		5
#define INNER_SIZE	96
#define GAP_OBJECT	72
#define AREA_BYTES	SZ_2M
#define LARGE_SIZE	(PAGE_SIZE * 4)
#define AGE_MS		(3600 * MSEC_PER_SEC)

/**
 * enum outer_kind - where the outer object of a family comes from
 * @OUTER_SLAB: kmalloc() of a size that has a cache
 * @OUTER_LARGE: of one that has none
 * @OUTER_PAGE: a page registered by hand
 * @OUTER_VMALLOC: vmalloc()
 * @OUTER_NR: how many there are
 */
enum outer_kind {
	OUTER_SLAB,
	OUTER_LARGE,
	OUTER_PAGE,
	OUTER_VMALLOC,
	OUTER_NR,
};

/**
 * struct family - an outer object and the inner one that only it refers to
 * @outer: complement of its address
 * @inner: the same
 * @outer_state: its slot's state when last looked at, 0 if there was no object
 * @inner_state: the same
 */
struct family {
	unsigned long outer;
	unsigned long inner;
	u32 outer_state;
	u32 inner_state;
};

/**
 * struct colour_case - what an annotation does to a family
 * @name: of the case
 * @annotate: called with the outer object
 * @held: is there a reference to the outer object?
 * @outer_leaks: is it reported?
 * @inner_leaks: is the inner one?
 * @flags: flags of the outer object that the annotation sets
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
 * struct errand - what a thread of its own does
 * @run: called there
 * @colour: for family_make()
 * @families: one of each kind
 * @address: complement of an address, or of a per-CPU pointer
 * @physical: of the address
 * @state: of the object there
 * @names: does its backtrace have a function of that name?
 * @function: that name
 * @failed: there was no memory
 * @done: completed after @run
 */
struct errand {
	void (*run)(struct errand *errand);
	const struct colour_case *colour;
	struct family families[OUTER_NR];
	unsigned long address;
	bool physical;
	u32 state;
	bool names;
	const char *function;
	bool failed;
	struct completion done;
};

/* Roots: .bss is scanned. Only stores that must happen keep them there. */
static unsigned long held[OUTER_NR];
static void *held_pointer;

static int errand_main(void *arg)
{
	struct errand *errand = arg;

	errand->run(errand);
	complete(&errand->done);
	return 0;
}

static void errand_run(struct kunit *test, struct errand *errand,
		       void (*run)(struct errand *errand))
{
	struct task_struct *task;

	errand->run = run;
	init_completion(&errand->done);
	task = kthread_create(errand_main, errand, "kmemleak_errand");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	get_task_struct(task);
	wake_up_process(task);
	wait_for_completion(&errand->done);
	/* Returns once it has left its stack. */
	kthread_stop(task);
	put_task_struct(task);
	/* The registers it had go with its task_struct. */
	rcu_barrier();
	KUNIT_ASSERT_FALSE(test, errand->failed);
}

static u32 state_of(enum range_space space, unsigned long addr)
{
	struct object_ref ref;
	u32 state = 0;

	rcu_read_lock();
	if (object_find(space, addr, &ref) && ref.start == addr)
		state = slot_state(ref.slot);
	rcu_read_unlock();
	return state;
}

/* Old enough to be a leak, whatever the parameters say. */
static void make_old(enum range_space space, unsigned long addr)
{
	struct object_ref ref;

	rcu_read_lock();
	if (object_find(space, addr, &ref) && ref.start == addr)
		ref.slot->birth = (u32)jiffies - msecs_to_jiffies(AGE_MS);
	rcu_read_unlock();
}

static bool backtrace_names(unsigned long addr, const char *function)
{
	depot_stack_handle_t handle = 0;
	unsigned long *frames;
	struct object_ref ref;
	char name[KSYM_SYMBOL_LEN];
	unsigned int i, nr;

	rcu_read_lock();
	if (object_find(RANGE_VIRT, addr, &ref))
		handle = READ_ONCE(ref.slot->stack);
	rcu_read_unlock();
	nr = handle ? stack_depot_fetch(handle, &frames) : 0;
	for (i = 0; i < nr; i++) {
		snprintf(name, sizeof(name), "%ps", (void *)frames[i]);
		if (!strcmp(name, function))
			return true;
	}
	return false;
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

/* A vmalloc() area that is old is described by objects of no scan's own tick. */
static void next_tick(void)
{
	u64 tick = get_jiffies_64();

	while (!time_after64(get_jiffies_64(), tick))
		schedule_timeout_uninterruptible(1);
}

static void families_make(struct errand *errand)
{
	enum outer_kind kind;

	for (kind = 0; kind < OUTER_NR; kind++) {
		struct family *family = &errand->families[kind];
		unsigned long *outer = outer_alloc(kind);
		void *inner = kzalloc(INNER_SIZE, GFP_KERNEL);

		if (!outer || !inner) {
			errand->failed = true;
			return;
		}
		outer[LINK] = (unsigned long)inner;
		if (errand->colour->annotate)
			errand->colour->annotate(outer);
		WRITE_ONCE(held[kind],
			   errand->colour->held ? (unsigned long)outer : 0);
		make_old(RANGE_VIRT, (unsigned long)outer);
		make_old(RANGE_VIRT, (unsigned long)inner);
		family->outer = ~(unsigned long)outer;
		family->inner = ~(unsigned long)inner;
	}
	next_tick();
}

static void families_look(struct errand *errand)
{
	enum outer_kind kind;

	for (kind = 0; kind < OUTER_NR; kind++) {
		struct family *family = &errand->families[kind];

		family->outer_state = state_of(RANGE_VIRT, ~family->outer);
		family->inner_state = state_of(RANGE_VIRT, ~family->inner);
	}
}

static void families_hold(struct errand *errand)
{
	enum outer_kind kind;

	for (kind = 0; kind < OUTER_NR; kind++)
		WRITE_ONCE(held[kind], ~errand->families[kind].outer);
}

static void families_free(struct errand *errand)
{
	enum outer_kind kind;

	for (kind = 0; kind < OUTER_NR; kind++) {
		WRITE_ONCE(held[kind], 0);
		outer_free(kind, (void *)~errand->families[kind].outer);
		kfree((void *)~errand->families[kind].inner);
	}
}

static void expect_families(struct kunit *test, struct errand *errand,
			    bool outer_leaks, bool inner_leaks, u32 flags)
{
	enum outer_kind kind;

	KUNIT_ASSERT_EQ(test, kmemleak_scan(SCAN_EXPLICIT), 0);
	errand_run(test, errand, families_look);
	for (kind = 0; kind < OUTER_NR; kind++) {
		const struct family *family = &errand->families[kind];

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
	struct errand errand = { .colour = test->param_value };

	errand_run(test, &errand, families_make);
	expect_families(test, &errand, errand.colour->outer_leaks,
			errand.colour->inner_leaks, errand.colour->flags);
	errand_run(test, &errand, families_free);
	errand_run(test, &errand, families_look);
	/* What is freed is neither an object nor in the report. */
	KUNIT_EXPECT_EQ(test, errand.families[OUTER_LARGE].outer_state, 0U);
	KUNIT_EXPECT_EQ(test, errand.families[OUTER_PAGE].outer_state, 0U);
	KUNIT_EXPECT_EQ(test, errand.families[OUTER_VMALLOC].outer_state, 0U);
}

static void scan_transient(struct kunit *test)
{
	const struct colour_case colour = { .annotate = annotate_transient };
	struct errand errand = { .colour = &colour };

	errand_run(test, &errand, families_make);
	expect_families(test, &errand, false, false, 0);
	/* One scan long. */
	expect_families(test, &errand, true, true, 0);
	errand_run(test, &errand, families_free);
}

static void scan_found_again(struct kunit *test)
{
	const struct colour_case colour = {};
	struct errand errand = { .colour = &colour };

	errand_run(test, &errand, families_make);
	expect_families(test, &errand, true, true, 0);
	errand_run(test, &errand, families_hold);
	expect_families(test, &errand, false, false, 0);
	errand_run(test, &errand, families_free);
}

static void scan_clear_report(struct kunit *test)
{
	const struct colour_case colour = {};
	struct errand errand = { .colour = &colour };

	errand_run(test, &errand, families_make);
	expect_families(test, &errand, true, true, 0);
	KUNIT_EXPECT_EQ(test, scan_clear(), 0);
	errand_run(test, &errand, families_look);
	KUNIT_EXPECT_FALSE(test, errand.families[OUTER_SLAB].outer_state &
			   OBJ_REPORTED);
	KUNIT_EXPECT_FALSE(test, errand.families[OUTER_VMALLOC].outer_state &
			   OBJ_REPORTED);
	/* For good. */
	expect_families(test, &errand, false, false, 0);
	errand_run(test, &errand, families_free);
}

/* ---- One object ---- */

static void one_make(struct errand *errand)
{
	void *object = kzalloc(INNER_SIZE, GFP_KERNEL);

	errand->failed = !object;
	make_old(RANGE_VIRT, (unsigned long)object);
	WRITE_ONCE(held_pointer, object);
	errand->address = ~(unsigned long)object;
}

static void one_look(struct errand *errand)
{
	errand->state = state_of(RANGE_VIRT, ~errand->address);
}

static void one_free(struct errand *errand)
{
	WRITE_ONCE(held_pointer, NULL);
	kfree((void *)~errand->address);
}

static void scan_and_look(struct kunit *test, struct errand *errand,
			  void (*look)(struct errand *errand))
{
	KUNIT_ASSERT_EQ(test, kmemleak_scan(SCAN_EXPLICIT), 0);
	errand_run(test, errand, look);
	KUNIT_ASSERT_TRUE(test, errand->state & OBJ_LIVE);
}

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

/* A reference to any byte of an object is one; to a neighbour it is none. */
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

/* The end of an object, where no other begins: of a vmalloc area, and a cache. */
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
	/* Deep in a huge one, a member is a reference, and an odd number none. */
	errand_run(test, &errand, area_hold_member);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_FALSE(test, errand.state & OBJ_REPORTED);
	errand_run(test, &errand, area_hold_number);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_TRUE(test, errand.state & OBJ_REPORTED);
	/* At the beginning it is a tagged one. */
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

/* After a record was lost, unknown pages are read; those of a scan are known. */
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

/* Constants are no roots, and what is constant after init may be one. */
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
	/* As if it were born while the scan runs. */
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

/* A per-CPU object of any CPU that refers to another object. */
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

/* ---- Memory known by its physical address ---- */

static phys_addr_t phys_page;

static void phys_make(struct errand *errand)
{
	unsigned long *page = (void *)get_zeroed_page(GFP_KERNEL);

	one_make(errand);
	WRITE_ONCE(held_pointer, NULL);
	errand->failed |= !page;
	if (errand->failed)
		return;
	phys_page = virt_to_phys(page);
	kmemleak_alloc_phys(phys_page, PAGE_SIZE, GFP_KERNEL);
	make_old(RANGE_PHYS, phys_page);
	page[LINK] = ~errand->address;
}

static void scan_phys(struct kunit *test)
{
	struct errand errand = {};

	/* It is scanned, and never a leak. */
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
	unsigned long *page = (void *)get_zeroed_page(GFP_KERNEL);

	one_make(errand);
	WRITE_ONCE(held_pointer, NULL);
	errand->failed |= !page;
	if (errand->failed)
		return;
	page[LINK] = ~errand->address;
	lost_page = ~(unsigned long)page;
	errand->failed = !lose(RANGE_VIRT, (unsigned long)page, PAGE_SIZE);
}

static void lost_free(struct errand *errand)
{
	kmemleak_free((void *)~lost_page);
	free_page(~lost_page);
}

/*
 * One record is lost: what it was about is a root, and nothing else is that was none
 * before. It is freed: all is as before.
 */
static void scan_lost(struct kunit *test)
{
	struct errand errand = {};
	long bad;

	if (range_lost() || stat_get(STAT_UNTRACKED_EARLY))
		kunit_skip(test, "records were lost before");
	if (shortage_begin() < 0)
		kunit_skip(test, "no fault injection");
	errand_run(test, &errand, lost_make);
	shortage_end();
	KUNIT_EXPECT_TRUE(test, range_lost());
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_TRUE(test, errand.state & OBJ_LIVE);
	KUNIT_EXPECT_FALSE(test, errand.state & OBJ_REPORTED);
	KUNIT_EXPECT_EQ(test, stat_get(STAT_SCAN_UNKNOWN_PAGES), 0L);

	bad = stat_get(STAT_BAD_FREE);
	errand_run(test, &errand, lost_free);
	KUNIT_EXPECT_EQ(test, stat_get(STAT_BAD_FREE), bad);
	KUNIT_EXPECT_FALSE(test, range_lost());
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_TRUE(test, errand.state & OBJ_REPORTED);
	KUNIT_EXPECT_EQ(test, stat_get(STAT_SCAN_UNKNOWN_PAGES), 0L);
	/* A free of nothing is an error again. */
	kmemleak_free((void *)~lost_page);
	KUNIT_EXPECT_EQ(test, stat_get(STAT_BAD_FREE), bad + 1);
	errand_run(test, &errand, one_free);
}

/* A free block that large is not divided for the next who wants a page. */
#define UNKNOWN_ORDER	4

/* The reference is in the last page, which does not say itself that it is free. */
static void unknown_make(struct errand *errand)
{
	unsigned long block = __get_free_pages(GFP_KERNEL | __GFP_ZERO, UNKNOWN_ORDER);
	unsigned long *last = (void *)(block + (PAGE_SIZE << UNKNOWN_ORDER) - PAGE_SIZE);

	one_make(errand);
	WRITE_ONCE(held_pointer, NULL);
	errand->failed |= !block;
	if (errand->failed)
		return;
	last[LINK] = ~errand->address;
	lost_page = ~block;
}

static void unknown_free(struct errand *errand)
{
	free_pages(~lost_page, UNKNOWN_ORDER);
}

/* Where nobody knows what was lost, pages in use are roots, and free ones are not. */
static void scan_unknown(struct kunit *test)
{
	struct errand errand = {};

	if (range_lost_unknown())
		kunit_skip(test, "records were lost before");
	errand_run(test, &errand, unknown_make);
	stat_inc(STAT_UNTRACKED_UNKNOWN);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_FALSE(test, errand.state & OBJ_REPORTED);
	KUNIT_EXPECT_GT(test, stat_get(STAT_SCAN_UNKNOWN_PAGES), 0L);
	errand_run(test, &errand, unknown_free);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_TRUE(test, errand.state & OBJ_REPORTED);
	/* It was one record, and it is known which. */
	stat_set(STAT_UNTRACKED_UNKNOWN, 0);
	scan_and_look(test, &errand, one_look);
	KUNIT_EXPECT_EQ(test, stat_get(STAT_SCAN_UNKNOWN_PAGES), 0L);
	errand_run(test, &errand, one_free);
}

/* ---- Memory registered by hand ---- */

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

	/* One reference is too few for it, two will do. */
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

static size_t object_size_at(unsigned long addr)
{
	struct object_ref ref;
	size_t size = 0;

	rcu_read_lock();
	if (object_find(RANGE_VIRT, addr, &ref))
		size = ref.size;
	rcu_read_unlock();
	return size;
}

static void hook_free_part(struct kunit *test)
{
	unsigned long start = __get_free_pages(GFP_KERNEL, 2);

	KUNIT_ASSERT_NE(test, start, 0UL);
	kmemleak_alloc((void *)start, 4 * PAGE_SIZE, 1, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, object_size_at(start), 4 * PAGE_SIZE);
	kmemleak_free_part((void *)start + PAGE_SIZE, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, object_size_at(start), PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, object_size_at(start + PAGE_SIZE), 0UL);
	KUNIT_EXPECT_EQ(test, object_size_at(start + 2 * PAGE_SIZE),
			2 * PAGE_SIZE);
	KUNIT_EXPECT_TRUE(test, state_of(RANGE_VIRT, start + 2 * PAGE_SIZE) &
			  OBJ_LIVE);

	/* What is left is freed as objects of their own. */
	kmemleak_free((void *)start);
	KUNIT_EXPECT_EQ(test, object_size_at(start), 0UL);
	kmemleak_free_part((void *)start + 2 * PAGE_SIZE, 2 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, object_size_at(start + 3 * PAGE_SIZE), 0UL);
	free_pages(start, 2);
}

static void hook_part_of_slab_object(struct kunit *test)
{
	unsigned long start = (unsigned long)kzalloc(INNER_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NE(test, start, 0UL);
	kmemleak_alloc((void *)start + 16, 32, 1, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, object_size_at(start), (size_t)INNER_SIZE);
	KUNIT_EXPECT_EQ(test, object_size_at(start + 15), (size_t)INNER_SIZE);
	KUNIT_EXPECT_EQ(test, object_size_at(start + 16), 32UL);
	KUNIT_EXPECT_EQ(test, object_size_at(start + 47), 32UL);
	KUNIT_EXPECT_EQ(test, object_size_at(start + 48), (size_t)INNER_SIZE);

	/* An annotation goes to the object that begins where it says. */
	kmemleak_not_leak((void *)start + 16);
	KUNIT_EXPECT_TRUE(test, state_of(RANGE_VIRT, start + 16) & OBJ_GREY);
	KUNIT_EXPECT_FALSE(test, state_of(RANGE_VIRT, start) & OBJ_GREY);
	kmemleak_free((void *)start + 16);
	KUNIT_EXPECT_EQ(test, object_size_at(start + 16), (size_t)INNER_SIZE);
	kfree((void *)start);
}

static void hook_bad_calls(struct kunit *test)
{
	unsigned long start = __get_free_pages(GFP_KERNEL, 1);
	long doubled = stat_get(STAT_BAD_DOUBLE);
	long overlapped = stat_get(STAT_BAD_OVERLAP);
	long freed = stat_get(STAT_BAD_FREE);
	long objects = stat_get(STAT_BAD_OBJECT);

	KUNIT_ASSERT_NE(test, start, 0UL);
	if (range_lost() || stat_get(STAT_UNTRACKED_EARLY))
		kunit_skip(test, "records were lost: nothing is known to be bad");

	kmemleak_alloc((void *)start, PAGE_SIZE, 1, GFP_KERNEL);
	kmemleak_alloc((void *)start, 2 * PAGE_SIZE, 1, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, stat_get(STAT_BAD_DOUBLE), doubled + 1);
	KUNIT_EXPECT_EQ(test, object_size_at(start), PAGE_SIZE);

	kmemleak_alloc((void *)start + PAGE_SIZE / 2, PAGE_SIZE, 1,
		       GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, stat_get(STAT_BAD_OVERLAP), overlapped + 1);
	kmemleak_free((void *)start + PAGE_SIZE / 2);

	/* Inside an object is not at one. */
	kmemleak_not_leak((void *)start + 8);
	KUNIT_EXPECT_EQ(test, stat_get(STAT_BAD_OBJECT), objects + 1);
	KUNIT_EXPECT_FALSE(test, state_of(RANGE_VIRT, start) & OBJ_GREY);
	/* Nor is an area that reaches beyond its object one of it. */
	kmemleak_scan_area((void *)start + 8, PAGE_SIZE, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, stat_get(STAT_BAD_OBJECT), objects + 2);
	KUNIT_EXPECT_FALSE(test, state_of(RANGE_VIRT, start) & OBJ_AREAS);

	KUNIT_EXPECT_EQ(test, stat_get(STAT_BAD_FREE), freed);
	kmemleak_free((void *)start + 8);
	KUNIT_EXPECT_EQ(test, stat_get(STAT_BAD_FREE), freed + 1);
	KUNIT_EXPECT_TRUE(test, state_of(RANGE_VIRT, start) & OBJ_LIVE);
	kmemleak_free((void *)start);
	KUNIT_EXPECT_EQ(test, stat_get(STAT_BAD_FREE), freed + 1);
	kmemleak_free((void *)start);
	KUNIT_EXPECT_EQ(test, stat_get(STAT_BAD_FREE), freed + 2);
	free_pages(start, 1);
}

static void hook_no_object(struct kunit *test)
{
	long bad = stat_get(STAT_BAD_FREE) + stat_get(STAT_BAD_OBJECT);

	/* What an allocation that failed returns is passed over. */
	kmemleak_alloc(NULL, 64, 1, GFP_KERNEL);
	kmemleak_alloc(ERR_PTR(-ENOMEM), 64, 1, GFP_KERNEL);
	kmemleak_free(NULL);
	kmemleak_free(ERR_PTR(-ENOMEM));
	kmemleak_not_leak(NULL);
	kmemleak_ignore(ERR_PTR(-ENOMEM));
	kmemleak_scan_area(NULL, 8, GFP_KERNEL);
	kmemleak_update_trace(NULL);
	KUNIT_EXPECT_EQ(test, stat_get(STAT_BAD_FREE) +
			stat_get(STAT_BAD_OBJECT), bad);
	KUNIT_EXPECT_EQ(test, state_of(RANGE_VIRT, 0), 0U);
	KUNIT_EXPECT_EQ(test, state_of(RANGE_VIRT, -ENOMEM), 0U);
}

/* ---- Who allocated ---- */

static noinline void *kunit_first_owner(void)
{
	void *object = kzalloc(INNER_SIZE, GFP_KERNEL);

	/* No tail call: this function is to be on the stack. */
	barrier();
	return object;
}

static noinline void kunit_second_owner(void *object)
{
	kmemleak_update_trace(object);
	barrier();
}

static void hook_update_trace(struct kunit *test)
{
	void *object = kunit_first_owner();
	unsigned long addr = (unsigned long)object;

	KUNIT_ASSERT_NOT_NULL(test, object);
	KUNIT_EXPECT_TRUE(test, backtrace_names(addr, "kunit_first_owner"));
	KUNIT_EXPECT_FALSE(test, backtrace_names(addr, "kunit_second_owner"));
	kunit_second_owner(object);
	KUNIT_EXPECT_FALSE(test, backtrace_names(addr, "kunit_first_owner"));
	KUNIT_EXPECT_TRUE(test, backtrace_names(addr, "kunit_second_owner"));
	kfree(object);
}

static void comm_look(struct errand *errand)
{
	errand->state = trace_slot(OBJ_LIVE, TRACE_HERE, GFP_KERNEL).state;
}

static void comm_names(struct kunit *test)
{
	u32 own = trace_slot(OBJ_LIVE, TRACE_HERE, GFP_KERNEL).state;
	struct errand errand = {};
	u32 first;

	KUNIT_EXPECT_STREQ(test, comm_name(own), current->comm);
	errand_run(test, &errand, comm_look);
	first = errand.state;
	KUNIT_EXPECT_STREQ(test, comm_name(first), "kmemleak_errand");
	KUNIT_EXPECT_STREQ(test, comm_name(own), current->comm);
	/* A name is stored once, and the flags leave it alone. */
	errand_run(test, &errand, comm_look);
	KUNIT_EXPECT_EQ(test, errand.state, first);
	KUNIT_EXPECT_PTR_EQ(test, comm_name(first | OBJ_FLAGS_MASK),
			    comm_name(first));
	KUNIT_EXPECT_STREQ(test, comm_name(OBJ_LIVE), "?");
	KUNIT_EXPECT_STREQ(test, comm_name((u32)~0), "?");
}

#define SMALL_OBJECTS	2048

static void *small_objects[SMALL_OBJECTS];

/*
 * A scan comes to an end even where all sections are over before they have begun, and
 * there is more to look up than to read.
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

static bool scanned_stacks = true;

static int scan_init(struct kunit *test)
{
	if (!kmemleak_is_on())
		kunit_skip(test, "the detector is off");
	/* What the last test's thread had on its stack is free memory now. */
	rcu_barrier();
	/* Nor is chance to decide what is left in the gaps of live stacks. */
	scanned_stacks = READ_ONCE(roots_scan_stacks);
	WRITE_ONCE(roots_scan_stacks, false);
	return 0;
}

static void scan_exit(struct kunit *test)
{
	WRITE_ONCE(roots_scan_stacks, scanned_stacks);
}

/*
 * The first address that vmalloc() hands out may be the one where modules go, which the
 * kernel's data have as a number (execmem_info). No test gets it.
 */
static void *first_vmalloc;

static int scan_suite_init(struct kunit_suite *suite)
{
	first_vmalloc = vmalloc(PAGE_SIZE);
	return first_vmalloc ? 0 : -ENOMEM;
}

static void scan_suite_exit(struct kunit_suite *suite)
{
	vfree(first_vmalloc);
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
	KUNIT_CASE(scan_percpu),
	KUNIT_CASE(scan_percpu_holds),
	KUNIT_CASE(scan_phys),
	KUNIT_CASE(scan_lost),
	KUNIT_CASE(scan_unknown),
	KUNIT_CASE(scan_min_count),
	KUNIT_CASE(scan_short_sections),
	KUNIT_CASE(hook_free_part),
	KUNIT_CASE(hook_part_of_slab_object),
	KUNIT_CASE(hook_bad_calls),
	KUNIT_CASE(hook_no_object),
	KUNIT_CASE(hook_update_trace),
	KUNIT_CASE(comm_names),
	{}
};

static struct kunit_suite scan_suite = {
	.name = "kmemleak_scan",
	.suite_init = scan_suite_init,
	.suite_exit = scan_suite_exit,
	.init = scan_init,
	.exit = scan_exit,
	.test_cases = scan_cases,
};

kunit_test_suite(scan_suite);
