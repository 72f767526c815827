// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of what is found to be printed: the object of an address, whatever its kind, and
 * the name of a frame, whatever became of its code.
 */
#include <kunit/test.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/kallsyms.h>
#include <linux/kmemleak.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../kmemleak.h"
#include "../report/text.h"
#include "../trace/frames.h"

static void dump_virtual(struct kunit *test)
{
	u8 *object = kmalloc(64, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, object);
	KUNIT_EXPECT_EQ(test, report_dump((unsigned long)object), 0);
	KUNIT_EXPECT_EQ(test, report_dump((unsigned long)object + 63), 0);
	kfree(object);
}

static void dump_percpu(struct kunit *test)
{
	void __percpu *object = __alloc_percpu(64, 8);

	KUNIT_ASSERT_NOT_NULL(test, (__force void *)object);
	KUNIT_EXPECT_EQ(test, report_dump((__force unsigned long)object), 0);
	KUNIT_EXPECT_EQ(test, report_dump((__force unsigned long)object + 63), 0);
	free_percpu(object);
	KUNIT_EXPECT_EQ(test, report_dump((__force unsigned long)object), -EINVAL);
}

static void dump_physical(struct kunit *test)
{
	void *page = (void *)__get_free_page(GFP_KERNEL);
	phys_addr_t phys = virt_to_phys(page);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, report_dump(phys), -EINVAL);
	kmemleak_alloc_phys(phys, PAGE_SIZE, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, report_dump(phys), 0);
	KUNIT_EXPECT_EQ(test, report_dump(phys + PAGE_SIZE - 1), 0);
	kmemleak_free_part_phys(phys, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, report_dump(phys), -EINVAL);
	free_page((unsigned long)page);
}

static void expect_name(struct kunit *test, const char *begin, const char *end)
{
	char text[FRAME_TEXT];

	/* Frames at both ends; the last function may be short. */
	frame_text((unsigned long)begin + 1, text, sizeof(text));
	KUNIT_EXPECT_TRUE_MSG(test, strncmp(text, "0x", 2), "%s", text);
	frame_text((unsigned long)end - 1, text, sizeof(text));
	KUNIT_EXPECT_TRUE_MSG(test, strncmp(text, "0x", 2), "%s", text);
}

static void names_of_code(struct kunit *test)
{
	expect_name(test, _stext, _etext);
}

/* That of the kernel is freed after boot, and its symbols stay. */
static void names_of_init_code(struct kunit *test)
{
	expect_name(test, _sinittext, _einittext);
}

static int text_init(struct kunit *test)
{
	if (!kmemleak_is_on())
		kunit_skip(test, "the detector is off");
	return 0;
}

static struct kunit_case text_cases[] = {
	KUNIT_CASE(dump_virtual),
	KUNIT_CASE(dump_percpu),
	KUNIT_CASE(dump_physical),
	KUNIT_CASE(names_of_code),
	KUNIT_CASE(names_of_init_code),
	{}
};

static struct kunit_suite text_suite = {
	.name = "kmemleak_text",
	.init = text_init,
	.test_cases = text_cases,
};

kunit_test_suite(text_suite);
