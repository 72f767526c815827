/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the marker share: workers and their grey stacks. For
 * mark.c, grey.c and pin.c alone.
 *
 *	 bottom                                   top
 *	   |                                       |
 *	   v                                       v
 *	+-----+-----+-----+-----+-----+-----+-----+
 *	|     grey entries, oldest first          |   a worker's own, circular
 *	+-----+-----+-----+-----+-----+-----+-----+
 *	   |                                   ^
 *	   | a chunk, when there are too many  | push, pop
 *	   v or others have none
 *	 pool of chunks, under its lock
 */
#ifndef _MM_KMEMLEAK_MARK_H
#define _MM_KMEMLEAK_MARK_H

#include <linux/bits.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "kmemleak.h"

/* ---- Who reads memory of objects (pin.c) ---- */

/* Readers of objects: mark_peek(), then one for each worker. */
#define PIN_PEEK	0
#define PIN_WORKER	1
#define PIN_READERS	(PIN_WORKER + MARK_WORKERS_MAX)
/* Objects that a reader reads in one go, however small. */
#define PIN_TARGETS	256

void pin_readers(unsigned int nr);
void pin_next(unsigned int reader, unsigned int index, const void *target);
void pin_open(unsigned int reader, unsigned int nr);
void pin_close(unsigned int reader);

/* ---- Grey objects (grey.c) ---- */

/*
 * A grey entry: address of a slab object, a multiple of 4; or index of a view of
 * the snapshot, or a part of a walk, and what it is.
 */
#define GREY_VIRT	1UL
#define GREY_PERCPU	2UL
#define GREY_PART	3UL
#define GREY_KIND	3UL
#define GREY_SHIFT	2

/* Entries of a worker's own, a power of two, and those of a chunk, for a page. */
#define GREY_ROOM	4096
#define GREY_CHUNK	511

/* How long interrupts may be off, see mark.c; nobody but a test changes it. */
extern unsigned int mark_section_ns;

/* Words that may be references, looked up together. */
#define CANDIDATES	256

/**
 * struct candidate - a word that may refer to an object
 * @addr: the word
 * @where: the word's address
 * @table: of the slab that @addr lies in, if any
 * @index: of the object there
 */
struct candidate {
	unsigned long addr;
	unsigned long where;
	struct slab_table *table;
	unsigned int index;
};

/**
 * struct settled - addresses that need no search among ranges
 * @start: the first of them
 * @span: how many
 * @odd: those with one of these bits do need it
 * @found: a range holds them, alone, and it is grey already; else none does
 */
struct settled {
	unsigned long start;
	unsigned long span;
	unsigned long odd;
	bool found;
};

/* A place for each megabyte, of those that come together. */
#define SETTLED_SHIFT	20
#define SETTLED_NR	64

/**
 * struct batch_entry - a slab object that is about to be read
 * @object: its address
 * @table: its table
 * @index: its number there
 */
struct batch_entry {
	unsigned long object;
	struct slab_table *table;
	unsigned int index;
};

/**
 * struct batch - slab objects that are read together
 * @nr: how many
 * @entry: the objects
 */
struct batch {
	unsigned int nr;
	struct batch_entry entry[PIN_TARGETS];
};

/**
 * struct mark_worker - one that marks
 * @m: the pass that it works for
 * @reader: its number as a reader of memory
 * @lo: smallest number that may be a reference, of whatever kind
 * @span: and none is at or beyond @lo + @span
 * @where: address of the word that is looked up; 0 if there is none
 * @shift: what is read is a copy: from its address to that of the original
 * @words: words read
 * @pointers: words that led to an object
 * @objects: live slab objects that a sweep saw
 * @spent: words read in this section, see mark.c
 * @clock_at: after how many the clock is looked at next
 * @nr_candidates: how many words wait to be looked up
 * @told_lockdep: which locks its sections may take
 * @until: nanoseconds at which the section is to end
 * @next: where slab objects go that are reached; %NULL outside of a section
 * @work: has it run on another CPU
 * @bottom: oldest grey entry, less multiples of %GREY_ROOM
 * @top: behind the youngest, likewise
 * @settled: what was found out about addresses in no slab
 * @candidate: words that wait to be looked up
 * @batch: objects that are read now, and those that come next
 * @grey: entries
 */
struct mark_worker {
	struct marker *m;
	unsigned int reader;
	unsigned long lo;
	unsigned long span;
	unsigned long where;
	unsigned long shift;
	unsigned long words;
	unsigned long pointers;
	unsigned long objects;
	unsigned int spent;
	unsigned int clock_at;
	unsigned int nr_candidates;
	bool told_lockdep;
	u64 until;
	struct batch *next;
	struct work_struct work;
	unsigned int bottom;
	unsigned int top;
	struct settled settled[SETTLED_NR];
	struct candidate candidate[CANDIDATES];
	struct batch batch[2];
	unsigned long grey[GREY_ROOM];
};

static inline unsigned int grey_nr(const struct mark_worker *w)
{
	return w->top - w->bottom;
}

static inline unsigned long grey_top(const struct mark_worker *w)
{
	return w->grey[(w->top - 1) % GREY_ROOM];
}

static inline bool grey_is_view(unsigned long entry)
{
	unsigned long kind = entry & GREY_KIND;

	return kind == GREY_VIRT || kind == GREY_PERCPU;
}

static inline unsigned long grey_pop(struct mark_worker *w)
{
	return w->grey[--w->top % GREY_ROOM];
}

void grey_might_lock(const struct marker *m);
bool grey_make_room(struct mark_worker *w);

/* False if there is no room: the caller takes note of the object itself. */
static __always_inline bool grey_push(struct mark_worker *w,
				      unsigned long entry)
{
	if (unlikely(grey_nr(w) == GREY_ROOM) && !grey_make_room(w))
		return false;
	w->grey[w->top++ % GREY_ROOM] = entry;
	return true;
}

int grey_open(struct marker *m, unsigned int workers);
void grey_close(struct marker *m);
void grey_forget(struct marker *m);
void grey_drain(struct marker *m, void (*step)(struct mark_worker *w));

#endif
