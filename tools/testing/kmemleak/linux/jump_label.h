/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/jump_label.h>. */
#ifndef _HARNESS_LINUX_JUMP_LABEL_H
#define _HARNESS_LINUX_JUMP_LABEL_H

#include <linux/compiler.h>
#include <linux/types.h>

struct static_key_true {
	bool enabled;
};

#define STATIC_KEY_TRUE_INIT		{ .enabled = true }
#define DECLARE_STATIC_KEY_TRUE(name)	extern struct static_key_true name

#define static_branch_likely(key)	READ_ONCE((key)->enabled)
#define static_branch_disable(key)	WRITE_ONCE((key)->enabled, false)

#endif /* _HARNESS_LINUX_JUMP_LABEL_H */
