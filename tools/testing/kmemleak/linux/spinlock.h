/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/spinlock.h>. */
#ifndef _HARNESS_LINUX_SPINLOCK_H
#define _HARNESS_LINUX_SPINLOCK_H

#include <pthread.h>

#include <linux/irqflags.h>
#include <linux/lockdep.h>

/**
 * struct raw_spinlock - a mutex
 * @mutex: it
 * @irqs_on: it was taken with interrupts on
 * @pinned: it was taken inside a section of pin.c
 */
typedef struct raw_spinlock {
	pthread_mutex_t mutex;
	bool irqs_on;
	bool pinned;
} raw_spinlock_t;

#define DEFINE_RAW_SPINLOCK(lock) \
	raw_spinlock_t lock = { .mutex = PTHREAD_MUTEX_INITIALIZER }

/* The test has interrupts come where they hurt: now, if they are on. */
void sim_locked(void);

static inline void raw_spin_lock_init(raw_spinlock_t *lock)
{
	*lock = (raw_spinlock_t) { .mutex = PTHREAD_MUTEX_INITIALIZER };
}

static inline void raw_spin_lock(raw_spinlock_t *lock)
{
	pthread_mutex_lock(&lock->mutex);
	lock->irqs_on |= !this_cpu->irqs_off;
	lock->pinned |= this_cpu->pinned;
	sim_locked();
	sim_expect(!lock->irqs_on || !lock->pinned,
		   "a lock that sections take is taken with interrupts on");
}

static inline void raw_spin_unlock(raw_spinlock_t *lock)
{
	pthread_mutex_unlock(&lock->mutex);
}

#define raw_spin_lock_irqsave(lock, flags)		\
do {							\
	local_irq_save(flags);				\
	raw_spin_lock(lock);				\
} while (0)

static inline void raw_spin_unlock_irqrestore(raw_spinlock_t *lock,
					      unsigned long flags)
{
	raw_spin_unlock(lock);
	local_irq_restore(flags);
}

#endif /* _HARNESS_LINUX_SPINLOCK_H */
