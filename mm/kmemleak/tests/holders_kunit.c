// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of holders: the holder of an object is found again, and is not taken for the
 * holder of the next object in its place.
 */
#include <kunit/test.h>
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../store/holder.h"
#include "../store/object.h"
#include "../store/range.h"
#include "../store/slab.h"
#include "../store/stats.h"
#include "../report/holders.h"
#include "shortage.h"

#define SIZE	192

/* The lowest and the highest address, and addresses of objects. */
static const unsigned long addresses[] = {
	sizeof(long), 0x60001238, ULONG_MAX - 7,
#ifdef CONFIG_64BIT
	0xffff888012345678, 0xff11000012345678,
#endif
};

static void next_tick(void)
{
	u64 tick = get_jiffies_64();

	while (!time_after64(get_jiffies_64(), tick))
		schedule_timeout_uninterruptible(1);
}

/* Note a holder as the marker does. */
static void note(void *object, u64 scan, unsigned long where)
{
	struct object_ref ref;

	rcu_read_lock();
	if (object_find(RANGE_VIRT, (unsigned long)object, &ref)) {
		if (ref.range)
			holder_note(&ref.range->holder, scan, where);
		else if (ref.table->holders)
			holder_note(&ref.table->holders[ref.slot -
							ref.table->slots],
				    scan, where);
	}
	rcu_read_unlock();
}

static unsigned long holder(void *object, bool now)
{
	struct object_ref ref;
	unsigned long where = 0;
	u32 age;

	rcu_read_lock();
	if (object_find(RANGE_VIRT, (unsigned long)object, &ref))
		where = now ? holder_now(&ref) : holder_of(&ref, &age);
	rcu_read_unlock();
	return where;
}

static void holders_found_again(struct kunit *test)
{
	void *objects[] = {
		kunit_kzalloc(test, SIZE, GFP_KERNEL),
		kunit_kzalloc(test, 4 * PAGE_SIZE, GFP_KERNEL),
	};
	unsigned int i, n;
	u64 scan;

	for (i = 0; i < ARRAY_SIZE(objects); i++) {
		KUNIT_ASSERT_NOT_NULL(test, objects[i]);
		KUNIT_EXPECT_EQ(test, holder(objects[i], false), 0);
		next_tick();
		scan = holders_begin(true);
		KUNIT_ASSERT_NE(test, scan, 0);
		for (n = 0; n < ARRAY_SIZE(addresses); n++) {
			note(objects[i], scan, addresses[n]);
			KUNIT_EXPECT_EQ(test, holder(objects[i], false),
					addresses[n]);
			KUNIT_EXPECT_EQ(test, holder(objects[i], true),
					addresses[n]);
		}
		/* Pretend that the next scan did not reach the object. */
		holders_begin(true);
		KUNIT_EXPECT_EQ(test, holder(objects[i], true), 0);
		KUNIT_EXPECT_EQ(test, holder(objects[i], false),
				addresses[n - 1]);
	}
	holders_end();
	KUNIT_EXPECT_EQ(test, holder(objects[0], false), 0);
	KUNIT_EXPECT_EQ(test, holders_memory_bytes(), 0);
}

/* A cache with a single object hands it out again. */
static void holders_of_those_before(struct kunit *test)
{
	struct kmem_cache *cache;
	void *first, *second;
	u64 scan;

	cache = kmem_cache_create("kmemleak_kunit_holders", SIZE, 0,
				  SLAB_NO_MERGE, NULL);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	first = kmem_cache_alloc(cache, GFP_KERNEL);
	next_tick();
	scan = holders_begin(true);
	note(first, scan, addresses[1]);
	KUNIT_EXPECT_EQ(test, holder(first, false), addresses[1]);
	kmem_cache_free(cache, first);
	second = kmem_cache_alloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, first, second);
	KUNIT_EXPECT_EQ(test, holder(second, false), 0);
	kmem_cache_free(cache, second);
	kmem_cache_destroy(cache);
	holders_end();
}

/* After 1023 scans, the number of a scan is used again. */
static void holders_forgotten(struct kunit *test)
{
	void *object = kunit_kzalloc(test, SIZE, GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, object);
	next_tick();
	note(object, holders_begin(true), addresses[1]);
	KUNIT_EXPECT_EQ(test, holder(object, false), addresses[1]);
	for (i = 0; i < 1023; i++) {
		holders_begin(true);
		KUNIT_ASSERT_EQ(test, holder(object, true), 0);
	}
	KUNIT_EXPECT_EQ(test, holder(object, false), 0);
	holders_end();
}

/* A table for whose holders there is no memory is counted, and gets them later. */
static void holders_lost(struct kunit *test)
{
	long before = stat_get(STAT_HOLDERS_LOST);

	if (!IS_ENABLED(CONFIG_FAILSLAB))
		kunit_skip(test, "no fault injection");
	/* Create the caches. */
	KUNIT_ASSERT_NE(test, holders_begin(true), 0);
	holders_end();
	before = stat_get(STAT_HOLDERS_LOST);
	fail_next();
	holders_begin(true);
	fail_no_more();
	KUNIT_EXPECT_GT(test, stat_get(STAT_HOLDERS_LOST), before);
	before = stat_get(STAT_HOLDERS_LOST);
	holders_begin(true);
	KUNIT_EXPECT_EQ(test, stat_get(STAT_HOLDERS_LOST), before);
	holders_end();
}

static struct kunit_case holders_cases[] = {
	KUNIT_CASE(holders_found_again),
	KUNIT_CASE(holders_of_those_before),
	KUNIT_CASE(holders_forgotten),
	KUNIT_CASE(holders_lost),
	{}
};

static struct kunit_suite holders_suite = {
	.name = "kmemleak_holders",
	.test_cases = holders_cases,
};

kunit_test_suite(holders_suite);
