/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/memblock.h>. */
#ifndef _HARNESS_LINUX_MEMBLOCK_H
#define _HARNESS_LINUX_MEMBLOCK_H

/* Pages of the linear memory, see memory.h. */
extern unsigned long max_low_pfn;

#endif /* _HARNESS_LINUX_MEMBLOCK_H */
