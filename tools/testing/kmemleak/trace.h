/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stands for mm/kmemleak/trace/, which is about this machine's stacks and tasks: all
 * objects have one of two stacks. It has the guards of the headers there.
 */
#ifndef _HARNESS_TRACE_H
#define _HARNESS_TRACE_H

#define _MM_KMEMLEAK_TRACE_TRACE_H
#define _MM_KMEMLEAK_TRACE_WALK_H
#define _MM_KMEMLEAK_TRACE_COMM_H

#include <linux/sched.h>
#include <linux/stackdepot.h>

#include "store/slot.h"

#define TRACE_STACK		1
#define TRACE_STACK_OTHER	2

struct trace_here {
	unsigned long caller;
};

#define TRACE_HERE ((struct trace_here) { .caller = _RET_IP_ })

struct seen {
	depot_stack_handle_t handle;
};

extern unsigned char comm_table[1];
extern unsigned char known_stacks[1];

/* Some allocations go the long way, depending on their size. */
static inline const struct seen *trace_at_hand(struct trace_here here, u32 what)
{
	static const struct seen seen = { .handle = TRACE_STACK };

	(void)here;
	return what % 3 ? &seen : NULL;
}

static inline depot_stack_handle_t trace_seen(struct trace_here here, u32 what, gfp_t gfp)
{
	(void)here;
	(void)what;
	(void)gfp;
	return TRACE_STACK;
}

static inline depot_stack_handle_t trace_stack(struct trace_here here, u32 what, gfp_t gfp)
{
	return trace_seen(here, what, gfp) + TRACE_STACK_OTHER - TRACE_STACK;
}

static inline u32 comm_current(u32 *pid)
{
	*pid = current->pid;
	return 0;
}

static inline bool comm_at_hand(u32 *pid, u32 *index)
{
	*index = comm_current(pid);
	return true;
}

static inline void comm_recycle(void)
{
}

static inline struct slot trace_slot(u32 flags, struct trace_here here, gfp_t gfp)
{
	return (struct slot) {
		.stack = trace_seen(here, 0, gfp),
		.birth = (u32)jiffies,
		.state = flags,
	};
}

static inline void kmemleak_trace_init(void)
{
}

static inline void trace_teardown(void)
{
}

#endif /* _HARNESS_TRACE_H */
