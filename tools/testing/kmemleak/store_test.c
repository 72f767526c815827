// SPDX-License-Identifier: GPL-2.0
/*
 * The store where the kernel seldom is: frees that make no sense, slabs whose table comes
 * late or never.
 *
 * TAP on standard output, exit status 1 if a test fails.
 */
#include <stdio.h>

#include <linux/jiffies.h>
#include <linux/kmemleak.h>

#include "store/areas.h"
#include "store/directory.h"
#include "store/object.h"
#include "store/range.h"
#include "store/slab.h"
#include "store/stats.h"

#include "memory.h"
#include "sim.h"

/* ---- Frees that make no sense ---- */

static void expect_bad_free(unsigned long addr)
{
	long before = stat_get(STAT_BAD_FREE);

	__kmemleak_slab_free((void *)addr);
	if (stat_get(STAT_BAD_FREE) != before + 1)
		sim_fail("the free of no object is not counted");
}

/*
 * The table of the first cache has no room behind its slots, so AddressSanitizer sees who
 * looks at one that is not there.
 */
static void bad_free(void)
{
	struct kmem_cache *tail = sim_cache_new("tail", 480, 0, 0);
	struct kmem_cache *padded = sim_cache_new("padded", 400, 64, 0);
	void *object = sim_alloc(tail), *other = sim_alloc(padded);
	struct slab_table *table = slab_table_of((unsigned long)object);

	expect_bad_free(slab_object(table, table->count));
	expect_bad_free(table->slab + PAGE_SIZE - 1);
	expect_bad_free(slab_object(table, table->count - 1) + 8);
	if (!(slot_flags(slab_slot_of(table, (unsigned long)object)) & OBJ_LIVE))
		sim_fail("a free that makes no sense forgets an object");
	table = slab_table_of((unsigned long)other);
	expect_bad_free(table->base - 8);
	expect_bad_free(table->slab);
	sim_free(other);
	sim_free(object);
}

/* ---- Slabs whose table comes late or never ---- */

/* An object of a new slab, for whose table there is no memory. */
static void *alloc_untracked(struct kmem_cache *cache)
{
	void *object;

	/* When the slab is made, or else of the hook. */
	sim_failures = 1;
	object = sim_alloc(cache);
	if (sim_failures || slab_table_of((unsigned long)object))
		sim_fail("there is a table in spite of all");
	return object;
}

static void expect_range(void *start, bool expected)
{
	struct tracked_range *range;

	rcu_read_lock();
	range = range_find(RANGE_VIRT, (unsigned long)start);
	rcu_read_unlock();
	if (range && !expected)
		sim_fail("what was registered in an object stays when that goes");
	if (!range && expected)
		sim_fail("what is registered in an untracked object is not recorded");
}

static void *alloc_with_range(struct kmem_cache *cache, size_t offset)
{
	char *object;

	/* What failed is tried again in a later tick. */
	sim_jiffies += 2;
	object = alloc_untracked(cache);
	kmemleak_alloc(object + offset, 16, 1, GFP_KERNEL);
	expect_range(object + offset, true);
	return object;
}

static void late_table(void)
{
	struct kmem_cache *cache = sim_cache_new("late", 64, 0, 0);
	void *first = alloc_with_range(cache, 0), *second = alloc_with_range(cache, 0);
	struct slab_table *table;
	void *third;

	sim_jiffies += 2;
	third = sim_alloc(cache);
	table = slab_table_of((unsigned long)third);
	if (!table || !test_bit(TABLE_PARTIAL, &table->flags))
		sim_fail("there is no table after all");
	sim_free(first);
	expect_range(first, false);
	/* By hand. */
	kmemleak_free(second);
	expect_range(second, false);
	sim_free(second);
	sim_free(third);
}

static void no_table(void)
{
	struct kmem_cache *cache = sim_cache_new("none", 64, 0, 0);
	char *first = alloc_with_range(cache, 0), *second = alloc_with_range(cache, 32);

	sim_free(first);
	expect_range(first, false);
	/* Only the owner knows what begins amid an object, until the slab goes. */
	sim_free(second);
	expect_range(second + 32, false);
}

#define MANY_SLOTS	1024

/*
 * There is no memory for a large table for some time. As many attempts as objects are too
 * many, and the slab gets its table when there is memory.
 */
static void large_table(void)
{
	struct kmem_cache *cache = sim_cache_new("large", 8, 0, 0);
	void *object[MANY_SLOTS];
	unsigned int i;

	while ((PAGE_SIZE << cache->order) / cache->size < MANY_SLOTS)
		cache->order++;
	sim_jiffies += 2;
	sim_failures = 10000;
	for (i = 0; i < MANY_SLOTS / 2; i++)
		object[i] = sim_alloc(cache);
	printf("# %u attempts for %u objects\n", 10000 - sim_failures, i);
	if (10000 - sim_failures > 2)
		sim_fail("what failed is tried again at once");
	if (slab_table_of((unsigned long)object[0]))
		sim_fail("there is a table without memory");
	sim_failures = 0;
	sim_jiffies += 2;
	for (; i < MANY_SLOTS; i++)
		object[i] = sim_alloc(cache);
	if (!slab_table_of((unsigned long)object[0]))
		sim_fail("there is no table in spite of memory");
	while (i)
		sim_free(object[--i]);
}

/* ---- An object with many scan areas ---- */

