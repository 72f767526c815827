/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/kernel.h>. */
#ifndef _HARNESS_LINUX_KERNEL_H
#define _HARNESS_LINUX_KERNEL_H

#include <limits.h>
#include <stdio.h>

#include <linux/minmax.h>
#include <linux/printk.h>

#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))
#define ALIGN(n, to)		(DIV_ROUND_UP(n, to) * (to))
#define ALIGN_DOWN(n, to)	((n) / (to) * (to))
#define IS_ALIGNED(n, to)	(!((n) % (to)))
#define PTR_ALIGN(p, to)	((typeof(p))ALIGN((unsigned long)(p), to))
#define PTR_ALIGN_DOWN(p, to)	((typeof(p))((unsigned long)(p) / (to) * (to)))

#define offsetofend(type, member) \
	(offsetof(type, member) + sizeof(((type *)0)->member))

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#endif /* _HARNESS_LINUX_KERNEL_H */
