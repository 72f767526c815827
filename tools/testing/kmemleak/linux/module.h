/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/module.h>. */
#ifndef _HARNESS_LINUX_MODULE_H
#define _HARNESS_LINUX_MODULE_H

#include <errno.h>

#include <linux/types.h>

struct kernel_param {
	const char *name;
};

struct kernel_param_ops {
	int (*set)(const char *text, const struct kernel_param *param);
	int (*get)(char *text, const struct kernel_param *param);
};

/* Nobody writes to a parameter's file here. */
static const struct kernel_param_ops param_ops_uint;

static inline int param_set_uint_minmax(const char *text, const struct kernel_param *param,
					unsigned int min, unsigned int max)
{
	return -EINVAL;
}

static inline int param_get_uint(char *text, const struct kernel_param *param)
{
	return -EINVAL;
}

/* A test changes a parameter through the second pointer. */
#define module_param(name, type, mode) \
	const struct kernel_param_ops *const sim_ops_##name = &param_ops_##type; \
	unsigned int *const sim_param_##name = &name
#define MODULE_PARM_DESC(name, text)	_Static_assert(sizeof(text), "")

#define module_param_cb(name, ops, arg, mode) \
	const struct kernel_param_ops *const sim_param_##name = ops

static inline int kstrtobool(const char *text, bool *value)
{
	*value = *text == 'y' || *text == '1';
	return *text ? 0 : -EINVAL;
}

#endif /* _HARNESS_LINUX_MODULE_H */
