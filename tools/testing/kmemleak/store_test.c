// SPDX-License-Identifier: GPL-2.0
/*
 * The store where the kernel seldom is: frees that make no sense, slabs whose table comes
 * late or never, directories of large machines.
 *
 * TAP on standard output, exit status 1 if a test fails.
 */
#include <stdio.h>

#include <linux/kmemleak.h>

#include "store/directory.h"
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

	/* Of the allocator, when it makes the slab, and of the hook. */
	sim_failures = cache->partial ? 1 : 2;
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
	char *object = alloc_untracked(cache);

	kmemleak_alloc(object + offset, 16, 1, GFP_KERNEL);
	expect_range(object + offset, true);
	return object;
}

static void late_table(void)
{
	struct kmem_cache *cache = sim_cache_new("late", 64, 0, 0);
	void *first = alloc_with_range(cache, 0), *second = alloc_with_range(cache, 0);
	void *third = sim_alloc(cache);
	struct slab_table *table = slab_table_of((unsigned long)third);

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

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "a free before, between and behind objects", bad_free },
	{ "a range at the start of an object older than its table", late_table },
	{ "ranges in a slab that never has a table", no_table },
};

int main(void)
{
	static char name[128];
	unsigned int i;

	sim_start(0, NULL);
	sim_memory_init();
	kmemleak_init();
	/* The directory gets its levels. */
	sim_free(sim_alloc(sim_cache_new("first", 64, 0, 0)));
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		snprintf(name, sizeof(name), "store: %s", tests[i].name);
		sim_test(name);
		tests[i].run();
		rcu_barrier();
		printf("ok 0 - %s\n", name);
	}
	return 0;
}
