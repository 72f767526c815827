/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/refcount.h>. */
#ifndef _HARNESS_LINUX_REFCOUNT_H
#define _HARNESS_LINUX_REFCOUNT_H

typedef struct {
	int refs;
} refcount_t;

#endif /* _HARNESS_LINUX_REFCOUNT_H */
