/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/sched.h>. */
#ifndef _HARNESS_LINUX_SCHED_H
#define _HARNESS_LINUX_SCHED_H

#include <sched.h>
#include <stdbool.h>

#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/steps.h>

/* There may be fewer CPUs than threads. */
#define cpu_relax()		sim_give_way()
#define raw_smp_processor_id()	0U
#define num_online_cpus()	nr_cpu_ids

#define cond_resched()		(sim_sleeps(), sim_yields(), sim_let_run())

void sim_sleeps(void);
void sim_yields(void);

/* Whoever asks goes on to poll only if nobody else wants the CPU. */
static inline bool need_resched(void)
{
	sim_yields();
	return false;
}

/* A task, as far as the detector asks for it. */
struct task_struct {
	u32 pid;
	struct {
		u64 sum_exec_runtime;
	} se;
	void *files;
};

struct task_struct *sim_current(void);

#define current		sim_current()

enum system_states {
	SYSTEM_BOOTING,
	SYSTEM_RUNNING,
};

#define system_state	SYSTEM_RUNNING

static inline void schedule_timeout_idle(unsigned long ticks)
{
	__atomic_add_fetch(&sim_jiffies, ticks, __ATOMIC_SEQ_CST);
	sim_yields();
	sched_yield();
}

#define schedule_timeout_uninterruptible(ticks)	schedule_timeout_idle(ticks)

#endif /* _HARNESS_LINUX_SCHED_H */
