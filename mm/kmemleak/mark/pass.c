// SPDX-License-Identifier: GPL-2.0
/*
 * Marking: start from the roots and follow each word that is the address of an object,
 * until all reachable objects are marked.
 *
 * A white object turns grey when the first word that leads to it is found: its mark is
 * set, and it goes onto a grey stack (grey.c). It turns black when its memory has been
 * read (blacken.c). Grey stacks are bounded. An object that finds no room is marked and
 * left over; a later sweep over the left-over objects puts it onto a stack.
 *
 * Invariants:
 *
 * - One pass runs at a time (scan.c).
 * - Indices of views are valid as long as the snapshot; no grey entry outlives the
 *   pass.
 */
#include <linux/bitmap.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/rcupdate.h>

#include "store/directory.h"
#include "store/pin.h"
#include "store/range.h"
#include "store/slab.h"
#include "store/slot.h"
#include "store/stats.h"
#include "mark/blacken.h"
#include "mark/grey.h"
#include "mark/marker.h"
#include "mark/pass.h"
#include "mark/resolve.h"
#include "mark/section.h"
#include "mark/snapshot.h"

/**
 * mark_of() - get the pass of a worker
 * @w: the worker
 *
 * Return: its marker.
 */
struct marker *mark_of(struct mark_worker *w)
{
	return w->m;
}

/**
 * mark_worker_nr() - get the index of a worker
 * @w: the worker
 *
 * Return: the worker's index, less than nr_workers of its marker.
 */
unsigned int mark_worker_nr(const struct mark_worker *w)
{
	return w->reader - PIN_WORKER;
}

/**
 * mark_begin_words() - prepare to read words that do not belong to an object
 * @w: the worker that reads them
 *
 * Call mark_end_words() after a thousand words at most.
 */
void mark_begin_words(struct mark_worker *w) __acquires(RCU)
{
	rcu_read_lock();
}

/**
 * mark_words() - mark what a few words refer to
 * @w: the worker that reads them
 * @word: the first word; must stay mapped
 * @nr: number of words
 */
void mark_words(struct mark_worker *w, const unsigned long *word,
		unsigned int nr)
{
	look_at_words(w, word, nr);
}

/**
 * mark_end_words() - finish what mark_begin_words() began
 * @w: the worker that read the words
 *
 * Context: Sleeps.
 */
void mark_end_words(struct mark_worker *w) __releases(RCU)
{
	resolve(w);
	rcu_read_unlock();
	mark_pause(w->m);
}

static void mark_pieces(struct mark_worker *w, const void *start, size_t size,
			void (*look)(struct mark_worker *w,
				     const unsigned long *word, unsigned int nr))
{
	const unsigned long *word = PTR_ALIGN(start, sizeof(long));
	const unsigned long *end = PTR_ALIGN_DOWN(start + size, sizeof(long));

	while (word < end && !READ_ONCE(w->m->stop)) {
		unsigned int nr = min_t(size_t, end - word, CHUNK_WORDS);

		mark_begin_words(w);
		look(w, word, nr);
		mark_end_words(w);
		word += nr;
	}
}

/**
 * mark_memory() - mark what a piece of memory refers to
 * @m: the marker
 * @start: the memory; does not go away while it is read
 * @size: bytes
 *
 * Context: Sleeps.
 */
void mark_memory(struct marker *m, const void *start, size_t size)
{
	mark_pieces(m->worker[0], start, size, look_at_pages);
}

/**
 * mark_fleeting_memory() - mark what memory that may be unmapped meanwhile refers to
 * @w: the worker that reads it
 * @start: the memory
 * @size: bytes
 *
 * Context: Sleeps.
 */
void mark_fleeting_memory(struct mark_worker *w, const void *start, size_t size)
{
	mark_pieces(w, start, size, try_words);
}

/**
 * mark_copied_memory() - mark what a copy of memory refers to
 * @m: the marker
 * @start: the copy
 * @size: bytes
 * @from: address of the original
 *
 * Context: Sleeps.
 */
void mark_copied_memory(struct marker *m, const void *start, size_t size,
			unsigned long from)
{
	m->worker[0]->shift = from - (unsigned long)start;
	mark_memory(m, start, size);
	m->worker[0]->shift = 0;
}

/* ---- Sweeps over all objects ---- */

/**
 * mark_part() - queue a part of a walk over memory for any worker
 * @m: the marker
 * @part_fn: processes the part; the same function for all parts until the next drain
 * @part: number of the part
 *
 * Objects that it leads to are read meanwhile. Call mark_drain() afterwards.
 *
 * Context: Sleeps.
 */
void mark_part(struct marker *m,
	       void (*part_fn)(struct mark_worker *w, unsigned long part),
	       unsigned long part)
{
	struct mark_worker *w = m->worker[0];

	if (grey_nr(w) > GREY_ROOM / 2)
		grey_drain(m, blacken);
	m->part = part_fn;
	/* There is room unless the pass was called off. */
	if (!m->stop)
		grey_push(w, part << GREY_SHIFT | GREY_PART);
}

