/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/init.h>. */
#ifndef _HARNESS_LINUX_INIT_H
#define _HARNESS_LINUX_INIT_H

#include <linux/compiler.h>

#define early_param(name, function) \
	int (*const sim_##function)(char *text) = function

#endif /* _HARNESS_LINUX_INIT_H */
