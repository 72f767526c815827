/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/math64.h>. */
#ifndef _HARNESS_LINUX_MATH64_H
#define _HARNESS_LINUX_MATH64_H

#include <linux/types.h>

static inline u64 div_u64(u64 dividend, u32 divisor)
{
	return dividend / divisor;
}

#endif /* _HARNESS_LINUX_MATH64_H */
