// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the range store. They use physical addresses where no machine has memory, so
 * that a scan at the same time does not read what they record.
 */
#include <kunit/test.h>
#include <linux/sizes.h>

#include "../store/areas.h"
#include "../store/object.h"
#include "../store/range.h"
#include "../store/slot.h"
#include "../store/stats.h"
#include "../mark/snapshot.h"

#define SPACE	RANGE_PHYS
#define BASE	((ULONG_MAX >> 1) & ~(SZ_1M - 1UL))

static const struct slot range_slot = {
	.stack = 11,
	.pid = 12,
	.birth = 13,
	.state = OBJ_LIVE | OBJ_GREY,
};

static bool insert(unsigned long offset, size_t size)
{
	return range_insert(SPACE, BASE + offset, size, 1, &range_slot,
			    GFP_KERNEL);
}

/* Offset at which the object that contains @offset begins; -1 if there is none. */
static long found_at(unsigned long offset)
{
	struct tracked_range *range;
	long start = -1;

	rcu_read_lock();
	range = range_find(SPACE, BASE + offset);
	if (range)
		start = range->node.start - BASE;
	rcu_read_unlock();
	return start;
}

static size_t size_of(unsigned long offset)
{
	struct tracked_range *range;
	size_t size = 0;

	rcu_read_lock();
	range = range_find(SPACE, BASE + offset);
	if (range)
		size = range_size(range);
	rcu_read_unlock();
	return size;
}

static void range_exit(struct kunit *test)
{
	range_cut(SPACE, BASE, SZ_1M);
	areas_drop(BASE, BASE + SZ_1M - 1);
}

static void range_insert_find_remove(struct kunit *test)
{
	struct tracked_range *range;

	KUNIT_EXPECT_EQ(test, found_at(0x100), -1L);
	KUNIT_ASSERT_TRUE(test, insert(0x100, 0x40));
	KUNIT_EXPECT_EQ(test, found_at(0xff), -1L);
	KUNIT_EXPECT_EQ(test, found_at(0x100), 0x100L);
	KUNIT_EXPECT_EQ(test, found_at(0x13f), 0x100L);
	KUNIT_EXPECT_EQ(test, found_at(0x140), -1L);

	rcu_read_lock();
	range = range_find(SPACE, BASE + 0x100);
	KUNIT_EXPECT_EQ(test, range->slot.stack, range_slot.stack);
	KUNIT_EXPECT_EQ(test, range->slot.pid, range_slot.pid);
	KUNIT_EXPECT_EQ(test, range->slot.birth, range_slot.birth);
	KUNIT_EXPECT_EQ(test, range->slot.state, range_slot.state);
	KUNIT_EXPECT_EQ(test, range->min_count, 1U);
	rcu_read_unlock();

	/* An object is removed by its first byte only, in its own space. */
	KUNIT_EXPECT_FALSE(test, range_remove(SPACE, BASE + 0x101));
	KUNIT_EXPECT_FALSE(test, range_remove(RANGE_PERCPU, BASE + 0x100));
	KUNIT_EXPECT_EQ(test, found_at(0x100), 0x100L);
	KUNIT_EXPECT_TRUE(test, range_remove(SPACE, BASE + 0x100));
	KUNIT_EXPECT_EQ(test, found_at(0x100), -1L);
	KUNIT_EXPECT_FALSE(test, range_remove(SPACE, BASE + 0x100));
}

static void range_insert_twice(struct kunit *test)
{
	long before = stat_get(STAT_BAD_DOUBLE);

	KUNIT_ASSERT_TRUE(test, insert(0, 0x40));
	KUNIT_EXPECT_FALSE(test, insert(0, 0x80));
	KUNIT_EXPECT_EQ(test, stat_get(STAT_BAD_DOUBLE), before + 1);
	KUNIT_EXPECT_EQ(test, size_of(0), 0x40UL);
	KUNIT_EXPECT_TRUE(test, range_remove(SPACE, BASE));
	KUNIT_EXPECT_EQ(test, found_at(0), -1L);
}

