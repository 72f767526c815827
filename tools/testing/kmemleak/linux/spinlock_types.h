/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/spinlock_types.h>. */
#ifndef _HARNESS_LINUX_SPINLOCK_TYPES_H
#define _HARNESS_LINUX_SPINLOCK_TYPES_H

#include <linux/spinlock.h>

#endif /* _HARNESS_LINUX_SPINLOCK_TYPES_H */
