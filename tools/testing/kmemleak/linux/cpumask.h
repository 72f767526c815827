/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/cpumask.h>. */
#ifndef _HARNESS_LINUX_CPUMASK_H
#define _HARNESS_LINUX_CPUMASK_H

/* One CPU, as far as anybody asks. */
#define nr_cpu_ids		1U
#define cpu_online_mask		0
#define cpu_possible_mask	0
#define cpumask_first(mask)	((unsigned int)(mask))
#define cpumask_next(cpu, mask)	((cpu) + 1 + (mask))

#endif /* _HARNESS_LINUX_CPUMASK_H */
