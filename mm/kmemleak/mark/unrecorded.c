// SPDX-License-Identifier: GPL-2.0
/*
 * Objects that could not be recorded (lost.c): roots, read where they are. If not even
 * the address is known, the object may be a piece of the kernel's data: then all data
 * are read. A walk over all pages (pages.c) reads other memory.
 *
 * Invariant: an object may be freed while it is read, as a whole or in parts. Each chunk
 * is looked up again, and pinned, before it is read (mark_lost_chunk()). Pieces of the
 * data that were freed, and whose pages may be unmapped, are not told from others: each
 * word is read with a check for faults.
 */
#include <linux/cache.h>
#include <linux/cpumask.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <asm/sections.h>

#include "store/lost.h"
#include "store/range.h"
#include "mark/blacken.h"
#include "mark/dead.h"
#include "mark/marker.h"
#include "mark/pass.h"
#include "mark/unrecorded.h"

/* Parts that data_unread() remembers: about twice as many as there are. */
#define UNREAD_MAX	24

/*
 * Read a lost object, or the copy of one, that begins at @start. A chunk ends where a
 * word does, so that no word lies in two of them.
 */
static void mark_lost_copy(struct marker *m, const struct lost_range *lost,
			   unsigned long start)
{
	const unsigned long bytes = lost->last - lost->start;
	unsigned long at = 0, size;

	do {
		size = min(bytes - at, CHUNK_BYTES - 1UL - (start + at) % sizeof(long)) + 1;
		mark_lost_chunk(m->worker[0], lost->space, lost->start + at, start + at, size);
		at += size;
	} while (at <= bytes && at && !m->stop);
}

/* Parts of the data that hold no references. */
static struct dead_part unread[UNREAD_MAX] __ro_after_init;
static unsigned int nr_unread __ro_after_init;

/**
 * data_unread() - have a part of the kernel's data never read
 * @start: its first byte; may be outside of the data
 * @end: address after it
 */
void __init data_unread(const void *start, const void *end)
{
	if (start >= end)
		return;
	range_cut(RANGE_VIRT, (unsigned long)start, end - start);
	/* One that finds no room is read if all data are: that hides leaks, at worst. */
	if (nr_unread < ARRAY_SIZE(unread))
		unread[nr_unread++] = (struct dead_part) {
			(unsigned long)start, (unsigned long)end
		};
}

static void mark_data_part(struct marker *m, const char *start, const char *end)
{
	unsigned long from = (unsigned long)start, to = (unsigned long)end;
	struct dead_part dead;
	unsigned int i;

	for (; from < to; from = dead.end) {
		dead = (struct dead_part) { to, to };
		for (i = 0; i < nr_unread; i++)
			dead_first(&dead, from, unread[i].start, unread[i].end);
		if (from < dead.start)
			mark_fleeting_memory(m->worker[0], (void *)from, dead.start - from);
	}
	mark_drain(m);
}

/* Read what roots_init() records, and what was cut from that when it was freed. */
static void mark_data(struct marker *m)
{
	mark_data_part(m, _sdata, _edata);
	mark_data_part(m, __bss_start, __bss_stop);
	mark_data_part(m, __start_ro_after_init, __end_ro_after_init);
}

/**
 * mark_lost() - read the objects that could not be recorded, and where they may be
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
	if (lost_reserved())
		mark_data(m);
}
