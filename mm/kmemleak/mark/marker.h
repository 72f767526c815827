/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The state of a pass and of its workers.
 *
 *	 bottom                                   top
 *	   |                                       |
 *	   v                                       v
 *	+-----+-----+-----+-----+-----+-----+-----+
 *	|     grey entries, oldest first          |   a worker's own, circular
 *	+-----+-----+-----+-----+-----+-----+-----+
 *	   |                                   ^
 *	   | a chunk, when the stack is full   | push, pop
 *	   v or another worker has none
 *	 pool of chunks, under its lock
 */
#ifndef _MM_KMEMLEAK_MARK_MARKER_H
#define _MM_KMEMLEAK_MARK_MARKER_H

#include <linux/bits.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "store/pin.h"
#include "mark/snapshot.h"

/* More workers would wait for each other rather than for memory. */
#define MARK_WORKERS_MAX	(PIN_READERS - PIN_WORKER)

/* Words and bytes read at once with interrupts off, or inside one RCU section. */
#define CHUNK_WORDS	256
#define CHUNK_BYTES	(CHUNK_WORDS * sizeof(long))

struct grey_pool;
struct mark_worker;
struct slab_table;
struct task_struct;

/**
 * struct marker - state of one marking pass
 * @scanner: the task that scans
 * @scanner_sp: the scanner's stack is a root from this address up
 * @called_off: tells whether the scan should end early
 * @pace: rests now and then; may be %NULL
 * @stop: the pass should end early
 * @again: roots are being read a second time
 * @overflow: an object was marked that found no room on a grey stack
 * @shared: more than one worker marks now
 * @stamp: jiffies when the pass began
 * @lo: no tracked virtual address is below
 * @span: no tracked virtual address is at or beyond @lo + @span
 * @pcpu_lo: the same as @lo for per-CPU pointers
 * @pcpu_span: the same as @span for per-CPU pointers
 * @snapshot: the ranges of this pass
 * @pool: grey entries on their way from worker to worker
 * @step: what a worker does in one step
 * @part: processes one part of a walk over memory, see mark_part()
 * @visit: called for each table of a part, if the walk is over tables
 * @nr_workers: number of workers
 * @worker: the workers; the first is the scanning task
 * @words: words read by all passes that have ended
 * @pointers: words that led to an object, in all passes that have ended
 * @objects: live slab objects that sweeps saw, in all passes that have ended
 * @holder_scan: scan number for the holders that are noted, see report/holders.c; 0 if
 *	none are
 */
struct marker {
	struct task_struct *scanner;
	unsigned long scanner_sp;
	bool (*called_off)(struct task_struct *scanner);
	void (*pace)(struct marker *m);
	bool stop;
	bool again;
	bool overflow;
	bool shared;
	u32 stamp;
	unsigned long lo;
	unsigned long span;
	unsigned long pcpu_lo;
	unsigned long pcpu_span;
	struct range_snapshot snapshot;
	struct grey_pool *pool;
	void (*step)(struct mark_worker *w);
	void (*part)(struct mark_worker *w, unsigned long part);
	void (*visit)(struct slab_table *table, void *worker);
	unsigned int nr_workers;
	struct mark_worker *worker[MARK_WORKERS_MAX];
	unsigned long words;
	unsigned long pointers;
	unsigned long objects;
	u64 holder_scan;
};

/* Entries of a worker's stack, a power of two, and of a chunk, which fits a page. */
#define GREY_ROOM	4096
#define GREY_CHUNK	511

/* Number of words that are looked up together. */
#define CANDIDATES	256

/**
 * struct candidate - a word that may refer to an object
 * @addr: the word
 * @where: the word's address
 * @table: table of the slab that contains @addr, if any
 * @index: index of the object in @table
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
 * @span: number of addresses
 * @odd: addresses that have one of these bits set do need the search
 * @found: exactly one range contains them, and it is already grey; otherwise no range
 *	does
 */
struct settled {
	unsigned long start;
	unsigned long span;
	unsigned long odd;
	bool found;
};

/* One entry for each megabyte; megabytes that are close together do not share one. */
#define SETTLED_SHIFT	20
#define SETTLED_NR	64

/**
 * struct batch_entry - a slab object that is about to be read
 * @object: its address
 * @table: its table
 * @index: its index in @table
 */
struct batch_entry {
	unsigned long object;
	struct slab_table *table;
	unsigned int index;
};

/**
 * struct batch - slab objects that are read together
 * @nr: number of objects
 * @entry: the objects
 */
struct batch {
	unsigned int nr;
	struct batch_entry entry[PIN_TARGETS];
};

/**
 * struct mark_worker - a worker of a pass
 * @m: the pass that it works for
 * @reader: its number as a reader of memory
 * @lo: smallest number that may be a reference of any kind
 * @span: no number at or beyond @lo + @span is a reference
 * @where: address of the word that is being looked up; 0 if there is none
 * @shift: distance from a copy that is being read to the original, else 0
 * @words: words read
 * @pointers: words that led to an object
 * @objects: live slab objects that a sweep saw
 * @spent: words read in this section, see section.c
 * @clock_at: value of @spent at which to look at the clock next
 * @nr_candidates: number of words that wait to be looked up
 * @told_lockdep: lockdep knows which locks the worker's sections may take
 * @until: time in nanoseconds at which the section should end
 * @next: batch for the slab objects that are reached; %NULL outside of a section
 * @work: runs the worker on another CPU
 * @bottom: oldest grey entry; an index into @grey modulo %GREY_ROOM
 * @top: after the youngest grey entry, likewise
 * @settled: results of earlier searches among ranges, for addresses outside of slabs
 * @candidate: words that wait to be looked up
 * @batch: objects that are being read, and those that come next
 * @grey: the grey entries
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

/*
 * Start of the live stack of the running function. On architectures that do not provide
 * the stack pointer, this is the frame's address: the caller's frame lies above it, but
 * the function's own is not seen.
 */
static __always_inline unsigned long own_frame(void)
{
#ifdef CONFIG_ARCH_HAS_CURRENT_STACK_POINTER
	return current_stack_pointer;
#else
	return (unsigned long)__builtin_frame_address(0);
#endif
}

struct marker *mark_of(struct mark_worker *w);
unsigned int mark_worker_nr(const struct mark_worker *w);

#endif
