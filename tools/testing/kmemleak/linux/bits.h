/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/bits.h>. */
#ifndef _HARNESS_LINUX_BITS_H
#define _HARNESS_LINUX_BITS_H

#include <limits.h>

#define BITS_PER_LONG		__LONG_WIDTH__

#define BIT(nr)			(1UL << (nr))
#define BIT_ULL(nr)		(1ULL << (nr))
#define BIT_WORD(nr)		((nr) / BITS_PER_LONG)
#define BIT_MASK(nr)		(1UL << ((nr) % BITS_PER_LONG))
#define BITS_TO_LONGS(nr)	(((nr) + BITS_PER_LONG - 1) / BITS_PER_LONG)
#define GENMASK(high, low)	((~0UL << (low)) & (~0UL >> (BITS_PER_LONG - 1 - (high))))
#define GENMASK_ULL(high, low)	((~0ULL << (low)) & (~0ULL >> (63 - (high))))

#endif /* _HARNESS_LINUX_BITS_H */
