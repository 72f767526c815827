/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/kasan.h>. */
#ifndef _HARNESS_LINUX_KASAN_H
#define _HARNESS_LINUX_KASAN_H

#define kasan_reset_tag(pointer)	(pointer)

#endif /* _HARNESS_LINUX_KASAN_H */
