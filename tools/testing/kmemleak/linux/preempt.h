/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/preempt.h>. */
#ifndef _HARNESS_LINUX_PREEMPT_H
#define _HARNESS_LINUX_PREEMPT_H

#include <linux/irqflags.h>
#include <linux/rcupdate.h>

/* A thread that is not preempted is one that RCU waits for, and no more. */
#define preempt_disable()	rcu_read_lock()
#define preempt_enable()	rcu_read_unlock()

#define in_task()		(!this_cpu->in_irq)

#endif /* _HARNESS_LINUX_PREEMPT_H */
