/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/rcupdate.h>. */
#ifndef _HARNESS_LINUX_RCUPDATE_H
#define _HARNESS_LINUX_RCUPDATE_H

/* What the tests share is not freed while they run. */
struct rcu_head {
	void *unused;
};

#define rcu_read_lock()		do { } while (0)
#define rcu_read_unlock()	do { } while (0)

#endif /* _HARNESS_LINUX_RCUPDATE_H */
