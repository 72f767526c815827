/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/kernel.h>. */
#ifndef _HARNESS_LINUX_KERNEL_H
#define _HARNESS_LINUX_KERNEL_H

#include <limits.h>
#include <linux/minmax.h>

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#endif /* _HARNESS_LINUX_KERNEL_H */
