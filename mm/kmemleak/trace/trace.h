/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Is the stack one that was seen before? What each allocation does to find out.
 *
 * A struct seen is a stack as it once lay in memory: where its return addresses
 * were, and which. If they are there again, a walk would find them again, so
 * there is none: walk_same() says why. All that is left is a comparison for each
 * frame, and none waits for another's load.
 *
 * For hooks.c, and for trace.c, which fills the table. Invariants:
 *
 * - What is in the table does not change, so a reader needs no barrier: what it
 *   reads depends on the pointer. It is freed by RCU once it is out of the table.
 * - All CPUs share the table; it is written only for what is new.
 */
#ifndef _MM_KMEMLEAK_TRACE_TRACE_H
#define _MM_KMEMLEAK_TRACE_TRACE_H

#include <linux/hash.h>
#include <linux/rcupdate.h>
#include <linux/stackdepot.h>

#include "store/slot.h"
#include "trace/walk.h"

/* Sets of so many: stacks that are met time and again do not put each other out. */
#define KNOWN_WAYS	4
#define KNOWN_SETS	BIT(11)

extern u64 known_stacks[KNOWN_SETS][KNOWN_WAYS];

/* Sets of so many: stacks that are met in turns do not put each other out. */
#define SEEN_WAYS	4
#define SEEN_SETS_BITS	9

/**
 * struct seen - a stack that was seen
 * @walk: its return addresses
 * @handle: the same in the stack depot
 * @rcu: for the deferred free
 */
struct seen {
	struct walk walk;
	depot_stack_handle_t handle;
	struct rcu_head rcu;
};

extern struct seen *seen_stacks[BIT(SEEN_SETS_BITS)][SEEN_WAYS];

extern unsigned int verify_stacks;

depot_stack_handle_t trace_seen(struct trace_here here, u32 what, gfp_t gfp);

/*
 * By the hook's caller, how deep that is, what the hook was called for, and in
 * which system call: that tells most stacks from each other.
 */
static __always_inline struct seen **seen_set(struct trace_here here,
					      u32 what)
{
	u32 key = (u32)here.caller ^ (u32)(unsigned long)here.frame << 17 ^
		  what << 7 ^ walk_hint();

	return seen_stacks[hash_32(key, SEEN_SETS_BITS)];
}

/**
 * trace_at_hand() - is the stack the first one of its set?
 * @here: where the hook was called
 * @what: as for trace_stack()
 *
 * Context: Any but NMI, preemption off.
 * Return: what was seen; %NULL where trace_seen() has to be asked.
 */
static __always_inline const struct seen *trace_at_hand(struct trace_here here,
							u32 what)
{
	const struct seen *first = READ_ONCE(*seen_set(here, what));

	if (unlikely(!first) || unlikely(!walk_same(&first->walk, here)) ||
	    unlikely(READ_ONCE(verify_stacks)))
		return NULL;
	return first;
}

struct slot trace_slot(u32 flags, struct trace_here here, gfp_t gfp);
depot_stack_handle_t trace_stack(struct trace_here here, u32 what, gfp_t gfp);
void __init kmemleak_trace_init(void);
void trace_teardown(void);

#endif
