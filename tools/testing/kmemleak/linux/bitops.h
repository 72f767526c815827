/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/bitops.h>. */
#ifndef _HARNESS_LINUX_BITOPS_H
#define _HARNESS_LINUX_BITOPS_H

#include <linux/bits.h>

/* Number of the most significant bit that is set; @word is not 0. */
static inline unsigned long __fls(unsigned long word)
{
	return BITS_PER_LONG - 1 - __builtin_clzl(word);
}

#endif /* _HARNESS_LINUX_BITOPS_H */
