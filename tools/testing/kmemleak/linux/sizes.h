/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/sizes.h>. */
#ifndef _HARNESS_LINUX_SIZES_H
#define _HARNESS_LINUX_SIZES_H

#define SZ_1M		0x100000UL
#define SZ_16M		0x1000000UL
#define PAGE_SHIFT	12
#define PAGE_SIZE	4096UL

#endif /* _HARNESS_LINUX_SIZES_H */
