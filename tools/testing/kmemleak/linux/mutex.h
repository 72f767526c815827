/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/mutex.h>. */
#ifndef _HARNESS_LINUX_MUTEX_H
#define _HARNESS_LINUX_MUTEX_H

#include <pthread.h>
#include <stdbool.h>

struct mutex {
	pthread_mutex_t mutex;
};

#define DEFINE_MUTEX(name)	struct mutex name = { PTHREAD_MUTEX_INITIALIZER }

/* Tasks that wait for a mutex. */
extern unsigned int sim_mutex_waiters;

/* A fatal signal arrives at all tasks that wait and can be killed. */
extern bool sim_killed;

int sim_mutex_lock(struct mutex *mutex, bool killable);

static inline void mutex_lock(struct mutex *mutex)
{
	sim_mutex_lock(mutex, false);
}

static inline int mutex_lock_killable(struct mutex *mutex)
{
	return sim_mutex_lock(mutex, true);
}

static inline int mutex_lock_interruptible(struct mutex *mutex)
{
	return sim_mutex_lock(mutex, true);
}

static inline int mutex_trylock(struct mutex *mutex)
{
	return !pthread_mutex_trylock(&mutex->mutex);
}

static inline void mutex_unlock(struct mutex *mutex)
{
	pthread_mutex_unlock(&mutex->mutex);
}

#endif /* _HARNESS_LINUX_MUTEX_H */
