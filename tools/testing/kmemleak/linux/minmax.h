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

#define min_t(type, a, b)	min((type)(a), (type)(b))
#define clamp(value, low, high)	min(max(value, low), high)

#define swap(a, b)					\
do {							\
	typeof(a) swap_a = (a);				\
							\
	(a) = (b);					\
	(b) = swap_a;					\
} while (0)

#endif /* _HARNESS_LINUX_MINMAX_H */
