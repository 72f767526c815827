/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/rcupdate.h>. */
#ifndef _HARNESS_LINUX_RCUPDATE_H
#define _HARNESS_LINUX_RCUPDATE_H

/* What the tests share is never freed. */
struct rcu_head {
	void *unused;
};

#endif /* _HARNESS_LINUX_RCUPDATE_H */
