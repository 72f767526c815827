/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/sort.h>. */
#ifndef _HARNESS_LINUX_SORT_H
#define _HARNESS_LINUX_SORT_H

#include <stddef.h>

/* Of the C library, which takes no function that swaps. */
void qsort_r(void *base, size_t nr, size_t size,
	     int (*compare)(const void *left, const void *right, void *arg), void *arg);

static inline void sort_r(void *base, size_t nr, size_t size,
			  int (*compare)(const void *left, const void *right, const void *arg),
			  void *swap, const void *arg)
{
	(void)swap;
	qsort_r(base, nr, size, (int (*)(const void *, const void *, void *))compare,
		(void *)arg);
}

#endif /* _HARNESS_LINUX_SORT_H */
