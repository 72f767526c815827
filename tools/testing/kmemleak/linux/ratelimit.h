/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/ratelimit.h>. */
#ifndef _HARNESS_LINUX_RATELIMIT_H
#define _HARNESS_LINUX_RATELIMIT_H

#include <linux/jiffies.h>
#include <linux/types.h>

#define RATELIMIT_MSG_ON_RELEASE	1

struct ratelimit_state {
	const char *name;
};

#define RATELIMIT_STATE_INIT_FLAGS(limit, interval, burst, flags) { .name = limit }

static inline bool __ratelimit(struct ratelimit_state *limit)
{
	return limit->name;
}

#endif /* _HARNESS_LINUX_RATELIMIT_H */
