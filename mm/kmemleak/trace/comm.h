/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who runs, in the few instructions that each allocation has for it: the name is
 * compared with the one that this CPU met last. comm.c has the rest.
 */
#ifndef _MM_KMEMLEAK_TRACE_COMM_H
#define _MM_KMEMLEAK_TRACE_COMM_H

#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/unaligned.h>

#define COMM_BITS	12

/* As task_struct has it: NUL to the last byte. */
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
 * comm_at_hand() - which task runs, if it has the name that this CPU met last
 * @pid: its process id
 * @index: that of its name
 *
 * Entry 0, which a CPU begins with, has no name: an index of 0 is "unknown".
 *
 * Context: A task.
 * Return: false if it has another one.
 */
static __always_inline bool comm_at_hand(u32 *pid, u32 *index)
{
	const struct task_struct *task = current;
	/* Of whichever CPU: what an index stands for is the same on all. */
	u32 last = raw_cpu_read(comm_last);

	if (unlikely(!comm_equal(&comm_table[last],
				 (const struct comm *)task->comm)))
		return false;
	*pid = task->pid;
	*index = last;
	return true;
}

/**
 * comm_current() - who runs: process and name
 * @pid: its process id; 0 in an interrupt
 *
 * Context: Any but NMI.
 * Return: the index of its name; "hardirq" and "softirq" are names too.
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

const char *comm_name(u32 state);

#endif
