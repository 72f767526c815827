/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/cache.h>. */
#ifndef _HARNESS_LINUX_CACHE_H
#define _HARNESS_LINUX_CACHE_H

#include <linux/compiler.h>

#endif /* _HARNESS_LINUX_CACHE_H */
