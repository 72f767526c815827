/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/irqflags.h>. */
#ifndef _HARNESS_LINUX_IRQFLAGS_H
#define _HARNESS_LINUX_IRQFLAGS_H

#include <stdbool.h>

#include <linux/rcupdate.h>

struct raw_spinlock;

/**
 * struct sim_cpu - a thread stands for a CPU
 * @used: some thread does
 * @irqs_off: interrupts are off
 * @in_irq: an interrupt runs
 * @pinned: a section of pin.c is open
 * @faults_off: how often page faults were disabled
 * @raised: an interrupt waits for them to be on
 * @interrupt: what it does
 * @doing: what it is at, for who asks why nothing goes on
 * @holds: the lock that it took last of those that it has
 * @wants: the lock that it tries to take
 * @waits: it waits in pin_wait()
 * @rcu_nesting: read-side sections that it is in
 * @rcu_seq: odd while that is not 0
 */
struct sim_cpu {
	bool used;
	bool irqs_off;
	bool in_irq;
	bool pinned;
	unsigned int faults_off;
	bool raised;
	void (*interrupt)(void);
	const char *doing;
	struct raw_spinlock *holds;
	const char *wants;
	bool waits;
	unsigned int rcu_nesting;
	unsigned long rcu_seq;
};

extern __thread struct sim_cpu *this_cpu;

static inline void sim_interrupts(void)
{
	if (this_cpu->irqs_off || !this_cpu->raised)
		return;
	this_cpu->raised = false;
	this_cpu->irqs_off = true;
	this_cpu->in_irq = true;
	this_cpu->interrupt();
	this_cpu->in_irq = false;
	this_cpu->irqs_off = false;
}

/* One comes now, or as soon as this CPU allows it; none on top of another. */
static inline void sim_raise(void)
{
	if (this_cpu->in_irq)
		return;
	this_cpu->raised = this_cpu->interrupt;
	sim_interrupts();
}

/* The test has interrupts come where they are on again, too. */
void sim_irqs_on(void);

/* RCU waits for a CPU whose interrupts are off. */
#define local_irq_save(flags)				\
do {							\
	(flags) = this_cpu->irqs_off;			\
	this_cpu->irqs_off = true;			\
	rcu_read_lock();				\
} while (0)

static inline void local_irq_restore(unsigned long flags)
{
	rcu_read_unlock();
	this_cpu->irqs_off = flags;
	if (flags)
		return;
	sim_irqs_on();
	sim_interrupts();
}

#endif /* _HARNESS_LINUX_IRQFLAGS_H */
