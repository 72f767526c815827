/* SPDX-License-Identifier: GPL-2.0 */
/* The hooks are not under test; what their header brings with it is here. */
#ifndef _HARNESS_LINUX_KMEMLEAK_H
#define _HARNESS_LINUX_KMEMLEAK_H

#include <errno.h>

#include <linux/bitops.h>
#include <linux/jiffies.h>
#include <linux/string.h>

struct kmemleak_hole {
	unsigned int start;
	unsigned int end;
};

struct page;
struct slab;
struct task_struct;

#endif /* _HARNESS_LINUX_KMEMLEAK_H */
