/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/jiffies.h>. */
#ifndef _HARNESS_LINUX_JIFFIES_H
#define _HARNESS_LINUX_JIFFIES_H

/* Time stands still. */
#define jiffies		0UL

#endif /* _HARNESS_LINUX_JIFFIES_H */
