/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/minmax.h>. */
#ifndef _HARNESS_LINUX_MINMAX_H
#define _HARNESS_LINUX_MINMAX_H

#define min(a, b)					\
({							\
	typeof(a) min_a = (a);				\
	typeof(b) min_b = (b);				\
							\
	min_a < min_b ? min_a : min_b;			\
})

#define max(a, b)					\
({							\
	typeof(a) max_a = (a);				\
	typeof(b) max_b = (b);				\
							\
	max_a > max_b ? max_a : max_b;			\
})

#endif /* _HARNESS_LINUX_MINMAX_H */
