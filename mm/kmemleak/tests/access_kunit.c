// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of who may read reports: not on a kernel that is locked down, and no content if
 * kmemleak.hex_dump is 0.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/errno.h>

#include "../report/access.h"

static int always_locked_down(void)
{
	return -EPERM;
}

static int access_init(struct kunit *test)
{
	test->priv = (void *)(long)report_hex_dump;
	report_hex_dump = true;
	return 0;
}

static void access_exit(struct kunit *test)
{
	report_hex_dump = test->priv;
}

static void lockdown_closes_files(struct kunit *test)
{
	int before = report_locked_down();

	KUNIT_EXPECT_EQ(test, report_may_open(), before);
	kunit_activate_static_stub(test, report_locked_down, always_locked_down);
	KUNIT_EXPECT_EQ(test, report_may_open(), -EPERM);
	kunit_deactivate_static_stub(test, report_locked_down);
	KUNIT_EXPECT_EQ(test, report_may_open(), before);
}

static void lockdown_hides_content(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, report_shows_content(), !report_locked_down());
	kunit_activate_static_stub(test, report_locked_down, always_locked_down);
	KUNIT_EXPECT_FALSE(test, report_shows_content());
}

static void hex_dump_hides_content(struct kunit *test)
{
	report_hex_dump = false;
	KUNIT_EXPECT_FALSE(test, report_shows_content());
}

static struct kunit_case access_cases[] = {
	KUNIT_CASE(lockdown_closes_files),
	KUNIT_CASE(lockdown_hides_content),
	KUNIT_CASE(hex_dump_hides_content),
	{}
};

static struct kunit_suite access_suite = {
	.name = "kmemleak_access",
	.init = access_init,
	.exit = access_exit,
	.test_cases = access_cases,
};

kunit_test_suite(access_suite);
