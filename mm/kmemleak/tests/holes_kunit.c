// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the lists of holes, and of the hints that contain them: whatever the order
 * of members, exactly the words that belong to a listed member are left out.
 */
#include <kunit/test.h>
#include <linux/dcache.h>
#include <linux/fs_struct.h>
#include <linux/kmemleak.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <asm/kmemleak.h>

#include "../../slab.h"

#include "../store/hint.h"
#include "../store/holes.h"

#define WORD		sizeof(long)
#define MEMBERS_MAX	5
#define STRUCT_WORDS	64

/**
 * struct layout - members of a structure, as a compiler may lay them out
 * @name: name of the case
 * @nr: number of members
 * @nr_out: number of holes that they result in
 * @member: the members
 */
struct layout {
	const char *name;
	unsigned int nr;
	unsigned int nr_out;
	struct kmemleak_hole member[MEMBERS_MAX];
};

static const struct layout layouts[] = {
	{ "none", 0, 0, { } },
	{ "at the start", 1, 1, { { 0, WORD } } },
	{ "far from each other", 4, 4, {
		{ 3 * WORD, 4 * WORD }, { 9 * WORD, 20 * WORD },
		{ 30 * WORD, 31 * WORD }, { 62 * WORD, 64 * WORD } } },
	{ "a word between", 3, 3, {
		{ WORD, 2 * WORD }, { 3 * WORD, 4 * WORD }, { 5 * WORD, 6 * WORD } } },
	{ "side by side", 4, 1, {
		{ 5 * WORD, 6 * WORD }, { 6 * WORD, 8 * WORD },
		{ 8 * WORD, 16 * WORD }, { 16 * WORD, 17 * WORD } } },
	{ "small ones, padding between", 4, 1, {
		{ 2 * WORD, 2 * WORD + 4 }, { 2 * WORD + 4, 3 * WORD },
		{ 3 * WORD, 3 * WORD + 1 }, { 4 * WORD, 9 * WORD } } },
	{ "small ones, a word between", 2, 2, {
		{ 2 * WORD, 2 * WORD + 1 }, { 4 * WORD, 4 * WORD + 2 } } },
	{ "one inside another", 3, 1, {
		{ 10 * WORD, 30 * WORD }, { 12 * WORD, 13 * WORD },
		{ 10 * WORD, 11 * WORD } } },
	{ "overlapping", 2, 1, { { 7 * WORD, 12 * WORD }, { 11 * WORD, 15 * WORD } } },
	{ "nothing in some", 4, 1, {
		{ 0, 0 }, { 6 * WORD, 6 * WORD }, { 4 * WORD, 5 * WORD },
		{ 9 * WORD, 9 * WORD } } },
};

/* Is any byte of a word in one of the members? */
static bool in_member(const struct kmemleak_hole *member, unsigned int nr, unsigned int word)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (member[i].start < (word + 1) * WORD && member[i].end > word * WORD &&
		    member[i].start < member[i].end)
			return true;
	return false;
}

/* Is a word left out if the gaps between holes are read in the order of the list? */
static bool left_out(const struct kmemleak_hole *hole, unsigned int word)
{
	unsigned long start = 0, first = word * WORD, end = first + WORD;

	for (; hole->end; hole++) {
		if (start <= first && end <= hole->start)
			return false;
		start = max_t(unsigned long, start, hole->end);
	}
	return start > first;
}

static void expect_sorted(struct kunit *test, const struct layout *layout,
			  const struct kmemleak_hole *order)
{
	struct kmemleak_hole holes[MEMBERS_MAX + 1];
	unsigned int i;

	memset(holes, 0xff, sizeof(holes));
	memcpy(holes, order, layout->nr * sizeof(*holes));
	KUNIT_EXPECT_EQ(test, holes_sort(holes, layout->nr), layout->nr_out);
	KUNIT_EXPECT_EQ(test, holes[layout->nr_out].end, 0);
	for (i = 1; i < layout->nr_out; i++)
		KUNIT_EXPECT_LT(test, holes[i - 1].end, holes[i].start);
	for (i = 0; i < STRUCT_WORDS; i++)
		KUNIT_EXPECT_EQ_MSG(test, left_out(holes, i),
				    in_member(layout->member, layout->nr, i),
				    "%s: word %u", layout->name, i);
}

/* Try all orders of the members from @first on. */
static void expect_in_any_order(struct kunit *test, const struct layout *layout,
				struct kmemleak_hole *order, unsigned int first)
{
	unsigned int i;