static void range_insert_crossing(struct kunit *test)
{
	long before = stat_get(STAT_BAD_OVERLAP);

	KUNIT_ASSERT_TRUE(test, insert(0, 0x100));
	KUNIT_EXPECT_TRUE(test, insert(0x80, 0x100));
	KUNIT_EXPECT_EQ(test, stat_get(STAT_BAD_OVERLAP), before + 1);
	KUNIT_EXPECT_EQ(test, found_at(0x7f), 0L);
	KUNIT_EXPECT_EQ(test, found_at(0x17f), 0x80L);
	KUNIT_EXPECT_TRUE(test, range_remove(SPACE, BASE));
	KUNIT_EXPECT_EQ(test, found_at(0x7f), -1L);
	KUNIT_EXPECT_EQ(test, found_at(0x80), 0x80L);
}

static void range_insert_nested(struct kunit *test)
{
	long before = stat_get(STAT_BAD_OVERLAP);

	KUNIT_ASSERT_TRUE(test, insert(0, 0x100));
	KUNIT_ASSERT_TRUE(test, insert(0x40, 0x20));
	/* A neighbour does not overlap either. */
	KUNIT_ASSERT_TRUE(test, insert(0x100, 0x20));
	KUNIT_EXPECT_EQ(test, stat_get(STAT_BAD_OVERLAP), before);
	KUNIT_EXPECT_EQ(test, found_at(0x3f), 0L);
	KUNIT_EXPECT_EQ(test, found_at(0x5f), 0x40L);
	KUNIT_EXPECT_EQ(test, found_at(0x60), 0L);
	KUNIT_EXPECT_TRUE(test, range_remove(SPACE, BASE + 0x40));
	KUNIT_EXPECT_EQ(test, found_at(0x5f), 0L);
}

static void range_insert_wrapping(struct kunit *test)
{
	long before = stat_get(STAT_BAD_OVERLAP);

	KUNIT_EXPECT_FALSE(test, range_insert(SPACE, ULONG_MAX - 7, 16, 1,
					      &range_slot, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, stat_get(STAT_BAD_OVERLAP), before + 1);
}

static void range_cut_middle(struct kunit *test)
{
	struct tracked_range *range;

	KUNIT_ASSERT_TRUE(test, insert(0, 0x300));
	KUNIT_EXPECT_TRUE(test, range_cut(SPACE, BASE + 0x100, 0x80));
	KUNIT_EXPECT_EQ(test, found_at(0xff), 0L);
	KUNIT_EXPECT_EQ(test, size_of(0), 0x100UL);
	KUNIT_EXPECT_EQ(test, found_at(0x100), -1L);
	KUNIT_EXPECT_EQ(test, found_at(0x17f), -1L);
	KUNIT_EXPECT_EQ(test, found_at(0x180), 0x180L);
	KUNIT_EXPECT_EQ(test, size_of(0x180), 0x180UL);

	/* Both parts are like the whole. */
	rcu_read_lock();
	range = range_find(SPACE, BASE + 0x180);
	KUNIT_EXPECT_EQ(test, range->slot.stack, range_slot.stack);
	KUNIT_EXPECT_EQ(test, range->slot.state, range_slot.state);
	KUNIT_EXPECT_EQ(test, range->min_count, 1U);
	rcu_read_unlock();
	KUNIT_EXPECT_FALSE(test, range_cut(SPACE, BASE + 0x100, 0x80));
}

static void range_cut_ends(struct kunit *test)
{
	KUNIT_ASSERT_TRUE(test, insert(0x100, 0x100));
	/* First from before its start, then past its end. */
	KUNIT_EXPECT_TRUE(test, range_cut(SPACE, BASE + 0x80, 0xa0));
	KUNIT_EXPECT_EQ(test, found_at(0x11f), -1L);
	KUNIT_EXPECT_EQ(test, found_at(0x120), 0x120L);
	KUNIT_EXPECT_TRUE(test, range_cut(SPACE, BASE + 0x1f0, 0x100));
	KUNIT_EXPECT_EQ(test, size_of(0x120), 0xd0UL);
	KUNIT_EXPECT_EQ(test, found_at(0x1f0), -1L);
	KUNIT_EXPECT_TRUE(test, range_cut(SPACE, BASE + 0x120, 0xd0));
	KUNIT_EXPECT_EQ(test, found_at(0x120), -1L);
}

static void range_cut_several(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 16; i++)
		KUNIT_ASSERT_TRUE(test, insert(i * 0x100, 0x80));
	KUNIT_EXPECT_TRUE(test, range_cut(SPACE, BASE + 0x140, 0xd00));
	KUNIT_EXPECT_EQ(test, found_at(0), 0L);
	KUNIT_EXPECT_EQ(test, size_of(0x100), 0x40UL);
	for (i = 2; i < 14; i++)
		KUNIT_EXPECT_EQ_MSG(test, found_at(i * 0x100), -1L, "%u", i);
	KUNIT_EXPECT_EQ(test, found_at(0xe3f), -1L);
	KUNIT_EXPECT_EQ(test, found_at(0xe40), 0xe40L);
	KUNIT_EXPECT_EQ(test, size_of(0xf00), 0x80UL);
}

