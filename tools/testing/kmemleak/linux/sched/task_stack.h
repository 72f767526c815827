/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/sched/task_stack.h>. */
#ifndef _HARNESS_LINUX_SCHED_TASK_STACK_H
#define _HARNESS_LINUX_SCHED_TASK_STACK_H

#endif /* _HARNESS_LINUX_SCHED_TASK_STACK_H */
