/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/bitmap.h>. */
#ifndef _HARNESS_LINUX_BITMAP_H
#define _HARNESS_LINUX_BITMAP_H

#include <linux/bitops.h>

#endif /* _HARNESS_LINUX_BITMAP_H */
