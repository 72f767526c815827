/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/mutex.h>. */
#ifndef _HARNESS_LINUX_MUTEX_H
#define _HARNESS_LINUX_MUTEX_H

#include <pthread.h>

#define DEFINE_MUTEX(name)	pthread_mutex_t name = PTHREAD_MUTEX_INITIALIZER

#define mutex_lock(mutex)		pthread_mutex_lock(mutex)
#define mutex_lock_interruptible(mutex)	pthread_mutex_lock(mutex)
#define mutex_unlock(mutex)		pthread_mutex_unlock(mutex)

#endif /* _HARNESS_LINUX_MUTEX_H */
