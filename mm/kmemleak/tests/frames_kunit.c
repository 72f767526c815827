// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of who is to blame for an object: the function that called a helper, whichever
 * that is, and never the helper.
 */
#include <kunit/test.h>
#include <linux/device.h>
#include <linux/idr.h>
#include <linux/slab.h>
#include <linux/stackdepot.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "../store/object.h"
#include "../store/slot.h"
#include "../trace/frames.h"

#define SIZE	96

/* Whoever makes an object stores its address after the call, which is no tail call then. */
static void *made;

static noinline void blamed_for_slab(void)
{
	made = kmalloc(SIZE, GFP_KERNEL);
}

static noinline void blamed_for_copy(void)
{
	made = kmemdup("copied", sizeof("copied"), GFP_KERNEL);
}

static noinline void blamed_for_text(void)
{
	made = kasprintf(GFP_KERNEL, "text %d", SIZE);
}

static noinline void blamed_for_pages(void)
{
	made = vmalloc(PAGE_SIZE);
}

static noinline void blamed_for_large(void)
{
	made = kvmalloc(64 * PAGE_SIZE, GFP_KERNEL);
}

struct maker {
	const char *name;
	void (*make)(void);
};

#define MAKER(function)	{ #function, function }

static const struct maker makers[] = {
	MAKER(blamed_for_slab),
	MAKER(blamed_for_copy),
	MAKER(blamed_for_text),
	MAKER(blamed_for_pages),
	MAKER(blamed_for_large),
};

KUNIT_ARRAY_PARAM_DESC(makers, makers, name);

static u32 stack_of(const void *address)
{
	struct object_ref ref;
	u32 stack = 0;

	rcu_read_lock();
	if (object_find(RANGE_VIRT, untagged(address), &ref))
		stack = READ_ONCE(ref.slot->stack);
	rcu_read_unlock();
	return stack;
}

static void frames_blame(struct kunit *test)
{
	const struct maker *maker = test->param_value;
	char name[FRAME_TEXT];

	maker->make();
	KUNIT_ASSERT_NOT_NULL(test, made);
	snprintf(name, sizeof(name), "%ps", (void *)frame_of_stack(stack_of(made)));
	/* The compiler may have appended something. */
	name[strcspn(name, ". ")] = '\0';
	KUNIT_EXPECT_STREQ(test, name, maker->name);
	kvfree(made);
	made = NULL;
}

/* The allocator's own functions, as this kernel names them. */
static void frames_of_helpers(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, frame_is_helper((unsigned long)kmemdup_noprof + 1));
	KUNIT_EXPECT_TRUE(test, frame_is_helper((unsigned long)kasprintf + 1));
	KUNIT_EXPECT_TRUE(test, frame_is_helper((unsigned long)idr_alloc + 1));
	KUNIT_EXPECT_TRUE(test, frame_is_helper((unsigned long)dev_set_name + 1));
	KUNIT_EXPECT_FALSE(test, frame_is_helper((unsigned long)blamed_for_slab + 1));
	KUNIT_EXPECT_FALSE(test, frame_is_helper(FRAME_UNNAMED));
}

static void frames_of_none(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, frame_of_stack(0), (unsigned long)FRAME_UNNAMED);
}

static struct kunit_case frames_cases[] = {
	KUNIT_CASE_PARAM(frames_blame, makers_gen_params),
	KUNIT_CASE(frames_of_helpers),
	KUNIT_CASE(frames_of_none),
	{}
};

static struct kunit_suite frames_suite = {
	.name = "kmemleak_frames",
	.test_cases = frames_cases,
};

kunit_test_suite(frames_suite);
