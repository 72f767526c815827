/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/cpumask.h>. */
#ifndef _HARNESS_LINUX_CPUMASK_H
#define _HARNESS_LINUX_CPUMASK_H

#include <linux/compiler.h>

/* As many CPUs as there are copies of per-CPU memory. */
#ifndef SIM_NR_CPUS
#define SIM_NR_CPUS		2U
#endif
#define nr_cpu_ids		SIM_NR_CPUS
#define cpu_online_mask		0
#define cpu_possible_mask	0
#define cpumask_first(mask)	((unsigned int)(mask))
#define cpumask_next(cpu, mask)	(sim_step(), (cpu) + 1 + (mask))
#define num_possible_cpus()	nr_cpu_ids
#define cpumask_nth(nth, mask)	(sim_step(), (nth) + (mask))
#define for_each_possible_cpu(cpu) for ((cpu) = 0; (cpu) < (int)nr_cpu_ids; (cpu)++)

#endif /* _HARNESS_LINUX_CPUMASK_H */
