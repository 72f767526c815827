/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/mm.h>. */
#ifndef _HARNESS_LINUX_MM_H
#define _HARNESS_LINUX_MM_H

#include <linux/sizes.h>

#endif /* _HARNESS_LINUX_MM_H */
