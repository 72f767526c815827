/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/gfp_types.h>. */
#ifndef _HARNESS_LINUX_GFP_TYPES_H
#define _HARNESS_LINUX_GFP_TYPES_H

#include <linux/types.h>

#endif /* _HARNESS_LINUX_GFP_TYPES_H */
