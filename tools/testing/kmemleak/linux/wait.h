/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/wait.h>. */
#ifndef _HARNESS_LINUX_WAIT_H
#define _HARNESS_LINUX_WAIT_H

#include <pthread.h>

#include <linux/sched.h>

typedef struct {
	pthread_mutex_t mutex;
	pthread_cond_t woken;
} wait_queue_head_t;

static inline void init_waitqueue_head(wait_queue_head_t *head)
{
	pthread_mutex_init(&head->mutex, NULL);
	pthread_cond_init(&head->woken, NULL);
}

static inline void wake_up_all(wait_queue_head_t *head)
{
	pthread_mutex_lock(&head->mutex);
	pthread_cond_broadcast(&head->woken);
	pthread_mutex_unlock(&head->mutex);
}

/* Those that wait here are no exclusive waiters: it wakes all of them. */
#define wake_up(head)	wake_up_all(head)

#define wait_event_idle(head, condition)					\
do {										\
	sim_yields();								\
	pthread_mutex_lock(&(head).mutex);					\
	while (!(condition))							\
		pthread_cond_wait(&(head).woken, &(head).mutex);		\
	pthread_mutex_unlock(&(head).mutex);					\
} while (0)

#endif /* _HARNESS_LINUX_WAIT_H */
