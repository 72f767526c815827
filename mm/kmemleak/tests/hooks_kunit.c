// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the hooks: which objects they add, cut and remove, which calls they reject,
 * and which backtrace and task name they record.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/kfence.h>
#include <linux/kmemleak.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/stackdepot.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "../store/lost.h"
#include "../store/object.h"
#include "../store/range.h"
#include "../store/slot.h"
#include "../store/stats.h"
#include "../trace/comm.h"
#include "../trace/trace.h"
#include "../trace/walk.h"
#include "../record.h"
#include "../scan.h"
#include "errand.h"

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

	/* The two parts left are freed as objects of their own. */
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

	/* An annotation applies to the object that begins at its address. */
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
	if (lost_any() || stat_get(STAT_UNTRACKED_EARLY))
		kunit_skip(test, "records were lost: nothing is known to be bad");

	kmemleak_alloc((void *)start, PAGE_SIZE, 1, GFP_KERNEL);
	kmemleak_alloc((void *)start, 2 * PAGE_SIZE, 1, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, stat_get(STAT_BAD_DOUBLE), doubled + 1);
	KUNIT_EXPECT_EQ(test, object_size_at(start), PAGE_SIZE);

	kmemleak_alloc((void *)start + PAGE_SIZE / 2, PAGE_SIZE, 1,
		       GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, stat_get(STAT_BAD_OVERLAP), overlapped + 1);
	kmemleak_free((void *)start + PAGE_SIZE / 2);

	/* An address inside an object does not identify the object. */
	kmemleak_not_leak((void *)start + 8);
	KUNIT_EXPECT_EQ(test, stat_get(STAT_BAD_OBJECT), objects + 1);
	KUNIT_EXPECT_FALSE(test, state_of(RANGE_VIRT, start) & OBJ_GREY);
	/* An area must not extend beyond its object. */
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

	/* Results of failed allocations are ignored. */
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

static noinline void *kunit_first_owner(void)
{
	void *object = kzalloc(INNER_SIZE, GFP_KERNEL);

	/* No tail call: this function must be on the stack. */
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
	/* Init code of a module may be in the stack of an object older than the module. */
	KUNIT_EXPECT_TRUE(test, state_of(RANGE_VIRT, addr) & OBJ_RETRACED);
	kfree(object);
}

/* Which stacks a walk looks at for a load that began at @began and ends at @now. */
static bool young(u64 birth, u32 flags, u64 began, u64 now)
{
	const struct slot slot = { .birth = lower_32_bits(birth), .state = OBJ_LIVE | flags };

	return traced_since(&slot, lower_32_bits(began), birth_window(began, now));
}

static void hook_young_stacks(struct kunit *test)
{
	/* Births wrap around between any two of these moments. */
	const u64 load = BIT_ULL(40), hour = 3600ULL * HZ;
	const struct slot none = { .birth = lower_32_bits(load) };
	u64 began;

	for (began = load - 10; began < load + 10; began++) {
		KUNIT_EXPECT_TRUE(test, young(began, 0, began, began));
		KUNIT_EXPECT_TRUE(test, young(began + 3, 0, began, began + 5));
		KUNIT_EXPECT_TRUE(test, young(began + 6, 0, began, began + 5));
		KUNIT_EXPECT_FALSE(test, young(began - 1, 0, began, began));
		KUNIT_EXPECT_FALSE(test, young(began - hour, 0, began, began + 5));
		KUNIT_EXPECT_TRUE(test, young(began - hour, OBJ_RETRACED, began, began));
		/* A load that takes an hour, or until births repeat. */
		KUNIT_EXPECT_TRUE(test, young(began + hour, 0, began, began + hour));
		KUNIT_EXPECT_TRUE(test, young(began - 1, 0, began, began + U32_MAX));
	}
	KUNIT_EXPECT_FALSE(test, traced_since(&none, lower_32_bits(load), U32_MAX));
}

