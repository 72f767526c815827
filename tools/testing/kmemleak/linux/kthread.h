/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/kthread.h>. */
#ifndef _HARNESS_LINUX_KTHREAD_H
#define _HARNESS_LINUX_KTHREAD_H

/* Nothing. */

#endif /* _HARNESS_LINUX_KTHREAD_H */