/*
 * Keep the stack short by reading what the visitor adds. Parts that wait on the stack
 * were not added by the visitor, so leave them alone.
 */
static void tables_part(struct mark_worker *w, unsigned long part)
{
	unsigned long pos = 0;

	while (slab_walk_part(part, &pos, w->m->visit, w) &&
	       !mark_should_stop(w->m))
		while (grey_nr(w) > GREY_ROOM / 2 && !READ_ONCE(w->m->stop) &&
		       (grey_top(w) & GREY_KIND) != GREY_PART)
			blacken(w);
	mark_pause(w->m);
}

/**
 * mark_tables() - have all workers call a visitor for all tables
 * @m: the marker
 * @visit: called for each table, inside an RCU read-side section
 *
 * Objects that it makes grey are read meanwhile. Call mark_drain() afterwards.
 *
 * Context: Sleeps.
 */
void mark_tables(struct marker *m,
		 void (*visit)(struct slab_table *table, void *worker))
{
	unsigned long part;

	m->visit = visit;
	for (part = 0; slab_next_part(&part) && !m->stop; part++)
		mark_part(m, tables_part, part);
	grey_drain(m, blacken);
}

static void queue_left_over(struct slab_table *table, void *worker)
{
	struct mark_worker *w = worker;
	unsigned int i;

	/* A full barrier if it was set; pairs with the one in leave_slot(). */
	if (!test_and_clear_bit(TABLE_LEFT, &table->flags))
		return;
	for_each_set_bit(i, slab_left(table), table->count) {
		clear_bit(i, slab_left(table));
		grey_slot(w, table, i, slot_flags(&table->slots[i]));
	}
}

static void views_left_over(struct marker *m, struct view_list *list)
{
	unsigned int i;

	for (i = 0; i < list->nr; i++) {
		if (view_reached(&list->view[i]))
			reach_view(m->worker[0], list, &list->view[i]);
		mark_pause(m);
	}
}

/**
 * mark_drain() - turn all grey objects black
 * @m: the marker
 *
 * Context: Sleeps.
 */
void mark_drain(struct marker *m)
{
	grey_drain(m, blacken);
	while (m->overflow && !m->stop) {
		m->overflow = false;
		stat_inc(STAT_SCAN_OVERFLOWS);
		views_left_over(m, &m->snapshot.virt);
		views_left_over(m, &m->snapshot.percpu);
		mark_tables(m, queue_left_over);
		grey_drain(m, blacken);
	}
}

static void whiten_table(struct slab_table *table, void *unused)
{
	bitmap_zero(slab_marks(table), table->count);
	bitmap_zero(slab_left(table), table->count);
	clear_bit(TABLE_LEFT, &table->flags);
}

/* Read everything again that the previous pass reached. */
static void requeue_table(struct slab_table *table, void *worker)
{
	unsigned int i;

	for_each_set_bit(i, slab_marks(table), table->count)
		grey_slot(worker, table, i, slot_flags(&table->slots[i]));
}

/* Make roots grey, and scan the memory behind the empty slots of a partial table. */
static void grey_table(struct slab_table *table, void *worker)
{
	struct mark_worker *w = worker;
	bool partial = test_bit(TABLE_PARTIAL, &table->flags);
	unsigned int i;
	u32 state;

	if (!partial && !test_bit(TABLE_SPECIAL, &table->flags))
		return;
	for (i = 0; i < table->count; i++) {
		state = slot_flags(&table->slots[i]);
		if (!(state & OBJ_LIVE) && partial)
			try_words(w, (void *)slab_object(table, i),
				  table->object_size / sizeof(long));
		else if ((state & OBJ_LIVE) &&
			 (state & (OBJ_GREY | OBJ_TRANSIENT)))
			reach_slot(w, table, i, state);
	}
	resolve(w);
}

static void grey_views(struct marker *m, struct view_list *list)
{
	unsigned int i;

	for (i = 0; i < list->nr; i++) {
		struct range_view *view = &list->view[i];
		u32 state = slot_flags(&view->range->slot);

		if (view_reached(view) ||
		    (state & (OBJ_GREY | OBJ_TRANSIENT))) {
			atomic_set(&view->count, max(1U, view->range->min_count));
			reach_view(m->worker[0], list, view);
		}
		if (grey_nr(m->worker[0]) > GREY_ROOM / 2)
			grey_drain(m, blacken);
		mark_pause(m);
	}
}

/**
 * mark_grey() - start from the objects that are roots
 * @m: the marker
 * @verify: treat what the previous pass reached as roots, too; else forget old marks
 *
 * The kernel changes its objects while they are read. If an object becomes the new head
 * of a list after it was read, and before the place that held the old head is read, a
 * pass does not see the rest of the list. A verifying pass therefore reads the objects
 * of the previous pass whether it finds a path to them or not.
 *
 * Context: Sleeps.
 */
void mark_grey(struct marker *m, bool verify)
{
	/* All marks must be gone before the first one is set. */
	mark_tables(m, verify ? requeue_table : whiten_table);
	mark_tables(m, grey_table);
	grey_views(m, &m->snapshot.virt);
	grey_views(m, &m->snapshot.percpu);
	mark_drain(m);
}

