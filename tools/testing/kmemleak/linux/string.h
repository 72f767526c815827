/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/string.h>. */
#ifndef _HARNESS_LINUX_STRING_H
#define _HARNESS_LINUX_STRING_H

#include <string.h>

#endif /* _HARNESS_LINUX_STRING_H */