static void range_covers_whole(struct kunit *test)
{
	KUNIT_ASSERT_TRUE(test, insert(0x100, 0x100));
	KUNIT_ASSERT_TRUE(test, insert(0x200, 0x100));
	KUNIT_EXPECT_TRUE(test, range_covers(SPACE, BASE + 0x100, 0x100));
	KUNIT_EXPECT_TRUE(test, range_covers(SPACE, BASE + 0x1ff, 1));
	KUNIT_EXPECT_FALSE(test, range_covers(SPACE, BASE + 0xff, 2));
	/* Two adjacent objects are not one. */
	KUNIT_EXPECT_FALSE(test, range_covers(SPACE, BASE + 0x1ff, 2));
	KUNIT_EXPECT_FALSE(test, range_covers(SPACE, BASE + 0x300, 1));
}

static unsigned long next_start(unsigned long *addr)
{
	struct tracked_range *range = range_get_next(SPACE, addr);
	unsigned long start = range ? range->node.start : 0;

	if (range)
		range_put(range);
	return start;
}

static void range_in_order(struct kunit *test)
{
	unsigned long addr = BASE;

	KUNIT_ASSERT_TRUE(test, insert(0x400, 0x40));
	KUNIT_ASSERT_TRUE(test, insert(0x200, 0x40));
	KUNIT_ASSERT_TRUE(test, insert(0x600, 0x40));
	/* In the order of addresses, whatever the order of insertion. */
	KUNIT_EXPECT_EQ(test, next_start(&addr), BASE + 0x200);
	KUNIT_EXPECT_EQ(test, addr, BASE + 0x201);
	KUNIT_EXPECT_EQ(test, next_start(&addr), BASE + 0x400);
	/* The walk skips objects freed meanwhile, and finds new ones. */
	range_remove(SPACE, BASE + 0x600);
	KUNIT_ASSERT_TRUE(test, insert(0x500, 0x40));
	KUNIT_EXPECT_EQ(test, next_start(&addr), BASE + 0x500);
	KUNIT_EXPECT_EQ(test, addr, BASE + 0x501);
}

static void expect_sorted(struct kunit *test, const struct view_list *list)
{
	unsigned int i;

	for (i = 1; i < list->nr; i++)
		KUNIT_ASSERT_LE(test, list->view[i - 1].start,
				list->view[i].start);
}

/* More than what is copied at a time under the lock. */
#define MANY	200

