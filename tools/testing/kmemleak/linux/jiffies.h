/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/jiffies.h>. */
#ifndef _HARNESS_LINUX_JIFFIES_H
#define _HARNESS_LINUX_JIFFIES_H

#include <linux/types.h>

/* Time goes on where somebody waits for it, see schedule_timeout_idle(), and only there. */
#define HZ	100

extern unsigned long sim_jiffies;

#define jiffies			READ_ONCE(sim_jiffies)
#define get_jiffies_64()	((u64)jiffies)

#define time_after64(a, b)	((s64)((b) - (a)) < 0)

#define msecs_to_jiffies(ms)	(((ms) * HZ + 999) / 1000)
#define nsecs_to_jiffies(ns)	((ns) / (1000000000 / HZ))

#endif /* _HARNESS_LINUX_JIFFIES_H */
