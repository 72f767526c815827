/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/percpu.h>. */
#ifndef _HARNESS_LINUX_PERCPU_H
#define _HARNESS_LINUX_PERCPU_H

#include <linux/cpumask.h>

/* Behind what per-CPU pointers point to, one copy for each CPU; see memory.c. */
#define SIM_PERCPU_BYTES	0x10000UL

#define per_cpu_ptr(pointer, cpu) \
	((__typeof__(pointer))((unsigned long)(pointer) + ((cpu) + 1) * SIM_PERCPU_BYTES))

/* Of files that include sim.h. */
#define DECLARE_PER_CPU(type, name)	extern type name[SIM_CPUS]
#define DEFINE_PER_CPU(type, name)	type name[SIM_CPUS]
#define per_cpu(name, cpu)		(name)[cpu]
#define raw_cpu_read(name)		READ_ONCE((name)[this_cpu - sim_cpus])
#define raw_cpu_write(name, value)	WRITE_ONCE((name)[this_cpu - sim_cpus], value)

#endif /* _HARNESS_LINUX_PERCPU_H */
