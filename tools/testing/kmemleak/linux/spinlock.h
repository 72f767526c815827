/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/spinlock.h>. */
#ifndef _HARNESS_LINUX_SPINLOCK_H
#define _HARNESS_LINUX_SPINLOCK_H

#include <pthread.h>

#include <linux/irqflags.h>
#include <linux/lockdep.h>

/**
 * struct raw_spinlock - a mutex, and what was seen of those who took it
 * @mutex: it
 * @name: what it is called in messages
 * @outer: what its owner had before
 * @irqs_on: it was taken with interrupts on
 * @pinned: it was taken inside a section of pin.c
 * @in_irq: it was taken in an interrupt
 */
typedef struct raw_spinlock {
	pthread_mutex_t mutex;
	const char *name;
	struct raw_spinlock *outer;
	bool irqs_on;
	bool pinned;
	bool in_irq;
} raw_spinlock_t;

typedef raw_spinlock_t spinlock_t;

#define SIM_SPINLOCK(lock) { .mutex = PTHREAD_MUTEX_INITIALIZER, .name = lock }
#define DEFINE_RAW_SPINLOCK(lock) raw_spinlock_t lock = SIM_SPINLOCK(#lock)

#define raw_spin_lock_init(lock) (*(lock) = (raw_spinlock_t)SIM_SPINLOCK(#lock))
#define spin_lock_init(lock)	 raw_spin_lock_init(lock)

/*
 * A lock was taken. The test has interrupts come where they hurt: now, if they are on.
 * The rules that lockdep would check are checked here, with a message that names the
 * lock: a lock that is taken in interrupts, or while memory is pinned, which a free in
 * an interrupt waits for, is taken with interrupts off by everybody.
 */
void sim_locked(raw_spinlock_t *lock);
void sim_lock_rules(raw_spinlock_t *lock);
void sim_not_held(const raw_spinlock_t *lock);

static inline void raw_spin_lock(raw_spinlock_t *lock)
{
	sim_not_held(lock);
	WRITE_ONCE(this_cpu->wants, lock->name);
	pthread_mutex_lock(&lock->mutex);
	WRITE_ONCE(this_cpu->wants, NULL);
	lock->outer = this_cpu->holds;
	WRITE_ONCE(this_cpu->holds, lock);
	sim_lock_rules(lock);
	sim_locked(lock);
	sim_lock_rules(lock);
}

static inline void raw_spin_unlock(raw_spinlock_t *lock)
{
	WRITE_ONCE(this_cpu->holds, lock->outer);
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

#define spin_lock(lock)		raw_spin_lock(lock)
#define spin_unlock(lock)	raw_spin_unlock(lock)

#endif /* _HARNESS_LINUX_SPINLOCK_H */
