/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/stackdepot.h>. */
#ifndef _HARNESS_LINUX_STACKDEPOT_H
#define _HARNESS_LINUX_STACKDEPOT_H

#include <linux/types.h>

typedef u32 depot_stack_handle_t;

#endif /* _HARNESS_LINUX_STACKDEPOT_H */
