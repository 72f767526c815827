/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/hash.h>. */
#ifndef _HARNESS_LINUX_HASH_H
#define _HARNESS_LINUX_HASH_H

#define GOLDEN_RATIO_64		0x61c8864680b583ebULL

#endif /* _HARNESS_LINUX_HASH_H */
