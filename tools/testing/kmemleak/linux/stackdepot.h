/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/stackdepot.h>. */
#ifndef _HARNESS_LINUX_STACKDEPOT_H
#define _HARNESS_LINUX_STACKDEPOT_H

#include <linux/types.h>

typedef u32 depot_stack_handle_t;

/* Any stack will do, but for 0, which is none. */
static inline depot_stack_handle_t stack_depot_save(unsigned long *frames, unsigned int nr,
						    gfp_t gfp)
{
	(void)gfp;
	return frames[nr - 1] | 1;
}

static inline void stack_depot_request_early_init(void)
{
}

#endif /* _HARNESS_LINUX_STACKDEPOT_H */
