/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/ktime.h>. */
#ifndef _HARNESS_LINUX_KTIME_H
#define _HARNESS_LINUX_KTIME_H

#include <time.h>

#include <linux/types.h>

#define NSEC_PER_MSEC	1000000L

typedef s64 ktime_t;

static inline ktime_t ktime_get(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 * NSEC_PER_MSEC + now.tv_nsec;
}

static inline u64 ktime_get_mono_fast_ns(void)
{
	return ktime_get();
}

static inline ktime_t ktime_add_ns(ktime_t time, u64 ns)
{
	return time + ns;
}

static inline bool ktime_before(ktime_t a, ktime_t b)
{
	return a < b;
}

static inline s64 ktime_us_delta(ktime_t later, ktime_t earlier)
{
	return (later - earlier) / 1000;
}

#endif /* _HARNESS_LINUX_KTIME_H */