	if (first >= layout->nr) {
		expect_sorted(test, layout, order);
		return;
	}
	for (i = first; i < layout->nr; i++) {
		swap(order[first], order[i]);
		expect_in_any_order(test, layout, order, first + 1);
		swap(order[first], order[i]);
	}
}

static void holes_members_in_any_order(struct kunit *test)
{
	struct kmemleak_hole order[MEMBERS_MAX];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(layouts); i++) {
		memcpy(order, layouts[i].member, sizeof(order));
		expect_in_any_order(test, &layouts[i], order, 0);
	}
}

#define TASK_MEMBER(member)	KMEMLEAK_HOLE(struct task_struct, member)

/* Members that may be the only reference to an object are read. */
static void holes_spare_other_members(struct kunit *test)
{
	static const struct kmemleak_hole read[] = {
		TASK_MEMBER(stack), TASK_MEMBER(mm), TASK_MEMBER(active_mm),
		TASK_MEMBER(files), TASK_MEMBER(fs), TASK_MEMBER(signal),
		TASK_MEMBER(sighand), TASK_MEMBER(cred), TASK_MEMBER(real_cred),
		TASK_MEMBER(nsproxy), TASK_MEMBER(thread_pid), TASK_MEMBER(parent),
		TASK_MEMBER(children), TASK_MEMBER(tasks), TASK_MEMBER(sched_class),
		TASK_MEMBER(pending), TASK_MEMBER(task_works), TASK_MEMBER(journal_info),
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(read); i++)
		KUNIT_EXPECT_FALSE_MSG(test, left_out(kmemleak_task_holes, read[i].start / WORD),
				       "member %u at %u", i, read[i].start);
}

static void expect_left_out(struct kunit *test, const struct kmemleak_hole *unread,
			    unsigned int nr)
{
	unsigned int i, word;

	for (i = 0; i < nr; i++)
		for (word = unread[i].start / WORD; word < unread[i].end / WORD; word++)
			KUNIT_EXPECT_TRUE_MSG(test, left_out(kmemleak_task_holes, word),
					      "member %u, word %u", i, word);
}

/* Members that keep pointing to freed objects, and counters, are not read. */
static void holes_leave_out_members(struct kunit *test)
{
	static const struct kmemleak_hole unread[] = {
		TASK_MEMBER(se.vruntime), TASK_MEMBER(se.exec_start),
#ifdef CONFIG_SMP
		TASK_MEMBER(wake_entry), TASK_MEMBER(last_wakee),
#endif
	};
	static const struct kmemleak_hole thread[] = KMEMLEAK_THREAD_HOLES;

	expect_left_out(test, unread, ARRAY_SIZE(unread));
	expect_left_out(test, thread, ARRAY_SIZE(thread));
}

/* Get the hint that the owner of an object's cache gave. */
static const struct cache_hint *hint_for(struct kunit *test, const void *object)
{
	const struct cache_hint *hint = hint_of(virt_to_slab(object)->slab_cache);

	if (!hint)
		kunit_skip(test, "the cache is shared with other owners");
	return hint;
}

static void holes_hints_of_owners(struct kunit *test)
{
	static const struct kmemleak_hole name = KMEMLEAK_HOLE(struct dentry, d_iname);
	const struct cache_hint *hint;

	hint = hint_for(test, current);
	KUNIT_EXPECT_TRUE(test, hint->kind & KMEMLEAK_CACHE_WRITTEN);
	KUNIT_EXPECT_PTR_EQ(test, hint->holes, (const struct kmemleak_hole *)kmemleak_task_holes);
	hint = hint_for(test, current->fs->root.dentry);
	KUNIT_EXPECT_EQ(test, hint->kind, 0U);
	KUNIT_ASSERT_NOT_NULL(test, hint->holes);
	KUNIT_EXPECT_MEMEQ(test, hint->holes, &name, sizeof(name));
	KUNIT_EXPECT_EQ(test, hint->holes[1].end, 0U);
}

static struct kunit_case holes_cases[] = {
	KUNIT_CASE(holes_members_in_any_order),
	KUNIT_CASE(holes_spare_other_members),
	KUNIT_CASE(holes_leave_out_members),
	KUNIT_CASE(holes_hints_of_owners),
	{}
};

static struct kunit_suite holes_suite = {
	.name = "kmemleak_holes",
	.test_cases = holes_cases,
};

kunit_test_suite(holes_suite);
