/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/pfn.h>. */
#ifndef _HARNESS_LINUX_PFN_H
#define _HARNESS_LINUX_PFN_H

#include <linux/sizes.h>

#define PFN_UP(x)	(((unsigned long)(x) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define PFN_DOWN(x)	((unsigned long)(x) >> PAGE_SHIFT)
#define PHYS_PFN(x)	PFN_DOWN(x)

#endif /* _HARNESS_LINUX_PFN_H */
