/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/unaligned.h>. */
#ifndef _HARNESS_LINUX_UNALIGNED_H
#define _HARNESS_LINUX_UNALIGNED_H

#include <string.h>

#define get_unaligned(pointer)						\
({									\
	__typeof__(*(pointer) + 0) unaligned_value;			\
									\
	memcpy(&unaligned_value, pointer, sizeof(unaligned_value));	\
	unaligned_value;						\
})

#endif /* _HARNESS_LINUX_UNALIGNED_H */
