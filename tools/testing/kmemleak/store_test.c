// SPDX-License-Identifier: GPL-2.0
/*
 * The store where the kernel seldom is: frees that make no sense, slabs whose table comes
 * late or never, directories of large machines.
 *
 * TAP on standard output, exit status 1 if a test fails.
 */
#include <stdio.h>

#include <linux/jiffies.h>
#include <linux/kmemleak.h>
#include <linux/pfn.h>

#include "store/directory.h"
#include "store/object.h"
#include "store/range.h"
#include "store/slab.h"
#include "store/stats.h"
#include "report/leaks.h"

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

/* ---- A directory of 1 TB in which slabs have been everywhere, and few are ---- */

#define GIGABYTE_PAGES	BIT(30 - PAGE_SHIFT)
#define TERABYTE_PAGES	BIT(40 - PAGE_SHIFT)
#define TERABYTE_PARTS	(TERABYTE_PAGES >> DIR_LEAF_BITS)
/* What a section may look at. */
#define SECTION_ENTRIES	4096

/* In gigabytes. */
static const unsigned int slabs_at[] = { 0, 100, 1023 };

static void visit_count(struct slab_table *table, void *arg)
{
	(void)table;
	++*(unsigned int *)arg;
}

static unsigned long terabyte_make(void)
{
	static const struct slab_dir *replaced[8];
	static struct dir_leaf empty;
	unsigned int nr = 0;
	unsigned long page, i, first = ALIGN(PFN_DOWN(sim_linear) + TERABYTE_PAGES, DIR_TOP_PAGES);
	struct dir_mid *mid;

	for (page = first; page < first + TERABYTE_PAGES; page += DIR_TOP_PAGES) {
		/* Directories that are replaced are not freed: LeakSanitizer sees them here. */
		if (!nr || replaced[nr - 1] != slab_dir)
			replaced[nr++] = slab_dir;
		if (IS_ERR(dir_entry(page, GFP_KERNEL)))
			sim_fail("no memory");
		mid = slab_dir->mid[(page - slab_dir->span.first) / DIR_TOP_PAGES];
		/* The first one is its own: it may have a table. */
		for (i = 1; i < BIT(DIR_MID_BITS); i++)
			mid->leaf[i] = &empty;
	}
	return first;
}

/* The tables are there, or they go again. */
static void terabyte_tables(unsigned long first, bool there)
{
	static struct slab_table table[ARRAY_SIZE(slabs_at)];
	unsigned long page;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(slabs_at); i++) {
		page = first + i + slabs_at[i] * GIGABYTE_PAGES / DIR_TOP_PAGES * DIR_TOP_PAGES;
		table[i].slab = page << PAGE_SHIFT;
		*dir_entry(page, GFP_KERNEL) = there ? &table[i] : NULL;
	}
}

static void expect_section(const char *walk)
{
	printf("# %s looks at %lu entries in one section, at most\n", walk, sim_section_max);
	if (sim_section_max > SECTION_ENTRIES)
		sim_fail("a section has no bound");
	sim_section_max = 0;
	sim_test(sim_test_name);
}

static void walk_parts(unsigned long first)
{
	unsigned long part = first >> DIR_LEAF_BITS, end = part + TERABYTE_PARTS, pos;
	unsigned int tables = 0, parts = 0;

	for (; slab_next_part(&part) && part < end; part++, parts++) {
		for (pos = 0; slab_walk_part(part, &pos, visit_count, &tables); )
			;
		if (sim_section_max > SECTION_ENTRIES)
			break;
	}
	expect_section("a walk over a part");
	if (tables != ARRAY_SIZE(slabs_at) || parts != TERABYTE_PARTS)
		sim_fail("a walk in parts does not find what there is");
}

static void terabyte(void)
{
	unsigned long first = terabyte_make(), pos = first;
	struct report_cursor cursor = {};
	unsigned int tables = 0;

	terabyte_tables(first, true);
	sim_section_max = 0;
	while (slab_walk(&pos, visit_count, &tables))
		;
	expect_section("a walk over all tables");
	if (tables != ARRAY_SIZE(slabs_at))
		sim_fail("a walk does not find what there is");
	walk_parts(first);
	walk_want(WALK_REPORTED);
	if (report_next_leak(&cursor))
		sim_fail("there is a leak");
	expect_section("a walk over all leaks");
	terabyte_tables(first, false);
}

/* A free may come from code that runs under range_lock: it must not wait for that. */
static void free_anywhere(void)
{
	struct kmem_cache *cache = sim_cache_new("anywhere", 64, 0, 0);
	char *first = alloc_with_range(cache, 0), *second = alloc_with_range(cache, 0);
	unsigned long flags;

	local_irq_save(flags);
	__kmemleak_slab_free(first);
	local_irq_restore(flags);
	expect_range(first, false);

	raw_spin_lock_irqsave(&range_lock, flags);
	__kmemleak_slab_free(second);
	raw_spin_unlock_irqrestore(&range_lock, flags);
	expect_range(second, true);
	sim_free(second);
	expect_range(second, false);
	sim_free(first);
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "a free before, between and behind objects", bad_free },
	{ "a range at the start of an object older than its table", late_table },
	{ "ranges in a slab that never has a table", no_table },
	{ "a free of an untracked object wherever that may be", free_anywhere },
	{ "a large table for which there is no memory", large_table },
	{ "walks over a directory of 1 TB", terabyte },
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