#define MANY_AREAS	1000
/* Areas that may go each time a lock is held. */
#define AREAS_AT_ONCE	16

static unsigned int areas_left, areas_most;

/* A lock was held. */
void sim_irqs_on(void)
{
	unsigned int left = areas_count();

	if (areas_left > left)
		areas_most = max(areas_most, areas_left - left);
	areas_left = left;
}

static void areas_make(char *object)
{
	unsigned int i;

	for (i = 0; i < MANY_AREAS; i++)
		kmemleak_scan_area(object + 16 * i, 8, GFP_KERNEL);
	if (areas_count() != MANY_AREAS)
		sim_fail("there are not as many areas as were registered");
	areas_most = 0;
}

static void areas_expect_gone(void)
{
	if (areas_count())
		sim_fail("areas outlive their object");
	if (areas_most <= AREAS_AT_ONCE)
		return;
	printf("# %u areas go while interrupts are off\n", areas_most);
	sim_fail("interrupts are off for as long as an object has areas");
}

static void many_areas(void)
{
	const size_t size = ALIGN(16 * MANY_AREAS, PAGE_SIZE);
	struct kmem_cache *cache = sim_cache_new("areas", 16 * MANY_AREAS, 0, 0);
	char *object;

	object = sim_large_alloc(size);
	areas_make(object);
	sim_large_free(object);
	areas_expect_gone();

	object = sim_large_alloc(size);
	areas_make(object);
	kmemleak_free_part(object, PAGE_SIZE);
	areas_expect_gone();
	kmemleak_alloc(object, PAGE_SIZE, 1, GFP_KERNEL);
	kmemleak_free(object + PAGE_SIZE);
	sim_large_free(object);

	object = sim_alloc(cache);
	areas_make(object);
	sim_free(object);
	areas_expect_gone();
}

/* ---- Code that must not take a lock, as it may run under any ---- */

static u32 flags_of(void *object)
{
	struct slab_table *table = slab_table_of((unsigned long)object);

	return table ? slot_flags(slab_slot_of(table, (unsigned long)object)) : 0;
}

static void expect_flags(void *object, u32 mask, u32 expected)
{
	if ((flags_of(object) & mask) != expected)
		sim_fail("an object without a lock is not what it is said to be");
}

/* The watchdog finds a call that waits for the lock. */
static void nolock(void)
{
	struct kmem_cache *cache = sim_cache_new("nolock", 64, 0, 0);
	char *object = sim_alloc(cache), *other = sim_alloc(cache);
	long before = areas_bytes(), bad = stat_get(STAT_BAD_FREE);
	unsigned long flags;

	kmemleak_scan_area(other, 16, GFP_KERNEL);
	__kmemleak_slab_free(object);
	raw_spin_lock_irqsave(&range_lock, flags);
	__kmemleak_slab_alloc_nolock(object, 0);
	expect_flags(object, OBJ_LIVE | OBJ_GREY | OBJ_IGNORE, OBJ_LIVE | OBJ_GREY);
	if (!kmemleak_ignore_nolock(object) || !kmemleak_ignore_nolock(object + 8))
		sim_fail("an object of a slab is not ignored");
	expect_flags(object, OBJ_LIVE | OBJ_IGNORE, OBJ_LIVE | OBJ_IGNORE);
	__kmemleak_slab_free_nolock(object);
	expect_flags(object, ~0U, 0);
	__kmemleak_slab_free_nolock(other + 8);
	__kmemleak_slab_free_nolock(other);
	expect_flags(other, ~0U, 0);
	raw_spin_unlock_irqrestore(&range_lock, flags);
	if (stat_get(STAT_BAD_FREE) != bad + 1)
		sim_fail("the free of no object is not counted");

	/* The allocator has not seen the frees yet. The slab goes with the last object. */
	__kmemleak_slab_alloc_nolock(object, 0);
	__kmemleak_slab_alloc_nolock(other, 0);
	sim_free(object);
	sim_free(other);
	if (areas_bytes() != before)
		sim_fail("an area outlives its slab");
}

static void nolock_untracked(void)
{
	struct kmem_cache *cache = sim_cache_new("untracked", 64, 0, 0);
	char *object = alloc_with_range(cache, 0);
	unsigned long flags;

	raw_spin_lock_irqsave(&range_lock, flags);
	if (!kmemleak_ignore_nolock(object))
		sim_fail("an object of a root is not ignored");
	__kmemleak_slab_free_nolock(object);
	raw_spin_unlock_irqrestore(&range_lock, flags);
	expect_range(object, true);
	sim_free(object);
	expect_range(object, false);
}

static const struct sim_case tests[] = {
	{ "a free before, between and behind objects", bad_free },
	{ "a range at the start of an object older than its table", late_table },
	{ "ranges in a slab that never has a table", no_table },
	{ "an object that is allocated, ignored and freed without a lock", nolock },
	{ "the same in a slab that has no table", nolock_untracked },
	{ "an object with many scan areas", many_areas },
	{ "a large table for which there is no memory", large_table },
};

int main(void)
{
	sim_start(0, NULL);
	sim_memory_init();
	kmemleak_init();
	/* The directory gets its levels. */
	sim_free(sim_alloc(sim_cache_new("first", 64, 0, 0)));
	sim_run("store", tests, ARRAY_SIZE(tests));
	return 0;
}
