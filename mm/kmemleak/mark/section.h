/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sections with interrupts off, and the pauses between them.
 */
#ifndef _MM_KMEMLEAK_MARK_SECTION_H
#define _MM_KMEMLEAK_MARK_SECTION_H

#include <linux/compiler.h>
#include <linux/types.h>

#include "mark/marker.h"

/*
 * Number of words read between two looks at the clock, which costs time, too. A word
 * that is looked up counts as several.
 */
#define CLOCK_WORDS	2048
#define LOOKUP_WORDS	8

/* How long interrupts may be off, see section.c. Only tests change it. */
extern unsigned int mark_section_ns;

unsigned long section_begin(struct mark_worker *w);
bool section_look_at_clock(struct mark_worker *w);
void section_end(struct mark_worker *w, unsigned long flags);
bool mark_should_stop(struct marker *m);
void mark_pause(struct marker *m);

/* Is it time to turn interrupts on? */
static inline bool section_over(struct mark_worker *w)
{
	return unlikely(w->spent >= w->clock_at) && section_look_at_clock(w);
}

#endif