/* An object that is handed out where a slab has none is a root, and a complaint. */
static void hook_misplaced(struct kunit *test)
{
	unsigned long addr = (unsigned long)kunit_kzalloc(test, 256, GFP_KERNEL), inner, page;
	struct slot slot = { .birth = (u32)jiffies, .state = OBJ_LIVE };
	long before = stat_get(STAT_BAD_SLAB);

	KUNIT_ASSERT_NE(test, addr, 0);
	if (is_kfence_address((void *)addr))
		kunit_skip(test, "the object is not in a slab");
	inner = addr + 64;
	record_slab_alloc(inner, 64, 1, slot, GFP_KERNEL | __GFP_ZERO);
	KUNIT_EXPECT_EQ(test, stat_get(STAT_BAD_SLAB), before + 1);
	KUNIT_EXPECT_TRUE(test, state_of(RANGE_VIRT, inner) & OBJ_GREY);
	KUNIT_EXPECT_TRUE(test, range_remove(RANGE_VIRT, inner));

	/* Other memory may be freed unseen: it gets no record. */
	page = __get_free_page(GFP_KERNEL);
	KUNIT_ASSERT_NE(test, page, 0);
	record_slab_alloc(page, 64, 1, slot, GFP_KERNEL | __GFP_ZERO);
	KUNIT_EXPECT_EQ(test, stat_get(STAT_BAD_SLAB), before + 2);
	KUNIT_EXPECT_EQ(test, state_of(RANGE_VIRT, page), 0);
	free_page(page);
}

/* The name of this thread, as slots have it. */
static u32 own_name(void)
{
	u32 pid, index;

	rcu_read_lock();
	index = comm_current(&pid);
	rcu_read_unlock();
	return index;
}

static void comm_look(struct errand *errand)
{
	errand->state = OBJ_LIVE | own_name() << OBJ_COMM_SHIFT;
}

static void comm_names(struct kunit *test)
{
	u32 own = OBJ_LIVE | own_name() << OBJ_COMM_SHIFT;
	struct errand errand = {};
	struct comm comm;
	u32 first;

	KUNIT_EXPECT_STREQ(test, comm_name(own, &comm), current->comm);
	errand_run(test, &errand, comm_look);
	first = errand.state;
	KUNIT_EXPECT_STREQ(test, comm_name(first, &comm), "kmemleak_errand");
	KUNIT_EXPECT_STREQ(test, comm_name(own, &comm), current->comm);
	/* A name is stored once, and is independent of the flags. */
	errand_run(test, &errand, comm_look);
	KUNIT_EXPECT_EQ(test, errand.state, first);
	KUNIT_EXPECT_STREQ(test, comm_name(first | OBJ_FLAGS_MASK, &comm),
			   "kmemleak_errand");
	KUNIT_EXPECT_STREQ(test, comm_name(OBJ_LIVE, &comm), "?");
	KUNIT_EXPECT_STREQ(test, comm_name((u32)~0, &comm), "?");
}

/* More names than there is room for. */
#define COMM_FLOOD	(4 * BIT(COMM_BITS))
/* Names for which there is room in a table that is almost empty. */
#define COMM_FEW	256

/* Look up a new name for this thread. */
static void comm_new(unsigned int nr)
{
	char name[TASK_COMM_LEN] = {};

	snprintf(name, sizeof(name), "kunit_%u", nr);
	set_task_comm(current, name);
	own_name();
}

/* Go on until there is no room for a name. */
static void comm_flood(struct errand *errand)
{
	long before = stat_get(STAT_COMM_FULL);
	unsigned int i;

	for (i = 0; i < COMM_FLOOD && stat_get(STAT_COMM_FULL) == before; i++)
		comm_new(i);
	errand->failed = stat_get(STAT_COMM_FULL) == before;
}

