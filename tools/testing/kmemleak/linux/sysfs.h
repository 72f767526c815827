/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/sysfs.h>. */
#ifndef _HARNESS_LINUX_SYSFS_H
#define _HARNESS_LINUX_SYSFS_H

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define sysfs_emit(text, ...)	sprintf(text, __VA_ARGS__)

static inline int sysfs_match(const char *const *array, size_t nr, const char *text)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (!strcmp(array[i], text))
			return i;
	return -EINVAL;
}

#define sysfs_match_string(array, text) \
	sysfs_match(array, sizeof(array) / sizeof((array)[0]), text)

#endif /* _HARNESS_LINUX_SYSFS_H */
