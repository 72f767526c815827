// SPDX-License-Identifier: GPL-2.0
/*
 * Names of commands: each is stored once, and slots hold its index. comm.h contains the
 * fast path for a task whose name this CPU met last.
 *
 * Invariants:
 *
 * - comm_used[] of an entry is set with release after its name, under comm_lock, and
 *   neither is changed again: readers take no lock.
 * - comm_last of a CPU is the index of an entry in use, or 0. It is enough to compare
 *   the entry's name with that of the task: an index is one word, and its meaning does
 *   not change.
 * - Nothing here prints or sleeps.
 */
#include <linux/hash.h>
#include <linux/string.h>

#include "store/slot.h"
#include "store/stats.h"
#include "trace/comm.h"

#define COMM_PROBES	16

static const struct comm comm_hardirq = { "hardirq" };
static const struct comm comm_softirq = { "softirq" };

struct comm comm_table[BIT(COMM_BITS)];
DEFINE_PER_CPU(u32, comm_last);
static bool comm_used[BIT(COMM_BITS)];
static DEFINE_RAW_SPINLOCK(comm_lock);

/* Name of index 0: nothing was stored yet, or there was no room. */
static const char comm_unknown[] = "?";

static unsigned int comm_slot(const struct comm *comm, unsigned int probe)
{
	u64 key = comm_lo(comm) ^ rol64(comm_hi(comm), 29);

	/* Entry 0 stays free: it means "unknown". */
	return ((hash_64(key, COMM_BITS) + probe) & (BIT(COMM_BITS) - 1)) ?: 1;
}

/* Context: comm_lock held. Returns 0 if there is no room. */
static u32 comm_insert(const struct comm *comm)
{
	unsigned int i, probe;

	for (probe = 0; probe < COMM_PROBES; probe++) {
		i = comm_slot(comm, probe);
		if (!comm_used[i]) {
			comm_table[i] = *comm;
			/* Pairs with the acquires in comm_index() and comm_name(). */
			smp_store_release(&comm_used[i], true);
			return i;
		}
		if (comm_equal(&comm_table[i], comm))
			return i;
	}
	return 0;
}

static noinline u32 comm_add(const struct comm *comm)
{
	unsigned long flags;
	u32 found;

	raw_spin_lock_irqsave(&comm_lock, flags);
	found = comm_insert(comm);
	raw_spin_unlock_irqrestore(&comm_lock, flags);
	if (!found)
		stat_inc(STAT_COMM_FULL);
	return found;
}

static u32 comm_index(const struct comm *name)
{
	/* A copy, because the task may be renamed at any time. */
	struct comm comm = *name;
	unsigned int i, probe;

	BUILD_BUG_ON(sizeof(comm) != 2 * sizeof(u64));
	for (probe = 0; probe < COMM_PROBES; probe++) {
		i = comm_slot(&comm, probe);
		/* Pairs with the release in comm_insert(). */
		if (!smp_load_acquire(&comm_used[i]))
			break;
		if (comm_equal(&comm_table[i], &comm))
			return i;
	}
	comm.name[TASK_COMM_LEN - 1] = '\0';
	return comm_add(&comm);
}

/**
 * comm_find() - find the name of what runs: a task or an interrupt
 *
 * Context: Any but NMI.
 * Return: see comm_current().
 */
u32 comm_find(void)
{
	u32 i;

	if (in_hardirq())
		return comm_index(&comm_hardirq);
	if (in_serving_softirq())
		return comm_index(&comm_softirq);
	i = comm_index((const struct comm *)current->comm);
	raw_cpu_write(comm_last, i);
	return i;
}

/**
 * comm_name() - get the name of the command that allocated an object
 * @state: the state of its slot
 *
 * Return: a string that does not go away.
 */
const char *comm_name(u32 state)
{
	u32 i = state >> OBJ_COMM_SHIFT;

	/* Pairs with the release in comm_insert(). */
	if (i >= ARRAY_SIZE(comm_table) || !smp_load_acquire(&comm_used[i]))
		return comm_unknown;
	return comm_table[i].name;
}
