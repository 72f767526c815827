// SPDX-License-Identifier: GPL-2.0
/*
 * Members of structures that hold no reference, although they may hold the address of
 * an object: text, numbers, and pointers that nobody follows any more.
 *
 * Each such member is a hole of its own. The order of members depends on the compiler
 * (CONFIG_RANDSTRUCT) and on the kernel's version, so nothing here relies on it: the
 * list is sorted when the detector starts.
 *
 * Invariant: every word that lies outside of the listed members is read.
 */
#include <linux/kmemleak.h>
#include <linux/sched.h>
#include <linux/sort.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <asm/kmemleak.h>

#include "store/holes.h"

#define TASK_HOLE(member)	KMEMLEAK_HOLE(struct task_struct, member)

/*
 * The tasks that a task woke last or was woken with, which may be gone since, and what
 * the scheduler counts, mostly nanoseconds. References in these members lead only to
 * tasks and their groups, which are also referenced elsewhere.
 */
static const struct kmemleak_hole task_members[] __initconst = {
#ifdef CONFIG_SMP
	TASK_HOLE(wake_entry),
	TASK_HOLE(wakee_flips),
	TASK_HOLE(wakee_flip_decay_ts),
	TASK_HOLE(last_wakee),
	TASK_HOLE(recent_used_cpu),
	TASK_HOLE(wake_cpu),
#endif
	TASK_HOLE(on_rq),
	TASK_HOLE(prio),
	TASK_HOLE(static_prio),
	TASK_HOLE(normal_prio),
	TASK_HOLE(rt_priority),
	TASK_HOLE(se),
};

/*
 * What was saved when a task left the CPU: its stack pointer, and the registers that
 * __schedule() used, one of which holds the task that ran next. mark_sleeper() reads
 * the registers of a task that can still run. A dead task stays in memory until a grace
 * period after it was reaped. By then its stack and the objects in its registers may
 * have new owners, and the dead task must not keep them referenced.
 */
static const struct kmemleak_hole thread_members[] __initconst = KMEMLEAK_THREAD_HOLES;

struct kmemleak_hole kmemleak_task_holes[ARRAY_SIZE(task_members) + ARRAY_SIZE(thread_members) + 1]
	__ro_after_init;

/*
 * mm/vmalloc.c has free areas scanned from rb_node to their end: the links, but not the
 * bounds.
 */
static_assert(offsetofend(struct vmap_area, va_start) <= offsetof(struct vmap_area, rb_node));
static_assert(offsetofend(struct vmap_area, va_end) <= offsetof(struct vmap_area, rb_node));
static_assert(offsetofend(struct vmap_area, rb_node) <= offsetof(struct vmap_area, list));

static int hole_cmp(const void *a, const void *b)
{
	const struct kmemleak_hole *left = a, *right = b;

	return left->start < right->start ? -1 : left->start > right->start;
}

/* Is there a word between two holes that touches neither? */
static bool word_between(const struct kmemleak_hole *before, const struct kmemleak_hole *behind)
{
	return ALIGN(before->end, sizeof(long)) + sizeof(long) <= behind->start;
}

/**
 * holes_sort() - sort holes
 * @holes: members of a structure in any order, and room for an entry that ends the list
 * @nr: number of members
 *
 * Holes without a whole word between them are merged. Empty ones are dropped.
 *
 * Return: the number of holes in the list now.
 */
unsigned int holes_sort(struct kmemleak_hole *holes, unsigned int nr)
{
	unsigned int i, nr_out = 0;

	sort(holes, nr, sizeof(*holes), hole_cmp, NULL);
	for (i = 0; i < nr; i++) {
		struct kmemleak_hole hole = holes[i];

		if (hole.start == hole.end)
			continue;
		if (nr_out && !word_between(&holes[nr_out - 1], &hole))
			holes[nr_out - 1].end = max(holes[nr_out - 1].end, hole.end);
		else
			holes[nr_out++] = hole;
	}
	holes[nr_out] = (struct kmemleak_hole) { };
	return nr_out;
}

/**
 * holes_init() - fill in and sort the list of holes
 *
 * Context: Before roots_init() and before the first scan.
 */
void __init holes_init(void)
{
	memcpy(kmemleak_task_holes, task_members, sizeof(task_members));
	memcpy(kmemleak_task_holes + ARRAY_SIZE(task_members), thread_members,
	       sizeof(thread_members));
	holes_sort(kmemleak_task_holes, ARRAY_SIZE(kmemleak_task_holes) - 1);
}
