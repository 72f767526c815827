/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The state of a pass and of those who work for it.
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
#ifndef _MM_KMEMLEAK_MARK_MARKER_H
#define _MM_KMEMLEAK_MARK_MARKER_H

#include <linux/bits.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "store/pin.h"
#include "mark/snapshot.h"

/* More would wait for each other rather than for memory. */
#define MARK_WORKERS_MAX	(PIN_READERS - PIN_WORKER)

/* Words, and bytes, read in one go with interrupts off, or inside one RCU section. */
#define CHUNK_WORDS	256
#define CHUNK_BYTES	(CHUNK_WORDS * sizeof(long))

struct grey_pool;
struct mark_worker;
struct slab_table;
struct task_struct;

/**
 * struct marker - state of one marking pass
 * @scanner: the task that scans
 * @scanner_sp: its stack is a root from here up
 * @called_off: is the scan to end early?
 * @pace: rests now and then; may be %NULL
 * @stop: the pass is to end early
 * @again: roots are read a second time
 * @overflow: an object was marked that found no room on a grey stack
 * @shared: more than one worker marks now
 * @stamp: jiffies when the pass began
 * @lo: no tracked virtual address is below
 * @span: and none at or beyond @lo + @span
 * @pcpu_lo: the same for per-CPU pointers
 * @pcpu_span: the same for per-CPU pointers
 * @snapshot: ranges of this pass
 * @pool: grey objects on their way from worker to worker
 * @step: what workers do
 * @part: does a part of a walk over memory, see mark_part()
 * @visit: sees the tables of that part, where it is one of them
 * @nr_workers: how many there are
 * @worker: the workers; the first is the scanning task
 * @words: words read by all passes that have ended
 * @pointers: words that led to an object, likewise
 * @objects: live slab objects that sweeps saw, likewise
 * @holder_scan: of holders that are noted, see holders.c; 0 if none are
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

/* Entries of a worker's own, a power of two, and those of a chunk, for a page. */
#define GREY_ROOM	4096
#define GREY_CHUNK	511

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
 * @spent: words read in this section, see section.c
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

/*
 * Where the live part of the running function's stack begins, at the latest.
 * Architectures that do not tell the stack pointer tell the frame's address,
 * above which the caller's frame lies; the function's own goes unseen.
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
