// SPDX-License-Identifier: GPL-2.0
/*
 * Objects that could not be recorded, but whose addresses are known (lost.c): roots,
 * read where they are.
 *
 * Invariant: an object may be freed while it is read, as a whole or in parts. Each chunk
 * is looked up again, and pinned, before it is read (mark_lost_chunk()).
 */
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/percpu.h>

#include "store/lost.h"
#include "store/range.h"
#include "mark/blacken.h"
#include "mark/marker.h"
#include "mark/pass.h"
#include "mark/unrecorded.h"

/* Read a lost object, or the copy of one, that begins at @start. */
static void mark_lost_copy(struct marker *m, const struct lost_range *lost,
			   unsigned long start)
{
	const unsigned long bytes = lost->last - lost->start;
	unsigned long at = 0, size;

	do {
		size = min(bytes - at, CHUNK_BYTES - 1UL) + 1;
		mark_lost_chunk(m->worker[0], lost->space, lost->start + at, start + at, size);
		at += size;
	} while (at <= bytes && at && !m->stop);
}

/**
 * mark_lost() - read the objects that could not be recorded
 * @m: the marker
 *
 * Context: Sleeps. Called by the scanning task.
 */
void mark_lost(struct marker *m)
{
	unsigned int nr = UINT_MAX;
	struct lost_range lost;
	unsigned long start;
	int cpu;

	while (!m->stop && lost_before(&nr, &lost)) {
		start = space_address(lost.space, lost.start, lost.last);
		if (lost.space == RANGE_PERCPU)
			for_each_possible_cpu(cpu)
				mark_lost_copy(m, &lost, (unsigned long)
					       per_cpu_ptr((void __percpu __force *)start, cpu));
		else if (start)
			mark_lost_copy(m, &lost, start);
		mark_drain(m);
	}
}