static void comm_few(struct errand *errand)
{
	long before = stat_get(STAT_COMM_FULL);
	unsigned int i;

	for (i = 0; i < COMM_FEW; i++)
		comm_new(COMM_FLOOD + i);
	errand->failed = stat_get(STAT_COMM_FULL) != before;
}

/* Names that no object has make room for others; those of objects stay. */
static void comm_recycled(struct kunit *test)
{
	void *object = kunit_kmalloc(test, 64, GFP_KERNEL);
	struct errand errand = {};
	struct comm comm;
	u32 state;

	KUNIT_ASSERT_NOT_NULL(test, object);
	state = state_of(RANGE_VIRT, (unsigned long)object);
	KUNIT_EXPECT_STREQ(test, comm_name(state, &comm), current->comm);
	errand_run(test, &errand, comm_flood);
	KUNIT_ASSERT_EQ(test, kmemleak_scan(SCAN_EXPLICIT), 0);
	/* Fails if there is no room for one of them. */
	errand_run(test, &errand, comm_few);
	KUNIT_EXPECT_STREQ(test, comm_name(state, &comm), current->comm);
	KUNIT_EXPECT_EQ(test, state_of(RANGE_VIRT, (unsigned long)object), state);
	/* The name is found again, by those that remember it and by those that do not. */
	KUNIT_EXPECT_EQ(test, own_name(), state >> OBJ_COMM_SHIFT);
}

static void expect_task(struct kunit *test, enum range_space space, unsigned long addr)
{
	struct object_ref ref;
	struct slot slot = {};
	struct comm comm;

	rcu_read_lock();
	if (object_find(space, addr, &ref))
		slot = slot_copy(ref.slot);
	comm_name(slot.state, &comm);
	rcu_read_unlock();
	KUNIT_EXPECT_STREQ(test, comm.name, current->comm);
	KUNIT_EXPECT_EQ(test, slot.pid, current->pid);
}

/* Each kind of object is of the task that allocated it. */
static void comm_of_each_kind(struct kunit *test)
{
	unsigned long page = __get_free_page(GFP_KERNEL);
	void *slab = kmalloc(64, GFP_KERNEL), *large = kmalloc(SZ_64K, GFP_KERNEL);
	void *area = vmalloc(PAGE_SIZE);
	int __percpu *percpu = alloc_percpu(int);

	kmemleak_alloc((void *)page, PAGE_SIZE, 1, GFP_KERNEL);
	if (page && slab && large && area && percpu) {
		expect_task(test, RANGE_VIRT, page);
		expect_task(test, RANGE_VIRT, (unsigned long)slab);
		expect_task(test, RANGE_VIRT, (unsigned long)large);
		expect_task(test, RANGE_VIRT, (unsigned long)area);
		expect_task(test, RANGE_PERCPU, (unsigned long __force)percpu);
	} else {
		KUNIT_FAIL(test, "no memory");
	}
	free_percpu(percpu);
	vfree(area);
	kfree(large);
	kfree(slab);
	kmemleak_free((void *)page);
	free_page(page);
}

static struct kunit_case hooks_cases[] = {
	KUNIT_CASE(hook_free_part),
	KUNIT_CASE(hook_part_of_slab_object),
	KUNIT_CASE(hook_bad_calls),
	KUNIT_CASE(hook_no_object),
	KUNIT_CASE(hook_update_trace),
	KUNIT_CASE(hook_young_stacks),
	KUNIT_CASE(hook_misplaced),
	KUNIT_CASE(comm_names),
	KUNIT_CASE(comm_recycled),
	KUNIT_CASE(comm_of_each_kind),
	{}
};

static struct kunit_suite hooks_suite = {
	.name = "kmemleak_hooks",
	.suite_init = errand_suite_init,
	.suite_exit = errand_suite_exit,
	.init = errand_test_init,
	.exit = errand_test_exit,
	.test_cases = hooks_cases,
};

kunit_test_suite(hooks_suite);
