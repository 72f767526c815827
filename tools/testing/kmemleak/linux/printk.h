/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/printk.h>. */
#ifndef _HARNESS_LINUX_PRINTK_H
#define _HARNESS_LINUX_PRINTK_H

#include <linux/compiler.h>

/* Nobody reads it, but what is printed is checked against its format. */
static inline __printf(1, 2) void sim_printk(const char *format, ...)
{
	(void)format;
}

/* The kernel's formats have pointers of their own kinds. */
#define printk_deferred(format, ...)	((void)sizeof(format), sim_use(__VA_ARGS__))
#define pr_err(...)			sim_printk(__VA_ARGS__)
#define pr_info(...)			sim_printk(__VA_ARGS__)
#define pr_warn(...)			sim_printk(__VA_ARGS__)
#define pr_warn_once(...)		sim_printk(__VA_ARGS__)
#define pr_warn_ratelimited(...)	sim_printk(__VA_ARGS__)

static inline void sim_use(const char *text, unsigned long addr, void *caller)
{
	(void)text;
	(void)addr;
	(void)caller;
}

#endif /* _HARNESS_LINUX_PRINTK_H */
