// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the boot log, using logs of their own: calls that fit are kept in order;
 * others are counted and change nothing.
 */
#include <kunit/test.h>

#include "../store/early.h"

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

static struct kunit_case early_cases[] = {
	KUNIT_CASE(early_append_fits),
	KUNIT_CASE(early_append_full),
	KUNIT_CASE(early_append_no_room),
	{}
};

static struct kunit_suite early_suite = {
	.name = "kmemleak_early",
	.test_cases = early_cases,
};

kunit_test_suite(early_suite);
