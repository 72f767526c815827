/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/rcupdate.h>. */
#ifndef _HARNESS_LINUX_RCUPDATE_H
#define _HARNESS_LINUX_RCUPDATE_H

#include <linux/atomic.h>

struct rcu_head {
	struct rcu_head *next;
	void (*function)(struct rcu_head *head);
};

/* A read-side section of this thread. They nest. */
void rcu_read_lock(void);
void rcu_read_unlock(void);

/* Wait for all sections that are open now. */
void synchronize_rcu(void);

/* @function is called by the next rcu_barrier(), whoever's that is. */
void call_rcu(struct rcu_head *head, void (*function)(struct rcu_head *head));
void rcu_barrier(void);

#endif /* _HARNESS_LINUX_RCUPDATE_H */
