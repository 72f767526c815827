// SPDX-License-Identifier: GPL-2.0
/*
 * Names of commands: each is stored once, and a slot has its index.
 *
 * May call: stats; the interface, to have the names left unread. Invariants:
 *
 * - comm_used[] of an entry is set with release after its name, under
 *   comm_lock, and neither is changed again: readers take no lock.
 * - Nothing here prints or sleeps.
 */
#define pr_fmt(fmt) "kmemleak: " fmt

#include <linux/hash.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include "kmemleak.h"

#define COMM_BITS	12
#define COMM_PROBES	16

/* As task_struct has it: NUL to the last byte. */
struct comm {
	char name[TASK_COMM_LEN];
};

static const struct comm comm_hardirq = { "hardirq" };
static const struct comm comm_softirq = { "softirq" };

static struct comm comm_table[BIT(COMM_BITS)];
static bool comm_used[BIT(COMM_BITS)];
static DEFINE_RAW_SPINLOCK(comm_lock);

/* What index 0 stands for: before anything is stored, or no room. */
static const char comm_unknown[] = "?";

static u64 comm_lo(const struct comm *comm)
{
	return get_unaligned((const u64 *)comm->name);
}

static u64 comm_hi(const struct comm *comm)
{
	return get_unaligned((const u64 *)(comm->name + sizeof(u64)));
}

static bool comm_equal(const struct comm *a, const struct comm *b)
{
	return comm_lo(a) == comm_lo(b) && comm_hi(a) == comm_hi(b);
}

static unsigned int comm_slot(const struct comm *comm, unsigned int probe)
{
	u64 key = comm_lo(comm) ^ rol64(comm_hi(comm), 29);

	/* Entry 0 stays free: it stands for "unknown". */
	return ((hash_64(key, COMM_BITS) + probe) & (BIT(COMM_BITS) - 1)) ?: 1;
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
	/* A copy: the task may be given another name just now. */
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
 * comm_current() - who runs: process and name
 * @pid: its process id; 0 in an interrupt
 *
 * Context: Any but NMI.
 * Return: the index of its name; "hardirq" and "softirq" are names too.
 */
u32 comm_current(u32 *pid)
{
	const struct comm *comm = (const struct comm *)current->comm;

	*pid = 0;
	if (unlikely(in_hardirq()))
		comm = &comm_hardirq;
	else if (unlikely(in_serving_softirq()))
		comm = &comm_softirq;
	else
		*pid = current->pid;
	return comm_index(comm);
}

/**
 * comm_name() - name of the command that allocated an object
 * @state: its slot's state
 *
 * Return: a string that stays.
 */
const char *comm_name(u32 state)
{
	u32 i = state >> OBJ_COMM_SHIFT;

	/* Pairs with the release in comm_insert(). */
	if (i >= ARRAY_SIZE(comm_table) || !smp_load_acquire(&comm_used[i]))
		return comm_unknown;
	return comm_table[i].name;
}

/**
 * comm_unread() - take the names out of the kernel's data
 *
 * A short one looks like an address.
 */
void __init comm_unread(void)
{
	kmemleak_free_part(comm_table, sizeof(comm_table));
}
