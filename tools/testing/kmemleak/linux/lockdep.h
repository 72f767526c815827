/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the sources under test need of the kernel's <linux/lockdep.h>. The one map there
 * is stands for sections of pin.c.
 */
#ifndef _HARNESS_LINUX_LOCKDEP_H
#define _HARNESS_LINUX_LOCKDEP_H

#include <sched.h>

#include <linux/irqflags.h>
#include <linux/types.h>

#define CONFIG_LOCKDEP

#define LD_WAIT_SPIN	0

struct lock_class_key {
	u8 unused;
};

struct lockdep_map {
	const char *name;
	struct lock_class_key *key;
	u8 wait_type_outer;
	u8 wait_type_inner;
};

/* Exits, and says so, where something is against the rules. */
void sim_expect(bool right, const char *what);

/* What is about to be read may go in this very moment: others run now. */
#define lock_map_acquire_read(map)					\
do {									\
	sim_let_run();							\
	(void)(map);							\
	sim_expect(!this_cpu->pinned, "a section is opened inside a section");	\
	this_cpu->pinned = true;					\
} while (0)

#define lock_map_release(map)	(this_cpu->pinned = false)

/* It waits for sections: neither inside of one, nor under a lock that one takes. */
void sim_map_sync(void);

#define lock_map_sync(map)	((void)(map), sim_map_sync())

#define lockdep_assert_irqs_disabled() \
	sim_expect(this_cpu->irqs_off, "interrupts are on in a section")

#define lockdep_assert_held(lock)	do { } while (0)
/* As if it was taken here: sections tell so which locks they may take. */
struct raw_spinlock;
void sim_might_lock(struct raw_spinlock *lock);

#define might_lock(lock)		sim_might_lock(lock)

#endif /* _HARNESS_LINUX_LOCKDEP_H */
