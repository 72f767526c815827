// SPDX-License-Identifier: GPL-2.0
/*
 * Stack capture: from the frames of an allocation to a handle of the stack
 * depot, which most often has the stack already.
 *
 *	return addresses -> hash of them all -> known[] -> handle
 *	                                           | not there
 *	                                           v
 *	                            unwind, store in the depot, note in known[]
 *
 * walk_stack() reads the return addresses as they lie on the stack, without
 * asking what they are; the unwinder knows more: it goes on behind an interrupt,
 * and puts what a tracer has replaced back in its place. So a stack is noted only
 * if both saw the same addresses. Where the unwinder sees something else, it
 * does so each time: the words it was misled by are in the hash.
 *
 * May call: walk, comm, the stack depot; the interface, to have memory of ours left
 * unread. Invariants:
 *
 * - An entry of known[] is one word, handle and check bits of the hash together,
 *   written and read at once: no reader sees half of one. Any CPU may overwrite
 *   any entry; the stack that was there is just not known any more. Two stacks
 *   are taken for one if 45 bits of their hashes are the same.
 * - The depot keeps what is stored in it for ever, so a handle stays good.
 * - Nothing here prints or sleeps.
 */
#define pr_fmt(fmt) "kmemleak: " fmt

#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/stacktrace.h>

#include "kmemleak.h"
#include "walk.h"

/* What of a stack is above the hook's caller: our frames, the unwinder's. */
#define STACK_OWN	8

static unsigned int verify_stacks;
module_param(verify_stacks, uint, 0644);
MODULE_PARM_DESC(verify_stacks, "unwind every Nth stack that is known, too, and compare; 0 for never");

/* ---- Stacks that are known ---- */

#define KNOWN_BITS	13

static u64 known[BIT(KNOWN_BITS)];

/* The entry a stack belongs in, and the check bits it has there. */
static u64 *known_entry(u64 hash)
{
	return &known[hash & (BIT(KNOWN_BITS) - 1)];
}

static u32 known_check(u64 hash)
{
	return hash >> 32;
}

static depot_stack_handle_t known_find(u64 hash)
{
	u64 entry = READ_ONCE(*known_entry(hash));

	return entry >> 32 == known_check(hash) ? (u32)entry : 0;
}

static void known_add(u64 hash, depot_stack_handle_t handle)
{
	WRITE_ONCE(*known_entry(hash), (u64)known_check(hash) << 32 | handle);
}

/* ---- Capture ---- */

/* Returns how many addresses there are from the hook's caller on, and these. */
static unsigned int unwind(const struct trace_here *here,
			   unsigned long *addresses)
{
	unsigned long all[STACK_OWN + STACK_FRAMES];
	unsigned int nr, own;

	nr = stack_trace_save(all, ARRAY_SIZE(all), 0);
	for (own = 0; own < min(nr, STACK_OWN) && all[own] != here->caller; own++)
		;
	/* An unwinder that does not see it gets no frame cut off. */
	if (own == nr || all[own] != here->caller)
		own = 0;
	nr = min(nr - own, STACK_FRAMES);
	memcpy(addresses, all + own, nr * sizeof(*addresses));
	return nr;
}

/* A stack that is not known, or not to be known. */
static noinline depot_stack_handle_t learn(const struct trace_here *here,
					   gfp_t gfp)
{
	unsigned long walked[STACK_FRAMES], addresses[STACK_FRAMES];
	unsigned int nr, nr_walked = 0;
	depot_stack_handle_t handle;
	u64 hash;

	stat_inc(STAT_STACK_UNWOUND);
	walk_learn(here);
	hash = walk_stack(here, walked, &nr_walked);
	nr = unwind(here, addresses);
	gfp = metadata_gfp(gfp) & ~__GFP_DIRECT_RECLAIM;
	handle = nr ? stack_depot_save(addresses, nr, gfp) : 0;
	if (!handle)
		stat_inc(STAT_STACK_NOMEM);
	else if (hash && nr_walked >= nr &&
		 !memcmp(walked, addresses, nr * sizeof(*walked)))
		known_add(hash, handle);
	return handle;
}

/* Is a stack that was known what the unwinder makes of it, now and then? */
static noinline void verify(const struct trace_here *here,
			    depot_stack_handle_t handle)
{
	static DEFINE_PER_CPU(unsigned int, turn);
	unsigned long addresses[STACK_FRAMES];
	unsigned int every = READ_ONCE(verify_stacks);
	unsigned long *stored;
	unsigned int nr;

	if (!every || this_cpu_inc_return(turn) % every)
		return;
	nr = unwind(here, addresses);
	stat_inc(STAT_STACK_VERIFIED);
	if (stack_depot_fetch(handle, &stored) != nr ||
	    memcmp(stored, addresses, nr * sizeof(*stored)))
		stat_inc(STAT_STACK_MISMATCHES);
}

/**
 * trace_stack() - store the stack from a caller on
 * @here: where the hook was called
 * @gfp: what the caller may do to get memory; it never waits
 *
 * Context: Any but NMI.
 * Return: its handle in the stack depot, 0 if there is no memory for it.
 */
depot_stack_handle_t trace_stack(const struct trace_here *here, gfp_t gfp)
{
	unsigned int nr;
	u64 hash = walk_stack(here, NULL, &nr);
	depot_stack_handle_t handle = known_find(hash);

	if (unlikely(!hash || !handle))
		return learn(here, gfp);
	if (unlikely(READ_ONCE(verify_stacks)))
		verify(here, handle);
	return handle;
}

/**
 * trace_slot() - fill in a slot for an object allocated now
 * @flags: OBJ_* to start with, %OBJ_LIVE among them
 * @here: as for trace_stack()
 * @gfp: as for trace_stack()
 *
 * Context: Any but NMI.
 * Return: the slot.
 */
struct slot trace_slot(u32 flags, const struct trace_here *here, gfp_t gfp)
{
	struct slot slot = {
		.stack = trace_stack(here, gfp),
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

/**
 * trace_unread() - take what is here out of the kernel's data
 *
 * Hashes look like references, and are none.
 */
void __init trace_unread(void)
{
	kmemleak_free_part(known, sizeof(known));
	walk_unread();
}
