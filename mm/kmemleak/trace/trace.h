/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Was the current stack seen before? The check that each allocation makes.
 *
 * A struct seen describes a stack as it once lay in memory: its return addresses, and
 * where they were. If they are there again, a walk would find them again, so it is
 * skipped; walk_same() says why. All that is left is a comparison for each frame, and
 * no comparison waits for the load of another.
 *
 * For hooks.c, and for trace.c, which fills the table. Invariants:
 *
 * - Entries of the table do not change, and what a reader reads depends on the pointer,
 *   so readers need no barrier. An entry is freed by RCU once it is out of the table.
 * - All CPUs share the table; it is written only for new stacks.
 */
#ifndef _MM_KMEMLEAK_TRACE_TRACE_H
#define _MM_KMEMLEAK_TRACE_TRACE_H

#include <linux/hash.h>
#include <linux/rcupdate.h>
#include <linux/stackdepot.h>

#include "store/slot.h"
#include "trace/walk.h"

/* Entries of a set: stacks that recur do not evict each other. */
#define KNOWN_WAYS	4
#define KNOWN_SETS	BIT(11)

extern u64 known_stacks[KNOWN_SETS][KNOWN_WAYS];

/* Entries of a set: stacks that alternate do not evict each other. */
#define SEEN_WAYS	4
#define SEEN_SETS_BITS	9

/**
 * struct seen - a stack that was seen
 * @walk: its return addresses
 * @handle: its handle in the stack depot
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
 * Select the set by the hook's caller, its stack depth, what the hook was called for,
 * and the system call: these tell most stacks apart.
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
 * Return: the stack that was seen; %NULL if the caller has to use trace_seen().
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
