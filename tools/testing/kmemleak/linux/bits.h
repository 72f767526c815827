/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/bits.h>. */
#ifndef _HARNESS_LINUX_BITS_H
#define _HARNESS_LINUX_BITS_H

#include <limits.h>

#define BITS_PER_LONG	__LONG_WIDTH__

#endif /* _HARNESS_LINUX_BITS_H */
