/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/build_bug.h>. */
#ifndef _HARNESS_LINUX_BUILD_BUG_H
#define _HARNESS_LINUX_BUILD_BUG_H

#include <linux/compiler.h>

#endif /* _HARNESS_LINUX_BUILD_BUG_H */
