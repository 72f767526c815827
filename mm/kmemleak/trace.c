// SPDX-License-Identifier: GPL-2.0
/*
 * Who allocated: stack, process and command, packed into a slot.
 *
 * May call: comm, the stack depot. Invariant: nothing here prints or sleeps.
 */
#define pr_fmt(fmt) "kmemleak: " fmt

#include <linux/jiffies.h>
#include <linux/stacktrace.h>

#include "kmemleak.h"

#define STACK_FRAMES	16
/* What of a stack is above the hook's caller: our frames, the unwinder's. */
#define STACK_OWN	8

/**
 * trace_stack() - store the stack from a caller on
 * @caller: return address in the function that called the hook
 * @gfp: what the caller may do to get memory; it never waits
 *
 * Context: Any but NMI.
 * Return: its handle in the stack depot, 0 if there is no memory for it.
 */
depot_stack_handle_t trace_stack(unsigned long caller, gfp_t gfp)
{
	unsigned long frames[STACK_OWN + STACK_FRAMES];
	depot_stack_handle_t handle;
	unsigned int nr, own;

	nr = stack_trace_save(frames, ARRAY_SIZE(frames), 0);
	for (own = 0; own < min(nr, STACK_OWN) && frames[own] != caller; own++)
		;
	/* An unwinder that does not see it gets no frame cut off. */
	if (own == nr || frames[own] != caller)
		own = 0;
	nr = min(nr - own, STACK_FRAMES);
	gfp = metadata_gfp(gfp) & ~__GFP_DIRECT_RECLAIM;
	handle = nr ? stack_depot_save(frames + own, nr, gfp) : 0;
	if (!handle)
		stat_inc(STAT_STACK_NOMEM);
	return handle;
}

/**
 * trace_slot() - fill in a slot for an object allocated now
 * @flags: OBJ_* to start with, %OBJ_LIVE among them
 * @caller: as for trace_stack()
 * @gfp: as for trace_stack()
 *
 * Context: Any but NMI.
 * Return: the slot.
 */
struct slot trace_slot(u32 flags, unsigned long caller, gfp_t gfp)
{
	struct slot slot = {
		.stack = trace_stack(caller, gfp),
		.birth = (u32)jiffies,
	};

	slot.state = flags | comm_current(&slot.pid) << OBJ_COMM_SHIFT;
	return slot;
}

/**
 * slot_change() - change the flags of a live object
 * @slot: its slot
 * @set: OBJ_* to set
 * @clear: OBJ_* to clear
 *
 * Context: Any.
 * Return: false, and nothing changed, if the slot is empty.
 */
bool slot_change(struct slot *slot, u32 set, u32 clear)
{
	u32 old = READ_ONCE(slot->state);

	do {
		if (!(old & OBJ_LIVE))
			return false;
	} while (!try_cmpxchg(&slot->state, &old, (old & ~clear) | set));
	return true;
}

/**
 * kmemleak_trace_init() - get the stack depot ready
 */
void __init kmemleak_trace_init(void)
{
	stack_depot_init();
}
