/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/minmax.h>. */
#ifndef _HARNESS_LINUX_MINMAX_H
#define _HARNESS_LINUX_MINMAX_H

#define min(a, b)	((a) < (b) ? (a) : (b))
#define max(a, b)	((a) > (b) ? (a) : (b))

#define swap(a, b) do {			\
	typeof(a) swap_a = (a);		\
					\
	(a) = (b);			\
	(b) = swap_a;			\
} while (0)

#endif /* _HARNESS_LINUX_MINMAX_H */
