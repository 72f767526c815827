/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/percpu-refcount.h>. */
#ifndef _HARNESS_LINUX_PERCPU_REFCOUNT_H
#define _HARNESS_LINUX_PERCPU_REFCOUNT_H

#define __PERCPU_REF_ATOMIC_DEAD	3

#endif /* _HARNESS_LINUX_PERCPU_REFCOUNT_H */
