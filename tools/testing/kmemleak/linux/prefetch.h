/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/prefetch.h>. */
#ifndef _HARNESS_LINUX_PREFETCH_H
#define _HARNESS_LINUX_PREFETCH_H

#include <linux/compiler.h>

#define prefetch(pointer)	(sim_step(), __builtin_prefetch(pointer))
#define prefetchw(pointer)	__builtin_prefetch(pointer, 1)

#endif /* _HARNESS_LINUX_PREFETCH_H */
