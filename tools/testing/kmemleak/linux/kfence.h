/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/kfence.h>. */
#ifndef _HARNESS_LINUX_KFENCE_H
#define _HARNESS_LINUX_KFENCE_H

#include <linux/types.h>

/* There is none. */
static inline bool is_kfence_address(const void *addr)
{
	(void)addr;
	return false;
}

static inline size_t kfence_ksize(const void *addr)
{
	(void)addr;
	return 0;
}

#endif /* _HARNESS_LINUX_KFENCE_H */
