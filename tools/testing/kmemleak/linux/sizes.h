/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/sizes.h>. */
#ifndef _HARNESS_LINUX_SIZES_H
#define _HARNESS_LINUX_SIZES_H

#define SZ_64K		0x10000UL
#define SZ_1M		0x100000UL
#define SZ_16M		0x1000000UL

/* Larger pages come from the command line, see the Makefile. */
#ifndef PAGE_SHIFT
#define PAGE_SHIFT	12
#endif
#define PAGE_SIZE	(1UL << PAGE_SHIFT)

#endif /* _HARNESS_LINUX_SIZES_H */
