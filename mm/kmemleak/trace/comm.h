/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Find out which task runs, in the few instructions that an allocation can spend on it:
 * compare its name with the one that this CPU met last. comm.c contains the slow path.
 */
#ifndef _MM_KMEMLEAK_TRACE_COMM_H
#define _MM_KMEMLEAK_TRACE_COMM_H

#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/unaligned.h>

#define COMM_BITS	12

/*
 * Like the name in task_struct: padded with NUL up to the last byte. Only an entry of
 * the table that is about to be dropped has another last byte.
 */
struct comm {
	char name[TASK_COMM_LEN];
};

extern struct comm comm_table[BIT(COMM_BITS)];

DECLARE_PER_CPU(u32, comm_last);

static __always_inline u64 comm_lo(const struct comm *comm)
{
	return get_unaligned((const u64 *)comm->name);
}

static __always_inline u64 comm_hi(const struct comm *comm)
{
	return get_unaligned((const u64 *)(comm->name + sizeof(u64)));
}

static __always_inline bool comm_equal(const struct comm *a,
				       const struct comm *b)
{
	return !((comm_lo(a) ^ comm_lo(b)) | (comm_hi(a) ^ comm_hi(b)));
}

u32 comm_find(void);

/**
 * comm_at_hand() - get the running task if it has the name that this CPU met last
 * @pid: its process id
 * @index: the index of its name
 *
 * A CPU begins with entry 0, which has no name: an index of 0 means "unknown".
 *
 * Context: A task.
 * Return: false if the task has another name.
 */
static __always_inline bool comm_at_hand(u32 *pid, u32 *index)
{
	const struct task_struct *task = current;
	/* The value of any CPU will do: an index means the same on all of them. */
	u32 last = raw_cpu_read(comm_last);

	if (unlikely(!comm_equal(&comm_table[last],
				 (const struct comm *)task->comm)))
		return false;
	*pid = task->pid;
	*index = last;
	return true;
}

/**
 * comm_current() - get process id and name of what runs
 * @pid: its process id; 0 in an interrupt
 *
 * Context: Any but NMI. The index may be stored until the RCU read-side section ends,
 * see comm.c.
 * Return: the index of its name; "hardirq" and "softirq" are names, too.
 */
static inline u32 comm_current(u32 *pid)
{
	u32 index;

	if (!in_task()) {
		*pid = 0;
		return comm_find();
	}
	if (comm_at_hand(pid, &index))
		return index;
	*pid = current->pid;
	return comm_find();
}

const char *comm_name(u32 state, struct comm *copy);
void comm_recycle(void);

#endif