/**
 * mark_seen() - count objects that a sweep has seen
 * @w: the worker that saw them
 * @objects: number of objects
 */
void mark_seen(struct mark_worker *w, unsigned int objects)
{
	w->objects += objects;
}

/**
 * mark_newborn_slot() - make an object grey that was born since the pass began
 * @w: the worker that found it
 * @table: its table
 * @i: its index in @table
 *
 * It is a root. A mark may be that of an earlier object in its slot, so it is read in
 * any case.
 *
 * Context: The RCU read-side section that found @table. Call mark_drain() afterwards.
 */
void mark_newborn_slot(struct mark_worker *w, struct slab_table *table,
		       unsigned int i)
{
	set_bit(i, slab_marks(table));
	grey_slot(w, table, i, slot_flags(&table->slots[i]));
}

/* Read a range if it may be too young for the snapshot. */
static void newborn_range(struct tracked_range *range, void *arg)
{
	struct marker *m = arg;

	if (born_since(&range->slot, m->stamp))
		blacken_range(m->worker[0], range);
}

/**
 * mark_newborn() - read the ranges born since the pass began, and all grey objects
 * @m: the marker
 *
 * Context: Sleeps.
 */
void mark_newborn(struct marker *m)
{
	range_walk(newborn_range, m);
	mark_drain(m);
}

static void again_range(struct tracked_range *range, void *arg)
{
	struct marker *m = arg;

	if (slot_state(&range->slot) & OBJ_GREY)
		blacken_range(m->worker[0], range);
	if (grey_nr(m->worker[0]) > GREY_ROOM / 2)
		grey_drain(m, blacken);
}

/**
 * mark_again() - read the ranges that are roots a second time
 * @m: the marker
 *
 * This finds a reference that was moved from an object, before the object was read, to
 * a variable that had already been read. From here on, references count only for ranges
 * that need no more than one.
 *
 * Context: Sleeps.
 */
void mark_again(struct marker *m)
{
	m->again = true;
	range_walk(again_range, m);
	mark_drain(m);
}

/* ---- Beginning and end ---- */

static void span_of(const struct view_list *list, unsigned long *lo,
		    unsigned long *hi)
{
	if (!list->nr)
		return;
	*lo = min(*lo, list->view[0].start);
	*hi = max(*hi, list->view[list->nr - 1].max_last);
}

static void mark_spans(struct marker *m)
{
	unsigned long lo, hi;
	unsigned int i;

	slab_span(&lo, &hi);
	span_of(&m->snapshot.virt, &lo, &hi);
	m->lo = lo;
	/* The end of the last object, one past its last byte, is an address, too. */
	hi++;
	m->span = hi - lo + 1;
	if (m->snapshot.percpu.nr) {
		unsigned long pcpu_lo = ULONG_MAX, pcpu_hi = 0;

		span_of(&m->snapshot.percpu, &pcpu_lo, &pcpu_hi);
		m->pcpu_lo = pcpu_lo;
		m->pcpu_span = pcpu_hi - pcpu_lo + 1;
		lo = min(lo, pcpu_lo);
		hi = max(hi, pcpu_hi);
	}
	for (i = 0; i < m->nr_workers; i++) {
		m->worker[i]->lo = lo;
		m->worker[i]->span = hi - lo + 1;
		memset(m->worker[i]->settled, 0,
		       sizeof(m->worker[i]->settled));
	}
}

/**
 * mark_open() - prepare for a scan
 * @m: the marker; all zero except for @m->scanner, @m->scanner_sp, @m->called_off and
 *	@m->pace
 * @workers: maximum number of workers
 *
 * Context: Sleeps.
 * Return: 0 or -ENOMEM.
 */
int mark_open(struct marker *m, unsigned int workers)
{
	return grey_open(m, workers);
}

/**
 * mark_close() - free what mark_open() set up
 * @m: the marker
 */
void mark_close(struct marker *m)
{
	grey_close(m);
}

/**
 * mark_begin() - prepare for a pass
 * @m: the marker
 * @stamp: jiffies now; what is born from now on counts as born since the pass began
 *
 * Context: Sleeps.
 * Return: 0, -ENOMEM, or -EAGAIN from range_snapshot_take().
 */
int mark_begin(struct marker *m, u32 stamp)
{
	int err = range_snapshot_take(&m->snapshot);

	if (err)
		return err;
	m->stamp = stamp;
	m->again = false;
	m->overflow = false;
	mark_spans(m);
	return 0;
}

/**
 * mark_end() - free what a pass needed
 * @m: the marker; the counters of the workers are added to its own
 */
void mark_end(struct marker *m)
{
	unsigned int i;

	for (i = 0; i < m->nr_workers; i++) {
		struct mark_worker *w = m->worker[i];

		m->words += w->words;
		m->pointers += w->pointers;
		m->objects += w->objects;
		w->words = 0;
		w->pointers = 0;
		w->objects = 0;
		/* A pass that was called off leaves some behind. */
		w->nr_candidates = 0;
	}
	grey_forget(m);
	range_snapshot_drop(&m->snapshot);
}