static void range_snapshot_whole(struct kunit *test)
{
	struct slot slot = range_slot;
	struct object_ref ref = { .start = BASE, .size = SZ_1M, .slot = &slot };
	struct range_snapshot snapshot;
	unsigned int i, first = 0;

	for (i = 0; i < MANY; i++)
		KUNIT_ASSERT_TRUE(test, area_add(&ref, BASE + i * 0x100,
						 BASE + i * 0x100 + 7,
						       GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, range_snapshot_take(&snapshot), 0);
	expect_sorted(test, &snapshot.virt);
	expect_sorted(test, &snapshot.percpu);
	/* It also contains all ranges of the kernel. */
	KUNIT_EXPECT_GT(test, snapshot.percpu.nr, 0U);
	while (first < snapshot.nr_areas && snapshot.areas[first].start < BASE)
		first++;
	KUNIT_EXPECT_GE(test, snapshot.nr_areas - first, (unsigned int)MANY);
	for (i = 0; i < MANY && first + i < snapshot.nr_areas; i++)
		KUNIT_EXPECT_EQ(test, snapshot.areas[first + i].start,
				BASE + i * 0x100);
	range_snapshot_drop(&snapshot);
}

/* Interrupts are off while areas are copied, so no more than some are copied at once. */
static void range_areas_in_batches(struct kunit *test)
{
	struct slot slot = range_slot;
	struct object_ref ref = { .start = BASE, .size = SZ_1M, .slot = &slot };
	struct area_view *area = kunit_kcalloc(test, MANY, sizeof(*area), GFP_KERNEL);
	unsigned long addr = BASE;
	unsigned int i, nr, total = 0;

	KUNIT_ASSERT_NOT_NULL(test, area);
	for (i = 0; i < MANY; i++)
		KUNIT_ASSERT_TRUE(test, area_add(&ref, BASE + i * 0x100,
						 BASE + i * 0x100 + 7,
						 GFP_KERNEL));
	/* Those of other objects may follow. */
	while (total < MANY && (nr = areas_get(&addr, area, MANY))) {
		KUNIT_EXPECT_LE(test, nr, 16U);
		for (i = 0; i < nr && total < MANY; i++)
			KUNIT_ASSERT_EQ(test, area[i].start, BASE + total++ * 0x100);
	}
	KUNIT_EXPECT_EQ(test, total, (unsigned int)MANY);
}

struct range_total {
	unsigned long objects;
	unsigned long bytes;
};

static void add_up(struct tracked_range *range, void *arg)
{
	struct range_total *total = arg;

	total->objects++;
	total->bytes += range_size(range);
}

static void range_metadata_counted(struct kunit *test)
{
	struct range_total then = {}, now = {};

	range_walk(add_up, &then);
	KUNIT_ASSERT_TRUE(test, insert(0, SZ_64K));
	range_walk(add_up, &now);
	/* The rest of the kernel allocates meanwhile, but less than half as much. */
	KUNIT_EXPECT_GT(test, now.bytes, then.bytes + SZ_32K);
	KUNIT_EXPECT_GT(test, now.objects, 0UL);
	KUNIT_EXPECT_GE(test, range_metadata_bytes(),
			(long)sizeof(struct tracked_range));
}

/* Any address in an object refers to it unless it is more likely to be a number. */
static void range_referred_numbers(struct kunit *test)
{
	static const struct {
		unsigned long start;
		unsigned long size;
		unsigned long offset;
		bool referred;
	} cases[] = {
		{ BASE, 64, 0, true },
		{ BASE, 64, 63, true },
		{ BASE, 64, 64, false },
		{ BASE, SZ_1M, SZ_64K + 1, true },
		{ BASE, SZ_2M, SZ_64K + 1, false },
		{ BASE, SZ_2M, SZ_64K + 8, true },
		{ BASE, SZ_2M, 1, true },
		{ SZ_64K, 64, 0, true },
		{ SZ_64K, 64, 3, true },
		{ SZ_64K, 64, 4, false },
		{ SZ_64K, 64, 8, false },
		{ SZ_16M, 64, 8, true },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		KUNIT_EXPECT_EQ_MSG(test, cases[i].referred,
				    range_referred(cases[i].start, cases[i].start +
						   cases[i].size - 1, cases[i].start +
						   cases[i].offset),
				    "case %u", i);
}

static struct kunit_case range_cases[] = {
	KUNIT_CASE(range_insert_find_remove),
	KUNIT_CASE(range_insert_twice),
	KUNIT_CASE(range_insert_crossing),
	KUNIT_CASE(range_insert_nested),
	KUNIT_CASE(range_insert_wrapping),
	KUNIT_CASE(range_cut_middle),
	KUNIT_CASE(range_cut_ends),
	KUNIT_CASE(range_cut_several),
	KUNIT_CASE(range_covers_whole),
	KUNIT_CASE(range_in_order),
	KUNIT_CASE(range_snapshot_whole),
	KUNIT_CASE(range_areas_in_batches),
	KUNIT_CASE(range_metadata_counted),
	KUNIT_CASE(range_referred_numbers),
	{}
};

static struct kunit_suite range_suite = {
	.name = "kmemleak_range",
	.exit = range_exit,
	.test_cases = range_cases,
};

kunit_test_suite(range_suite);
