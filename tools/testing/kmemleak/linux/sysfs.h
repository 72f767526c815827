/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/sysfs.h>. */
#ifndef _HARNESS_LINUX_SYSFS_H
#define _HARNESS_LINUX_SYSFS_H

#include <stdio.h>

#define sysfs_emit(text, ...)	sprintf(text, __VA_ARGS__)

#endif /* _HARNESS_LINUX_SYSFS_H */
