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
/* Code that is patched is seen in order by all CPUs. */
#define static_branch_disable(key)	__atomic_store_n(&(key)->enabled, false, __ATOMIC_RELEASE)

#endif /* _HARNESS_LINUX_JUMP_LABEL_H */
