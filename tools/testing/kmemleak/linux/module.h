/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/module.h>. */
#ifndef _HARNESS_LINUX_MODULE_H
#define _HARNESS_LINUX_MODULE_H

#include <errno.h>

#include <linux/types.h>

/* A test changes a parameter through this pointer. */
#define module_param(name, type, mode) \
	unsigned int *const sim_param_##name = &name
#define MODULE_PARM_DESC(name, text)	_Static_assert(sizeof(text), "")

struct kernel_param {
	const char *name;
};

struct kernel_param_ops {
	int (*set)(const char *text, const struct kernel_param *param);
	int (*get)(char *text, const struct kernel_param *param);
};

#define module_param_cb(name, ops, arg, mode) \
	const struct kernel_param_ops *const sim_param_##name = ops

static inline int kstrtobool(const char *text, bool *value)
{
	*value = *text == 'y' || *text == '1';
	return *text ? 0 : -EINVAL;
}

#endif /* _HARNESS_LINUX_MODULE_H */
