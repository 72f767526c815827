/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/sched/signal.h>. */
#ifndef _HARNESS_LINUX_SCHED_SIGNAL_H
#define _HARNESS_LINUX_SCHED_SIGNAL_H

#include <linux/sched.h>

/* A scan ends early where the test wants it to. */
extern bool sim_signal;
/* ... and nobody waits for anything. */
extern bool sim_killed;

static inline bool signal_pending(const struct task_struct *task)
{
	(void)task;
	return READ_ONCE(sim_signal);
}

static inline bool fatal_signal_pending(const struct task_struct *task)
{
	(void)task;
	return READ_ONCE(sim_killed);
}

#endif /* _HARNESS_LINUX_SCHED_SIGNAL_H */
