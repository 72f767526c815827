/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/err.h>. */
#ifndef _HARNESS_LINUX_ERR_H
#define _HARNESS_LINUX_ERR_H

#include <errno.h>

#include <linux/types.h>

#define MAX_ERRNO	4095

#define IS_ERR_VALUE(x)	((unsigned long)(x) >= (unsigned long)-MAX_ERRNO)

static inline void *ERR_PTR(long error)
{
	return (void *)error;
}

static inline bool IS_ERR(const void *ptr)
{
	return IS_ERR_VALUE(ptr);
}

static inline bool IS_ERR_OR_NULL(const void *ptr)
{
	return !ptr || IS_ERR(ptr);
}

#endif /* _HARNESS_LINUX_ERR_H */
