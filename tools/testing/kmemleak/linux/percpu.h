/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/percpu.h>. */
#ifndef _HARNESS_LINUX_PERCPU_H
#define _HARNESS_LINUX_PERCPU_H

#define per_cpu_ptr(pointer, cpu)	((pointer) + 0 * (cpu))

#endif /* _HARNESS_LINUX_PERCPU_H */
