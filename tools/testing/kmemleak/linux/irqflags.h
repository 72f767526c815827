/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/irqflags.h>. */
#ifndef _HARNESS_LINUX_IRQFLAGS_H
#define _HARNESS_LINUX_IRQFLAGS_H

#include <stdbool.h>

#include <linux/compiler.h>

/**
 * struct sim_cpu - a thread stands for a CPU
 * @irqs_off: interrupts are off
 * @pinned: a section of pin.c is open
 * @raised: one waits for them to be on
 * @interrupt: what it does
 * @doing: what it is at, for who asks why nothing goes on
 * @waits: it waits in pin_wait()
 */
struct sim_cpu {
	bool irqs_off;
	bool pinned;
	bool raised;
	void (*interrupt)(void);
	const char *doing;
	bool waits;
};

extern __thread struct sim_cpu *this_cpu;

static inline void sim_interrupts(void)
{
	if (this_cpu->irqs_off || !this_cpu->raised)
		return;
	this_cpu->raised = false;
	this_cpu->irqs_off = true;
	this_cpu->interrupt();
	this_cpu->irqs_off = false;
}

/* One comes now, or as soon as this CPU allows it. */
static inline void sim_raise(void)
{
	this_cpu->raised = this_cpu->interrupt;
	sim_interrupts();
}

/* The test has interrupts come where they are on again, too. */
void sim_irqs_on(void);

#define local_irq_save(flags)				\
do {							\
	(flags) = this_cpu->irqs_off;			\
	this_cpu->irqs_off = true;			\
} while (0)

static inline void local_irq_restore(unsigned long flags)
{
	this_cpu->irqs_off = flags;
	if (flags)
		return;
	sim_irqs_on();
	sim_interrupts();
}

#endif /* _HARNESS_LINUX_IRQFLAGS_H */
