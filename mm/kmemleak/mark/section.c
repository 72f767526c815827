// SPDX-License-Identifier: GPL-2.0
/*
 * Sections: a worker reads with interrupts off, for a bounded time.
 *
 * A section ends after mark_section_ns, or a little later. Where the clock stands still
 * while interrupts are off, as jiffies do, the number of words ends the section.
 * Shorter sections would cost too much: on User Mode Linux, turning interrupts off and
 * on takes as long as reading a thousand words.
 *
 * Invariant: a worker pauses only between sections, where it holds no pin and is in no
 * RCU read-side section.
 */
#include <linux/irqflags.h>
#include <linux/ktime.h>
#include <linux/sched.h>

#include "mark/marker.h"
#include "mark/section.h"

#define SECTION_WORDS	16384

/* In nanoseconds. */
unsigned int mark_section_ns = 10000;

/**
 * section_begin() - turn interrupts off and start the clock
 * @w: the worker that is about to read
 *
 * Return: flags for section_end().
 */
unsigned long section_begin(struct mark_worker *w)
{
	unsigned long flags;

	local_irq_save(flags);
	w->spent = 0;
	w->clock_at = CLOCK_WORDS;
	w->until = ktime_get_mono_fast_ns() + READ_ONCE(mark_section_ns);
	w->next = w->batch;
	w->next->nr = 0;
	return flags;
}

/**
 * section_look_at_clock() - is it time to turn interrupts on?
 * @w: the worker that reads
 *
 * Return: true if it is; see section_over().
 */
noinline bool section_look_at_clock(struct mark_worker *w)
{
	if (w->spent >= SECTION_WORDS ||
	    ktime_get_mono_fast_ns() >= w->until)
		return true;
	w->clock_at = w->spent + CLOCK_WORDS;
	return false;
}

/**
 * section_end() - turn interrupts on, and let others run
 * @w: the worker that has read
 * @flags: return value of section_begin()
 *
 * Context: Sleeps.
 */
void section_end(struct mark_worker *w, unsigned long flags)
{
	w->next = NULL;
	local_irq_restore(flags);
	mark_pause(w->m);
}

/**
 * mark_should_stop() - has the scan been called off?
 * @m: the marker
 *
 * Return: true if the user who requested the scan got a signal, the thread was told to
 * stop, or a user waits for the thread's scan to end.
 */
bool mark_should_stop(struct marker *m)
{
	if (READ_ONCE(m->stop))
		return true;
	if (m->called_off(m->scanner))
		WRITE_ONCE(m->stop, true);
	return m->stop;
}

/**
 * mark_pause() - let others run
 * @m: the marker
 *
 * Call this every few hundred words.
 *
 * Context: Sleeps.
 */
void mark_pause(struct marker *m)
{
	cond_resched();
	if (!mark_should_stop(m) && m->pace)
		m->pace(m);
}
