// SPDX-License-Identifier: GPL-2.0
/*
 * Names of commands: each is stored once, and slots hold its index. comm.h contains the
 * fast path for a task whose name this CPU met last.
 *
 * A name is dropped when no object has it any more and others found no room:
 *
 *	free ---- comm_insert() ----> in use ---- comms_retire() ----> retired
 *	  ^                              ^                              |   |
 *	  |                              +--- looked up, or an object --+   |
 *	  |                                   has it after all              |
 *	  +------- comms_free() ------- dropped <------- comms_drop() ------+
 *
 * A retired entry keeps its name, which then has a last byte that is not NUL: no task's
 * name is equal to it, so that neither comm_at_hand() nor comm_index() finds it.
 *
 * Invariants:
 *
 * - comm_used[] of an entry is set with release after its name, under comm_lock. The
 *   name of an entry in use changes in its last byte only: readers take no lock. A
 *   dropped entry gets no other name before those that saw it in use have finished.
 * - An index is looked up, and a slot that holds it is stored, in one RCU read-side
 *   section: a hook allocates its record before that (record.c). So a slot that got the
 *   index before the entry was retired is seen by the walk that follows the first grace
 *   period of comm_recycle(), which keeps the entry.
 * - comm_last of a CPU is the index of an entry that is not free, or 0. It is set in the
 *   section that looked it up. It is cleared between the first two grace periods if its
 *   entry is retired: behind the second one, no CPU compares its task with that entry, and no
 *   reader copies the name for an object that was live when it looked.
 * - An object whose range is cut during both walks may be overlooked, and get the name
 *   of another task.
 * - Nothing here prints; only comm_recycle() sleeps.
 */
#include <linux/bitmap.h>
#include <linux/cpumask.h>
#include <linux/hash.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "store/range.h"
#include "store/slab.h"
#include "store/slot.h"
#include "store/stats.h"
#include "trace/comm.h"

#define COMM_PROBES	16

/* The last byte of a name: NUL unless the entry is retired. */
#define COMM_LAST	(TASK_COMM_LEN - 1)
#define COMM_RETIRED	1

static const struct comm comm_hardirq = { "hardirq" };
static const struct comm comm_softirq = { "softirq" };

struct comm comm_table[BIT(COMM_BITS)];
DEFINE_PER_CPU(u32, comm_last);
static bool comm_used[BIT(COMM_BITS)];
static DEFINE_RAW_SPINLOCK(comm_lock);
/* Entries that are no longer in use, and not yet free. */
static DECLARE_BITMAP(comm_dropped, BIT(COMM_BITS));
/* Entries that objects have, as seen by the last walk of comm_recycle(). */
static DECLARE_BITMAP(comm_live, BIT(COMM_BITS));

/* Name of index 0: nothing was stored yet, or there was no room. */
static const struct comm comm_unknown = { "?" };

static unsigned int comm_slot(const struct comm *comm, unsigned int probe)
{
	u64 key = comm_lo(comm) ^ rol64(comm_hi(comm), 29);

	/* Entry 0 stays free: it means "unknown". */
	return ((hash_64(key, COMM_BITS) + probe) & (BIT(COMM_BITS) - 1)) ?: 1;
}

static bool comm_retired(unsigned int i)
{
	return READ_ONCE(comm_table[i].name[COMM_LAST]);
}

/* Is it the name of an entry, retired or not? */
static bool comm_matches(unsigned int i, const struct comm *comm)
{
	return !memcmp(comm_table[i].name, comm->name, COMM_LAST);
}

/* Context: comm_lock held. Returns 0 if there is no room. */
static u32 comm_insert(const struct comm *comm)
{
	unsigned int i, probe;
	u32 room = 0;

	for (probe = 0; probe < COMM_PROBES; probe++) {
		i = comm_slot(comm, probe);
		if (!comm_used[i]) {
			if (!room && !test_bit(i, comm_dropped))
				room = i;
		} else if (comm_matches(i, comm)) {
			WRITE_ONCE(comm_table[i].name[COMM_LAST], '\0');
			return i;
		}
	}
	if (room) {
		comm_table[room] = *comm;
		/* Pairs with the acquires in comm_index() and comm_name(). */
		smp_store_release(&comm_used[room], true);
	}
	return room;
}

static noinline u32 comm_add(const struct comm *comm)
{
	unsigned long flags;
	u32 found;

	raw_spin_lock_irqsave(&comm_lock, flags);
	found = comm_insert(comm);
	raw_spin_unlock_irqrestore(&comm_lock, flags);
	return found;
}

/*
 * An entry may be free between the first probe and the name, since others are dropped.
 * Take the lock only if there is room: tasks without a name must not wait for each other
 * at each allocation.
 */
