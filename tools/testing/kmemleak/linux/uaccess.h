/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/uaccess.h>. */
#ifndef _HARNESS_LINUX_UACCESS_H
#define _HARNESS_LINUX_UACCESS_H

#include <string.h>

static inline long copy_from_kernel_nofault(void *to, const void *from, size_t size)
{
	memcpy(to, from, size);
	return 0;
}

#define get_kernel_nofault(value, pointer)	((value) = READ_ONCE(*(pointer)), 0)

#define __get_kernel_nofault(to, from, type, label)	\
do {							\
	*(type *)(to) = READ_ONCE(*(const type *)(from));	\
	if (0)						\
		goto label;				\
} while (0)

#endif /* _HARNESS_LINUX_UACCESS_H */
