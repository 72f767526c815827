/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/sched.h>. */
#ifndef _HARNESS_LINUX_SCHED_H
#define _HARNESS_LINUX_SCHED_H

#include <sched.h>
#include <stdbool.h>

/* There may be fewer CPUs than threads. */
#define cpu_relax()		sched_yield()
#define raw_smp_processor_id()	0U

#define cond_resched()		sched_yield()

static inline bool need_resched(void)
{
	return false;
}

#endif /* _HARNESS_LINUX_SCHED_H */
