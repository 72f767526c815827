/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/kthread.h>. */
#ifndef _HARNESS_LINUX_KTHREAD_H
#define _HARNESS_LINUX_KTHREAD_H

/* Who scans here is no thread of the kernel. */
#define kthread_should_stop()	false

#endif /* _HARNESS_LINUX_KTHREAD_H */
