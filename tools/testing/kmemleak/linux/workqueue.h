/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/workqueue.h>. */
#ifndef _HARNESS_LINUX_WORKQUEUE_H
#define _HARNESS_LINUX_WORKQUEUE_H

#include <pthread.h>
#include <stdbool.h>

/* Work has a thread of its own, which begins at once. */
struct work_struct {
	void (*function)(struct work_struct *work);
	void (*interrupt)(void);
	pthread_t thread;
	bool queued;
};

struct workqueue_struct;

struct workqueue_attrs {
	int affn_scope;
};

#define WQ_UNBOUND	0
#define WQ_AFFN_CPU	0

#define INIT_WORK(work, f)	(*(work) = (struct work_struct) { .function = (f) })

struct workqueue_struct *alloc_workqueue(const char *name, unsigned int flags, int max);
struct workqueue_attrs *alloc_workqueue_attrs(void);
void free_workqueue_attrs(struct workqueue_attrs *attrs);
int apply_workqueue_attrs(struct workqueue_struct *wq, const struct workqueue_attrs *attrs);
bool queue_work_on(unsigned int cpu, struct workqueue_struct *wq, struct work_struct *work);
bool cancel_work_sync(struct work_struct *work);

#endif /* _HARNESS_LINUX_WORKQUEUE_H */
