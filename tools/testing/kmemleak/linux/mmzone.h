/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/mmzone.h>. */
#ifndef _HARNESS_LINUX_MMZONE_H
#define _HARNESS_LINUX_MMZONE_H

#include <linux/sizes.h>

#define MAX_ORDER_NR_PAGES	1024UL

#endif /* _HARNESS_LINUX_MMZONE_H */
