// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the boot log, using logs of their own: calls that fit are kept in order;
 * others are counted and change nothing. And a test of what came from the boot log.
 */
#include <kunit/test.h>
#include <linux/array_size.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../store/early.h"
#include "../store/range.h"
#include "../trace/comm.h"
#include "errand.h"

#define LOG_ROOM	5

static void early_append_fits(struct kunit *test)
{
	struct early_entry entries[LOG_ROOM + 1] = {};
	struct early_log log = { .entry = entries, .size = LOG_ROOM };
	unsigned int i;

	for (i = 0; i < LOG_ROOM; i++) {
		struct early_entry entry = {
			.op = i & 1 ? EARLY_FREE : EARLY_ALLOC,
			.arg = -(s32)i,
			.addr = 0x1000 * i,
			.size = 64 + i,
			.caller = 0x100 + i,
		};

		KUNIT_EXPECT_EQ(test, log.used, i);
		KUNIT_EXPECT_TRUE(test, early_log_append(&log, &entry));
		/* The log has a copy. */
		memset(&entry, 0xff, sizeof(entry));
	}
	KUNIT_EXPECT_EQ(test, log.used, LOG_ROOM);
	KUNIT_EXPECT_EQ(test, log.lost, 0);
	for (i = 0; i < LOG_ROOM; i++) {
		KUNIT_EXPECT_EQ(test, entries[i].op,
				(u32)(i & 1 ? EARLY_FREE : EARLY_ALLOC));
		KUNIT_EXPECT_EQ(test, entries[i].arg, -(s32)i);
		KUNIT_EXPECT_EQ(test, entries[i].addr, 0x1000UL * i);
		KUNIT_EXPECT_EQ(test, entries[i].size, 64UL + i);
		KUNIT_EXPECT_EQ(test, entries[i].caller, 0x100UL + i);
	}
}

static void early_append_full(struct kunit *test)
{
	struct early_entry entries[LOG_ROOM + 1] = {};
	struct early_log log = { .entry = entries, .size = LOG_ROOM };
	struct early_entry entry = { .addr = 1 };
	unsigned int i;

	for (i = 0; i < LOG_ROOM; i++)
		KUNIT_EXPECT_TRUE(test, early_log_append(&log, &entry));
	entry.addr = 2;
	for (i = 1; i <= 3; i++) {
		KUNIT_EXPECT_FALSE(test, early_log_append(&log, &entry));
		KUNIT_EXPECT_EQ(test, log.lost, i);
	}
	KUNIT_EXPECT_EQ(test, log.used, LOG_ROOM);
	for (i = 0; i < LOG_ROOM; i++)
		KUNIT_EXPECT_EQ(test, entries[i].addr, 1UL);
	KUNIT_EXPECT_EQ(test, entries[LOG_ROOM].addr, 0UL);
}

static void early_append_no_room(struct kunit *test)
{
	struct early_log log = {};
	struct early_entry entry = {};

	KUNIT_EXPECT_FALSE(test, early_log_append(&log, &entry));
	KUNIT_EXPECT_EQ(test, log.used, 0);
	KUNIT_EXPECT_EQ(test, log.lost, 1);
}

/* Flags of an object that was just allocated are in its entry, even if that is the last. */
static void early_append_flags(struct kunit *test)
{
	struct early_entry entries[2] = {};
	struct early_log log = { .entry = entries, .size = ARRAY_SIZE(entries) };
	struct early_entry alloc = { .op = EARLY_ALLOC_SLAB, .addr = 1, .arg = 1 };
	struct early_entry flags = { .op = EARLY_FLAGS, .addr = 1, .arg = 4 };

	KUNIT_EXPECT_TRUE(test, early_log_append(&log, &flags));
	KUNIT_EXPECT_TRUE(test, early_log_append(&log, &alloc));
	KUNIT_EXPECT_TRUE(test, early_log_append(&log, &flags));
	flags.arg = 2;
	KUNIT_EXPECT_TRUE(test, early_log_append(&log, &flags));
	KUNIT_EXPECT_EQ(test, log.used, 2);
	KUNIT_EXPECT_EQ(test, entries[0].op, EARLY_FLAGS);
	KUNIT_EXPECT_EQ(test, entries[1].op, EARLY_ALLOC_SLAB);
	KUNIT_EXPECT_EQ(test, entries[1].arg, 1);
	KUNIT_EXPECT_EQ(test, entries[1].flags, 6);
	flags.addr = 2;
	KUNIT_EXPECT_FALSE(test, early_log_append(&log, &flags));
	/* What came later may have been freed, and its address given away again. */
	flags.addr = 1;
	KUNIT_EXPECT_FALSE(test, early_log_append(&log, &flags));
	KUNIT_EXPECT_EQ(test, entries[1].flags, 6);
	KUNIT_EXPECT_EQ(test, log.lost, 2);
}

/* There was one task, before it got the number of its CPU. */
static void early_task(struct kunit *test)
{
	unsigned long cache = (unsigned long)kmalloc_caches[KMALLOC_NORMAL][KMALLOC_SHIFT_LOW];
	struct comm comm;

	rcu_read_lock();
	comm_name(state_of(RANGE_VIRT, cache), &comm);
	rcu_read_unlock();
	KUNIT_EXPECT_TRUE_MSG(test, strstarts(comm.name, "swapper"), "%s", comm.name);
}

static struct kunit_case early_cases[] = {
	KUNIT_CASE(early_append_fits),
	KUNIT_CASE(early_append_full),
	KUNIT_CASE(early_append_no_room),
	KUNIT_CASE(early_append_flags),
	KUNIT_CASE(early_task),
	{}
};

static struct kunit_suite early_suite = {
	.name = "kmemleak_early",
	.test_cases = early_cases,
};

kunit_test_suite(early_suite);
