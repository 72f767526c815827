/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/sizes.h>. */
#ifndef _HARNESS_LINUX_SIZES_H
#define _HARNESS_LINUX_SIZES_H

#define SZ_1M		0x100000
#define PAGE_SHIFT	12
#define PAGE_SIZE	4096UL
/* What is mapped anew is within what slab_dir covers. */
#define PAGE_OFFSET	0x700000000000UL

#endif /* _HARNESS_LINUX_SIZES_H */
