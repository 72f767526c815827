// SPDX-License-Identifier: GPL-2.0
/*
 * Read the words of grey objects, which turns the objects black.
 *
 * Invariants:
 *
 * - The memory of an object is read inside a section of pin.c.
 * - The grey entry of a slab object is an address: the section that reads it looks up
 *   the object, and drops the entry if no object begins there.
 * - Only scan areas and holes (holes.c) leave parts of an object unread.
 */
#include <linux/build_bug.h>
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/kmemleak.h>
#include <linux/minmax.h>
#include <linux/percpu.h>

#include "store/areas.h"
#include "store/directory.h"
#include "store/lost.h"
#include "store/pin.h"
#include "store/range.h"
#include "store/slab.h"
#include "store/slot.h"
#include "mark/blacken.h"
#include "mark/grey.h"
#include "mark/marker.h"
#include "mark/resolve.h"
#include "mark/section.h"
#include "mark/snapshot.h"

static_assert(CHUNK_WORDS <= CANDIDATES);

/* First scan area of the snapshot that begins at or after @addr. */
static unsigned int area_first(struct marker *m, unsigned long addr)
{
	unsigned int lo = 0, hi = m->snapshot.nr_areas;

	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;

		if (m->snapshot.areas[mid].start < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/**
 * struct piece - a piece of an object's memory
 * @object: the object's first byte
 * @size: bytes of the object
 * @start: first byte of the piece
 * @last: last byte of the piece
 * @holes: parts of the object that are not read, or %NULL
 * @state: the object's flags; scan areas may leave out more parts
 * @slab: the object is in a slab, and all its memory is present while the slab is
 *	pinned; the pages of a range do not come and go, but some may be absent
 */
struct piece {
	unsigned long object;
	size_t size;
	unsigned long start;
	unsigned long last;
	const struct kmemleak_hole *holes;
	u32 state;
	bool slab;
};

static void read_words(struct mark_worker *w, const struct piece *piece,
		       unsigned long start, unsigned long last)
{
	unsigned long from = ALIGN(start, sizeof(long));
	unsigned int nr;

	if (from >= last)
		return;
	nr = (last + 1 - from) / sizeof(long);
	if (likely(piece->slab))
		look_at_words(w, (unsigned long *)from, nr);
	else
		look_at_pages(w, (unsigned long *)from, nr);
}

static void read_piece(struct mark_worker *w, const struct piece *piece,
		       unsigned long start, unsigned long last)
{
	const struct kmemleak_hole *hole = piece->holes;

	for (; hole && hole->end; hole++) {
		read_words(w, piece, start,
			   min(last, piece->object + hole->start - 1));
		start = max(start, piece->object + hole->end);
	}
	read_words(w, piece, start, last);
}

/* Slots are emptied before their areas are dropped. */
static bool areas_gone(const struct piece *piece)
{
	struct slab_table *table = slab_table_of(piece->object);
	struct slot *slot = table ? slab_slot_of(table, piece->object) : NULL;

	return piece->slab && !(slot && slot_flags(slot) & OBJ_AREAS);
}

/*
 * Scan areas added after the snapshot are looked up in the tree. If there are too many for
 * one look, read all of the piece: the next scan has them in its snapshot.
 */
static void read_young_areas(struct mark_worker *w, const struct piece *piece)
{
	unsigned long addr = piece->object;
	struct area_view area[AREAS_HOLD];
	unsigned int i, nr = 0, found = areas_get(&addr, area, AREAS_HOLD);

	while (nr < found && area[nr].start - piece->object < piece->size)
		nr++;
	/* The object is still there: read all of it rather than nothing. */
	if (nr == AREAS_HOLD || (!nr && !areas_gone(piece)))
		read_piece(w, piece, piece->start, piece->last);
	for (i = 0; i < nr && nr < AREAS_HOLD; i++)
		read_piece(w, piece, max(piece->start, area[i].start),
			   min(piece->last, area[i].last));
}

/* Context: RCU reader, memory pinned. */
static void blacken_piece(struct mark_worker *w, const struct piece *piece)
{
	const struct area_view *areas = w->m->snapshot.areas;
	unsigned int i, nr = w->m->snapshot.nr_areas;

	if (likely(!(piece->state & OBJ_AREAS) ||
		   piece->state & OBJ_SCAN_ALL)) {
		read_piece(w, piece, piece->start, piece->last);
		return;
	}
	i = area_first(w->m, piece->object);
	if (i == nr || areas[i].start - piece->object >= piece->size) {
		read_young_areas(w, piece);
		return;
	}
	for (; i < nr && areas[i].start <= piece->last; i++)
		read_piece(w, piece, max(piece->start, areas[i].start),
			   min(piece->last, areas[i].last));
}

/*
 * Read @nr announced objects. Tell lockdep which locks are taken inside, if rarely:
 * once for each worker, because lockdep remembers, and because it takes longer than the
 * section.
 */
static void section_pin(struct mark_worker *w, unsigned int nr)
{
	pin_open(w->reader, nr);
	if (likely(w->told_lockdep))
		return;
	w->told_lockdep = true;
	grey_might_lock(w->m);
	areas_might_lock();
}

/* Announce the tables of a batch. Neighbours mostly share one. */
static void batch_pin(struct mark_worker *w, const struct batch *batch)
{
	const struct slab_table *last = NULL;
	unsigned int i, nr = 0;

	for (i = 0; i < batch->nr; i++) {
		if (batch->entry[i].table == last)
			continue;
		last = batch->entry[i].table;
		pin_announce(w->reader, nr++, last);
	}
	section_pin(w, nr);
}

/* Context: RCU reader, memory pinned. */
static void blacken_entry(struct mark_worker *w, const struct batch_entry *entry)
{
	size_t size = entry->table->object_size;
	/* Since it was reached, it may have got areas, or may be gone. */
	u32 state = slot_flags(&entry->table->slots[entry->index]);
	struct piece piece;

	if (unlikely(test_bit(TABLE_DEAD, &entry->table->flags) ||
		     !(state & OBJ_LIVE)))
		return;
	if (likely(!(state & OBJ_AREAS) &&
		   !test_bit(TABLE_HOLES, &entry->table->flags))) {
		look_at_words(w, (unsigned long *)entry->object,
			      size / sizeof(long));
		return;
	}
	piece = (struct piece) {
		.object = entry->object,
		.size = size,
		.start = entry->object,
		.last = entry->object + size - 1,
		.holes = entry->table->holes,
		.state = state,
		.slab = true,
	};
	blacken_piece(w, &piece);
}

/* Read a batch until the section is over; what it leads to goes into the next batch. */
static void blacken_batch(struct mark_worker *w, const struct batch *batch)
{
	const struct batch_entry *entry = batch->entry;
	const struct batch_entry *end = entry + batch->nr;

	batch_pin(w, batch);
	for (; entry < end && !section_over(w); entry++)
		blacken_entry(w, entry);
	pin_close(w->reader);
	resolve(w);
	for (; entry < end; entry++)
		defer_object(w, entry);
}

/* Read the objects that were reached, and those that they lead to. */
static void blacken_batches(struct mark_worker *w)
{
	struct batch *batch;

	resolve(w);
	while ((batch = w->next)->nr) {
		w->next = batch == w->batch ? batch + 1 : w->batch;
		w->next->nr = 0;
		blacken_batch(w, batch);
	}
}

/*
 * Find the slab and the index of the object that begins at an address. If the address
 * comes from a grey stack, the slab of its object may have been replaced by another
 * one. The address is dropped unless an object begins there; objects of the new slab
 * are younger than the pass, and are read as such.
 *
 * Context: RCU reader.
 */
static bool entry_find(unsigned long object, struct batch_entry *entry)
{
	struct slab_table *table = slab_table_of(object);
	unsigned long i = table ? slab_index(table, object) : ~0UL;

	if (!table || i >= table->count || slab_object(table, i) != object)
		return false;
	*entry = (struct batch_entry) { object, table, i };
	return true;
}

/* Read a slab object that takes more than one chunk. */
static void blacken_large(struct mark_worker *w, unsigned long object)
{
	struct piece piece = { .object = object, .start = object, .slab = true };
	struct batch_entry entry;
	unsigned long flags;

	do {
		piece.state = 0;
		flags = section_begin(w);
		if (entry_find(object, &entry)) {
			pin_announce(w->reader, 0, entry.table);
			section_pin(w, 1);
			if (!test_bit(TABLE_DEAD, &entry.table->flags))
				piece.state = slot_flags(&entry.table->slots[entry.index]);
			piece.size = entry.table->object_size;
			piece.last = min(piece.start + CHUNK_BYTES,
					 object + piece.size) - 1;
			piece.holes = entry.table->holes;
			if (piece.state & OBJ_LIVE)
				blacken_piece(w, &piece);
			pin_close(w->reader);
			blacken_batches(w);
		}
		section_end(w, flags);
		piece.start = piece.last + 1;
	} while (piece.state & OBJ_LIVE && piece.start - object < piece.size &&
		 !READ_ONCE(w->m->stop));
}

static bool slab_object_waits(const struct mark_worker *w)
{
	return grey_nr(w) && !(grey_top(w) & GREY_KIND);
}

/*
 * Take slab objects from the grey stack, as many as are read until the next look at the
 * clock. Successful lookups do not count towards that, so that each section reads some
 * objects. Returns an object that is larger than a chunk, or 0.
 */
static unsigned long batch_take(struct mark_worker *w)
{
	size_t words = 0;

	while (slab_object_waits(w) && w->next->nr < PIN_TARGETS &&
	       words < CLOCK_WORDS) {
		struct batch_entry entry;

		words += LOOKUP_WORDS;
		if (!entry_find(grey_pop(w), &entry)) {
			w->spent += LOOKUP_WORDS;
			continue;
		}
		if (!batch_add(w, &entry))
			return entry.object;
		words += entry.table->object_size / sizeof(long);
	}
	return 0;
}

/*
 * Read the nth chunk of a range's memory, and the objects that it leads to. A chunk ends
 * where a word does, so that no word lies in two of them. Returns false if the range is
 * gone.
 */
static bool blacken_chunk(struct mark_worker *w, struct tracked_range *range,
			  unsigned long object, unsigned long nth)
{
	unsigned long start = ALIGN_DOWN(object, sizeof(long)) + nth * CHUNK_BYTES;
	size_t size = range_size(range);
	struct piece piece = {
		.object = object,
		.size = size,
		.start = max(start, object),
		.last = min(start + CHUNK_BYTES, object + size) - 1,
	};

	pin_announce(w->reader, 0, range);
	section_pin(w, 1);
	if (!READ_ONCE(range->dead))
		piece.state = slot_flags(&range->slot);
	if (piece.state & OBJ_LIVE) {
		piece.holes = slab_kfence_holes(object, size);
		blacken_piece(w, &piece);
	}
	pin_close(w->reader);
	blacken_batches(w);
	return piece.state & OBJ_LIVE;
}

/**
 * mark_lost_chunk() - mark what a chunk of a lost object refers to, if it is still lost
 * @w: the worker that reads it
 * @space: what kind of address @at is
 * @at: address of the chunk, as lost_within() takes it
 * @start: the chunk's first byte
 * @size: bytes, %CHUNK_BYTES at most
 *
 * The chunk is pinned like a chunk of a range: freed memory may be unmapped, and the
 * registers of a device may be mapped in its place.
 *
 * Context: Sleeps.
 */
void mark_lost_chunk(struct mark_worker *w, enum range_space space, unsigned long at,
		     unsigned long start, size_t size)
{
	unsigned long word = ALIGN(start, sizeof(long));
	unsigned long flags = section_begin(w);

	pin_announce(w->reader, 0, lost_target());
	section_pin(w, 1);
	if (word < start + size && lost_within(space, at, at + size - 1))
		try_words(w, (unsigned long *)word, (start + size - word) / sizeof(long));
	pin_close(w->reader);
	blacken_batches(w);
	section_end(w, flags);
}

static unsigned long range_copy(const struct tracked_range *range, int cpu)
{
	unsigned long start = range_address(range);

	if (range->space != RANGE_PERCPU)
		return start;
	return (unsigned long)per_cpu_ptr((void __percpu __force *)start, cpu);
}

static bool range_to_be_read(const struct tracked_range *range)
{
	return range_address(range) &&
	       !(slot_flags(&range->slot) & (OBJ_IGNORE | OBJ_NO_SCAN));
}

/* At least one. */
static unsigned long range_chunks(const struct tracked_range *range)
{
	return (range_address(range) % sizeof(long) + range_size(range) - 1) / CHUNK_BYTES + 1;
}

/* Per-CPU memory has a copy for each possible CPU. */
static unsigned int range_copies(const struct tracked_range *range)
{
	return range->space == RANGE_PERCPU ? num_possible_cpus() : 1;
}

/* Read chunk @chunk of a range, counted through all its copies; false at the end. */
static bool blacken_nth_chunk(struct mark_worker *w,
			      struct tracked_range *range, unsigned long chunk)
{
	unsigned long nr = range_chunks(range), copy = chunk / nr;
	unsigned long object;

	if (copy >= range_copies(range))
		return false;
	/* However small a chunk is: there may be a thousand copies. */
	w->spent += LOOKUP_WORDS;
	object = range_copy(range, cpumask_nth(copy, cpu_possible_mask));
	return blacken_chunk(w, range, object, chunk % nr);
}

/**
 * blacken_range() - read all of a range
 * @w: the worker that reads it
 * @range: the range; a reference to it is held
 *
 * Context: Sleeps between sections.
 */
void blacken_range(struct mark_worker *w, struct tracked_range *range)
{
	unsigned long flags, chunk = 0;
	bool more;

	if (!range_to_be_read(range))
		return;
	do {
		flags = section_begin(w);
		do {
			more = blacken_nth_chunk(w, range, chunk++);
		} while (more && !section_over(w));
		section_end(w, flags);
	} while (more && !READ_ONCE(w->m->stop));
}

/*
 * Read chunks of the view on top of the grey stack. The view stays on the stack, below
 * the objects that its chunks refer to, until no chunk is left. It may be on the stacks
 * of several workers, each of which takes the next chunk.
 */
static void blacken_view(struct mark_worker *w)
{
	unsigned long entry = grey_top(w);
	struct view_list *list = (entry & GREY_KIND) == GREY_PERCPU ?
				 &w->m->snapshot.percpu : &w->m->snapshot.virt;
	struct range_view *view = &list->view[entry >> GREY_SHIFT];
	bool more = range_to_be_read(view->range);

	w->spent += LOOKUP_WORDS;
	while (more && !section_over(w))
		more = blacken_nth_chunk(w, view->range,
					 atomic_long_inc_return(&view->chunks) - 1);
	if (!more && grey_top(w) == entry)
		grey_pop(w);
}

static bool part_waits(const struct mark_worker *w)
{
	return (grey_top(w) & GREY_KIND) == GREY_PART;
}

/**
 * blacken() - read the top of the grey stack, for one section
 * @w: the worker that owns the stack, which is not empty
 *
 * Context: Sleeps after the section.
 */
void blacken(struct mark_worker *w)
{
	unsigned long flags, large = 0;

	if (part_waits(w)) {
		w->m->part(w, grey_pop(w) >> GREY_SHIFT);
		return;
	}
	flags = section_begin(w);
	do {
		if (slab_object_waits(w)) {
			large = batch_take(w);
			blacken_batches(w);
		} else {
			blacken_view(w);
		}
	} while (!large && grey_nr(w) && !part_waits(w) && !section_over(w));
	section_end(w, flags);
	if (large)
		blacken_large(w, large);
}
