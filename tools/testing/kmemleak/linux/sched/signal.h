/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/sched/signal.h>. */
#ifndef _HARNESS_LINUX_SCHED_SIGNAL_H
#define _HARNESS_LINUX_SCHED_SIGNAL_H

/* Part of it is known to hold no references. */
struct task_struct {
	long state;
	long se[16];
	void *files;
};

#endif /* _HARNESS_LINUX_SCHED_SIGNAL_H */
