// SPDX-License-Identifier: GPL-2.0
/*
 * Who allocated: stack, process and command, packed into a slot.
 *
 * May call: memory, the stack depot. Invariants:
 *
 * - A command's name is stored once. comm_used[] of an entry is set with
 *   release after its text, under comm_lock, and never cleared: readers take
 *   no lock.
 * - Nothing here prints or sleeps.
 */
#define pr_fmt(fmt) "kmemleak: " fmt

#include <linux/hash.h>
#include <linux/sched.h>
#include <linux/stacktrace.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include "kmemleak.h"

#define STACK_FRAMES	16
/* What of a stack is above the hook's caller: our frames, the unwinder's. */
#define STACK_OWN	8

#define COMM_BITS	12
#define COMM_PROBES	16

struct comm {
	char name[TASK_COMM_LEN];
};

static struct comm comm_table[BIT(COMM_BITS)];
static bool comm_used[BIT(COMM_BITS)];
static DEFINE_RAW_SPINLOCK(comm_lock);

/* What pid 0 and index 0 stand for, before anything is stored. */
static const char comm_unknown[] = "?";

static unsigned int comm_slot(const struct comm *comm, unsigned int probe)
{
	u64 lo = get_unaligned((const u64 *)comm->name);
	u64 hi = get_unaligned((const u64 *)(comm->name + 8));

	/* Entry 0 stays free: it stands for "unknown". */
	return ((hash_64(lo ^ rol64(hi, 29), COMM_BITS) + probe) &
		(BIT(COMM_BITS) - 1)) ?: 1;
}

/* Context: comm_lock held. Returns 0 where there is no room. */
static u32 comm_insert(const struct comm *comm)
{
	unsigned int i, probe;

	for (probe = 0; probe < COMM_PROBES; probe++) {
		i = comm_slot(comm, probe);
		if (!comm_used[i]) {
			comm_table[i] = *comm;
			/* Pairs with the acquires that look for the name. */
			smp_store_release(&comm_used[i], true);
			return i;
		}
		if (!memcmp(&comm_table[i], comm, sizeof(*comm)))
			return i;
	}
	return 0;
}

static u32 comm_index(const char *name)
{
	struct comm comm = {};
	unsigned int i, probe;
	unsigned long flags;
	u32 found;

	BUILD_BUG_ON(TASK_COMM_LEN != 16);
	strscpy(comm.name, name, sizeof(comm.name));

	for (probe = 0; probe < COMM_PROBES; probe++) {
		i = comm_slot(&comm, probe);
		/* Pairs with the release below. */
		if (!smp_load_acquire(&comm_used[i]))
			break;
		if (!memcmp(&comm_table[i], &comm, sizeof(comm)))
			return i;
	}

	raw_spin_lock_irqsave(&comm_lock, flags);
	found = comm_insert(&comm);
	raw_spin_unlock_irqrestore(&comm_lock, flags);
	if (!found)
		stat_inc(STAT_COMM_FULL);
	return found;
}

/**
 * trace_comm() - name of the command that allocated an object
 * @state: its slot's state
 *
 * Return: a string that stays.
 */
const char *trace_comm(u32 state)
{
	u32 i = state >> OBJ_COMM_SHIFT;

	/* Pairs with the release in comm_index(). */
	if (i >= ARRAY_SIZE(comm_table) || !smp_load_acquire(&comm_used[i]))
		return comm_unknown;
	return comm_table[i].name;
}

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
	const char *comm;

	if (in_hardirq()) {
		comm = "hardirq";
	} else if (in_serving_softirq()) {
		comm = "softirq";
	} else {
		comm = current->comm;
		slot.pid = current->pid;
	}
	slot.state = flags | comm_index(comm) << OBJ_COMM_SHIFT;
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
