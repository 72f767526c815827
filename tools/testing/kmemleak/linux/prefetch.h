/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/prefetch.h>. */
#ifndef _HARNESS_LINUX_PREFETCH_H
#define _HARNESS_LINUX_PREFETCH_H

/* Of this thread: walks over the directory prefetch for each entry that they look at. */
extern __thread unsigned long sim_prefetches;

#define prefetch(pointer)	(sim_prefetches++, __builtin_prefetch(pointer))
#define prefetchw(pointer)	__builtin_prefetch(pointer, 1)

#endif /* _HARNESS_LINUX_PREFETCH_H */