static u32 comm_index(const struct comm *name)
{
	/* A copy, because the task may be renamed at any time. */
	struct comm comm = *name;
	unsigned int i, probe;
	bool room = false;
	u32 found;

	BUILD_BUG_ON(sizeof(comm) != 2 * sizeof(u64));
	comm.name[COMM_LAST] = '\0';
	for (probe = 0; probe < COMM_PROBES; probe++) {
		i = comm_slot(&comm, probe);
		/* Pairs with the release in comm_insert(). */
		if (!smp_load_acquire(&comm_used[i]))
			room = true;
		else if (comm_equal(&comm_table[i], &comm))
			return i;
		else if (comm_matches(i, &comm))
			room = true;
	}
	found = room ? comm_add(&comm) : 0;
	if (!found)
		stat_inc(STAT_COMM_FULL);
	return found;
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

	/* An RCU read-side section, and one CPU. */
	preempt_disable();
	if (in_hardirq()) {
		i = comm_index(&comm_hardirq);
	} else if (in_serving_softirq()) {
		i = comm_index(&comm_softirq);
	} else {
		i = comm_index((const struct comm *)current->comm);
		raw_cpu_write(comm_last, i);
	}
	preempt_enable();
	return i;
}

/**
 * comm_name() - get the name of the command that allocated an object
 * @state: the state of its slot
 * @copy: filled in with the name
 *
 * Context: Any. Inside the RCU read-side section that saw the object live; otherwise
 * another name may have taken the place of a freed object's.
 * Return: the name, in @copy.
 */
const char *comm_name(u32 state, struct comm *copy)
{
	u32 i = state >> OBJ_COMM_SHIFT;

	/* Pairs with the release in comm_insert(). */
	if (i < ARRAY_SIZE(comm_table) && smp_load_acquire(&comm_used[i])) {
		*copy = comm_table[i];
		copy->name[COMM_LAST] = '\0';
	} else {
		*copy = comm_unknown;
	}
	return copy->name;
}

/* ---- Names that no object has any more ---- */

static void live_slot(const struct slot *slot)
{
	u32 state = slot_flags(slot);

	if (state & OBJ_LIVE)
		__set_bit((state >> OBJ_COMM_SHIFT) % BIT(COMM_BITS), comm_live);
}

static void live_table(struct slab_table *table, void *unused)
{
	unsigned int i;

	for (i = 0; i < table->count; i++)
		live_slot(&table->slots[i]);
}

static void live_range(struct tracked_range *range, void *unused)
{
	live_slot(&range->slot);
}

/* Find out which names objects have. */
static void comms_live(void)
{
	unsigned long pos = 0;

	bitmap_zero(comm_live, BIT(COMM_BITS));
	while (slab_walk(&pos, live_table, NULL))
		;
	range_walk(live_range, NULL);
}

/* Retire the entries of all other names. Returns false if there are none. */
static bool comms_retire(void)
{
	unsigned long flags;
	bool any = false;
	unsigned int i;

	raw_spin_lock_irqsave(&comm_lock, flags);
	for_each_clear_bit(i, comm_live, BIT(COMM_BITS)) {
		if (!comm_used[i])
			continue;
		WRITE_ONCE(comm_table[i].name[COMM_LAST], COMM_RETIRED);
		any = true;
	}
	raw_spin_unlock_irqrestore(&comm_lock, flags);
	return any;
}

/* Let no CPU remember a retired entry. One that stores another index keeps that. */
static void comms_forget(void)
{
	u32 last;
	int cpu;

	for_each_possible_cpu(cpu) {
		last = READ_ONCE(per_cpu(comm_last, cpu));
		if (comm_retired(last))
			cmpxchg(&per_cpu(comm_last, cpu), last, 0);
	}
}

/* Drop the entries that are still retired, unless an object got the name meanwhile. */
static void comms_drop(void)
{
	unsigned long flags;
	unsigned int i;

	raw_spin_lock_irqsave(&comm_lock, flags);
	for (i = 0; i < BIT(COMM_BITS); i++) {
		if (!comm_used[i] || !comm_retired(i))
			continue;
		if (test_bit(i, comm_live)) {
			WRITE_ONCE(comm_table[i].name[COMM_LAST], '\0');
			continue;
		}
		WRITE_ONCE(comm_used[i], false);
		__set_bit(i, comm_dropped);
	}
	raw_spin_unlock_irqrestore(&comm_lock, flags);
}

static void comms_free(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&comm_lock, flags);
	bitmap_zero(comm_dropped, BIT(COMM_BITS));
	raw_spin_unlock_irqrestore(&comm_lock, flags);
}

/**
 * comm_recycle() - make room for names if there was none since the last call
 *
 * This walks over all objects twice, or once if they have all the names.
 *
 * Context: Sleeps; one at a time.
 */
void comm_recycle(void)
{
	static long full_before;
	long full = stat_get(STAT_COMM_FULL);

	if (full == full_before)
		return;
	full_before = full;
	comms_live();
	if (!comms_retire())
		return;
	/* Wait for hooks that have looked up a retired entry; they have stored it then. */
	synchronize_rcu();
	comms_forget();
	comms_live();
	/* Wait for tasks that are being compared with such an entry, and for readers. */
	synchronize_rcu();
	comms_drop();
	/* Wait for those that compare the name of an entry which was in use. */
	synchronize_rcu();
	comms_free();
}
