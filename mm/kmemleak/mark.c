// SPDX-License-Identifier: GPL-2.0
/*
 * Marking: from the roots, along every word that is the address of an object,
 * to all that can be reached.
 *
 * A white object turns grey when the first word that leads to it is found: its
 * mark is set and it goes onto a grey stack (grey.c). It turns black when its
 * memory has been read. Grey stacks are bounded; an object that finds no room is
 * marked and left over, and a sweep over what was left over puts it there later.
 *
 * A word goes through steps, each of which many words take before the first takes
 * the next, so that they wait for memory at once:
 *
 *	may it be an address? -> its table -> its mark -> its slot: grey
 *	    one comparison	 resolve_	resolve_   resolve_
 *				 tables()	marks()	   slots()
 *
 * A slab object that turns grey is read next, inside the same section, where its
 * table is known; it goes onto the stack when the section has no time for it.
 *
 * May call: grey, pin, slab, range, memory. Invariants:
 *
 * - One pass runs at a time (scan.c). Marks are set by atomics only while more
 *   than one worker marks.
 * - The memory of an object is read inside a section of pin.c, other memory by
 *   reads that may fail.
 * - A grey entry is an address, not an object: it is looked up in the section that
 *   reads it, and dropped where no object begins there. Indices of views last as long
 *   as the snapshot; no entry outlives the pass.
 * - A table that was found stays valid inside one RCU read-side section;
 *   interrupts off are one. Words that wait are looked up before it ends.
 */
#define pr_fmt(fmt) "kmemleak: " fmt

#include <linux/cpumask.h>
#include <linux/irqflags.h>
#include <linux/kasan.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/prefetch.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "kmemleak.h"
#include "mark.h"

static_assert(CHUNK_WORDS <= CANDIDATES);

/*
 * A section, with interrupts off, ends after mark_section_ns, or a little later: the
 * clock, which costs, too, is looked at each time that so many words were read, and
 * one that is looked up counts for more. Where it stands still while interrupts are
 * off, as jiffies do, words end the section. Still shorter ones would be felt: on User
 * Mode Linux interrupts are off and on again for the price of a thousand words.
 */
#define SECTION_WORDS	16384
#define CLOCK_WORDS	2048
#define LOOKUP_WORDS	8

/* In nanoseconds. */
unsigned int mark_section_ns = 10000;

/* ---- Sections ---- */

static unsigned long section_begin(struct mark_worker *w)
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

static noinline bool section_look_at_clock(struct mark_worker *w)
{
	if (w->spent >= SECTION_WORDS ||
	    ktime_get_mono_fast_ns() >= w->until)
		return true;
	w->clock_at = w->spent + CLOCK_WORDS;
	return false;
}

/* Is it time to let interrupts in? */
static bool section_over(struct mark_worker *w)
{
	return unlikely(w->spent >= w->clock_at) && section_look_at_clock(w);
}

static void section_end(struct mark_worker *w, unsigned long flags)
{
	w->next = NULL;
	local_irq_restore(flags);
	mark_pause(w->m);
}

/* ---- From a word to the object it refers to ---- */

/* Set some marks of a word of them; returns those that were not set before. */
static __always_inline unsigned long
mark_set_word(struct mark_worker *w, unsigned long *marks, unsigned long set)
{
	unsigned long old = READ_ONCE(*marks);

	if (!(set & ~old))
		return 0;
	if (w->m->shared)
		old = atomic_long_fetch_or(set, (atomic_long_t *)marks);
	else
		*marks = old | set;
	return set & ~old;
}

/* Was the object white? */
static bool mark_set(struct mark_worker *w, struct slab_table *table,
		     unsigned int i)
{
	return mark_set_word(w, slab_marks(table) + BIT_WORD(i), BIT_MASK(i));
}

static void leave_slot(struct mark_worker *w, struct slab_table *table,
		       unsigned int i)
{
	set_bit(i, slab_left(table));
	set_bit(TABLE_LEFT, &table->flags);
	WRITE_ONCE(w->m->overflow, true);
}

/* To be read in another section. */
static void put_off(struct mark_worker *w, const struct batch_entry *entry)
{
	if (!grey_push(w, entry->object))
		leave_slot(w, entry->table, entry->index);
}

/* To be read in this section, if there is one; not if it takes several. */
static __always_inline bool batch_add(struct mark_worker *w,
				      const struct batch_entry *entry)
{
	struct batch *next = w->next;

	if (!next || next->nr == PIN_TARGETS ||
	    unlikely(entry->table->object_size > CHUNK_BYTES))
		return false;
	next->entry[next->nr++] = *entry;
	return true;
}

/* To be read, whether it is marked or not. */
static void grey_slot(struct mark_worker *w, struct slab_table *table,
		      unsigned int i, u32 state)
{
	struct batch_entry entry = { slab_object(table, i), table, i };

	if (state & (OBJ_IGNORE | OBJ_NO_SCAN))
		return;
	prefetch((void *)entry.object);
	if (!batch_add(w, &entry))
		put_off(w, &entry);
}

/* Take note of the word that led to an object. */
static noinline void note_holder(const struct mark_worker *w, u64 *holder)
{
	if (w->where)
		holder_note(holder, w->m->holder_scan, w->where);
}

static void reach_slot(struct mark_worker *w, struct slab_table *table,
		       unsigned int i, u32 state)
{
	if (!mark_set(w, table, i))
		return;
	if (unlikely(w->m->holder_scan) && table->holders)
		note_holder(w, &table->holders[i]);
	grey_slot(w, table, i, state);
}

static void reach_view(struct mark_worker *w, struct view_list *list,
		       struct range_view *view)
{
	unsigned long index = view - list->view;

	if (READ_ONCE(view->queued) || xchg(&view->queued, 1))
		return;
	if (unlikely(w->m->holder_scan))
		note_holder(w, &view->range->holder);
	if (slot_flags(&view->range->slot) & (OBJ_IGNORE | OBJ_NO_SCAN))
		return;
	if (grey_push(w, index << GREY_SHIFT |
		      (list == &w->m->snapshot.percpu ? GREY_PERCPU :
							GREY_VIRT)))
		return;
	WRITE_ONCE(view->queued, 0);
	WRITE_ONCE(w->m->overflow, true);
}

static struct settled *settled_of(struct mark_worker *w, unsigned long addr)
{
	return &w->settled[(addr >> SETTLED_SHIFT) % SETTLED_NR];
}

/*
 * Take note of what @addr has in common with its neighbours: that no range holds
 * them, or one does that they cannot change any more. @i views start at or below.
 */
static void settle(struct mark_worker *w, const struct view_list *list,
		   unsigned int i, unsigned long addr)
{
	const struct range_view *view = &list->view[i] - 1;
	unsigned long before = i > 1 ? view[-1].max_last + 1 : 0;
	unsigned long next = i < list->nr ? view[1].start : ULONG_MAX;
	struct settled *settled = settled_of(w, addr);

	if (!i || view->max_last < addr) {
		settled->start = i ? view->max_last + 1 : 0;
		settled->span = next - settled->start;
		settled->odd = 0;
		settled->found = false;
	} else if (before <= view->start && next > view->last &&
		   addr <= view->last && READ_ONCE(view->queued) &&
		   view->range->min_count <= 1) {
		settled->start = view->start;
		settled->span = view->last - view->start + 1;
		settled->odd = range_is_huge(view->start, view->last) ?
			       sizeof(long) - 1 : 0;
		settled->found = true;
	}
}

/* Count a reference for every range that the address refers to, if any. */
static bool mark_views(struct mark_worker *w, struct view_list *list,
		       unsigned long addr)
{
	unsigned int i = views_up_to(list, addr);
	struct range_view *view = &list->view[i];
	bool found = false;

	while (view-- > list->view && view->max_last >= addr) {
		if (!range_referred(view->start, view->last, addr))
			continue;
		found = true;
		/* One word must not count for two. */
		if (w->m->again && view->range->min_count > 1)
			continue;
		w->pointers++;
		atomic_inc(&view->count);
		if (view_reached(view))
			reach_view(w, list, view);
	}
	if (list == &w->m->snapshot.virt)
		settle(w, list, i, addr);
	return found;
}

static bool mark_virtual_view(struct mark_worker *w, unsigned long addr)
{
	const struct settled *settled = settled_of(w, addr);

	if (addr - settled->start < settled->span && !(addr & settled->odd))
		return settled->found;
	if (addr - w->m->lo >= w->m->span)
		return false;
	return mark_views(w, &w->m->snapshot.virt, addr);
}

/* A vm_struct stands for its area: code may keep just the one or the other. */
static void mark_vm_area(struct mark_worker *w, unsigned long vm_struct)
{
	struct vm_struct *area = (struct vm_struct *)vm_struct;
	unsigned long addr;

	if (!get_kernel_nofault(addr, (unsigned long *)&area->addr))
		mark_virtual_view(w, (unsigned long)
				  kasan_reset_tag((void *)addr));
}

/* Is the object that a candidate refers to alive? Then it is marked. */
static bool mark_slot(struct mark_worker *w, struct slab_table *table,
		      unsigned int i)
{
	u32 state = slot_flags(&table->slots[i]);

	if (!(state & OBJ_LIVE))
		return false;
	w->pointers++;
	if (unlikely(state & OBJ_VM_STRUCT))
		mark_vm_area(w, slab_object(table, i));
	reach_slot(w, table, i, state);
	return true;
}

/*
 * An address that lies in no object may be the end of one, as code keeps it
 * that fills memory from there down. Where another object begins right there
 * the reference is taken for one to that; so it is behind the last object of a
 * slab and other memory of the linear map, where pages may begin that are in
 * use and not tracked. Behind a vmalloc area is a guard page.
 */
static void mark_end_of_object(struct mark_worker *w, struct slab_table *table,
			       unsigned long end)
{
	unsigned long i;

	if (table) {
		i = slab_index(table, end - 1);
		if (i < table->count &&
		    end == slab_object(table, i) + table->object_size)
			mark_slot(w, table, i);
	} else if (PAGE_ALIGNED(end) && is_vmalloc_addr((void *)end)) {
		mark_virtual_view(w, end - sizeof(long));
	}
}

/* An address in a slab that is not simply that of an object in use. */
static void mark_elsewhere(struct mark_worker *w, struct slab_table *table,
			   unsigned long addr)
{
	if (test_bit(TABLE_RANGES, &table->flags) &&
	    mark_virtual_view(w, addr))
		return;
	mark_end_of_object(w, table, addr);
}

/* First look at the words that wait: which slab do they lie in, if any? */
static void resolve_tables(struct mark_worker *w)
{
	struct candidate *c, *end = w->candidate + w->nr_candidates;
	const struct marker *m = w->m;

	for (c = w->candidate; c < end; c++) {
		if (unlikely(c->addr - m->pcpu_lo < m->pcpu_span)) {
			w->where = c->where;
			mark_views(w, &w->m->snapshot.percpu, c->addr);
		}
		c->table = slab_table_of(c->addr);
		/* Its marks are in there, and others set some, too. */
		prefetchw(c->table);
	}
}

/*
 * Second look: those in a range, or at an object that is marked, are done with.
 * The others, whose number is returned, wait for slots.
 */
static unsigned int resolve_marks(struct mark_worker *w)
{
	const unsigned long careful = BIT(TABLE_RANGES) | BIT(TABLE_VM_STRUCTS);
	struct candidate *c, *kept = w->candidate;
	struct candidate *end = w->candidate + w->nr_candidates;

	for (c = w->candidate; c < end; c++) {
		struct slab_table *table = c->table;
		unsigned long i;

		w->where = c->where;
		if (!table) {
			if (!mark_virtual_view(w, c->addr))
				mark_end_of_object(w, NULL, c->addr);
			continue;
		}
		i = slab_index(table, c->addr);
		if (i >= table->count || c->addr - slab_object(table, i) >=
					 table->object_size) {
			mark_elsewhere(w, table, c->addr);
			continue;
		}
		if (test_bit(i, slab_marks(table)) &&
		    !(READ_ONCE(table->flags) & careful)) {
			w->pointers++;
			continue;
		}
		prefetch(&table->slots[i]);
		*kept++ = (struct candidate) { c->addr, c->where, table, i };
	}
	return kept - w->candidate;
}

/*
 * Candidates in a row that lie in one table, and there in one word of marks, which
 * takes one atomic for all of them. Returns the first one behind them.
 */
static struct candidate *resolve_run(struct mark_worker *w, struct candidate *c,
				     const struct candidate *end)
{
	struct slab_table *table = c->table;
	unsigned int i, word = BIT_WORD(c->index);
	unsigned long set = 0;

	for (; c < end && c->table == table && BIT_WORD(c->index) == word; c++) {
		u32 state = slot_flags(&table->slots[c->index]);

		if (!(state & OBJ_LIVE)) {
			mark_end_of_object(w, table, c->addr);
			continue;
		}
		w->pointers++;
		if (unlikely(state & OBJ_VM_STRUCT))
			mark_vm_area(w, slab_object(table, c->index));
		set |= BIT_MASK(c->index);
	}
	set = mark_set_word(w, slab_marks(table) + word, set);
	word *= BITS_PER_LONG;
	for_each_set_bit(i, &set, BITS_PER_LONG)
		grey_slot(w, table, word + i,
			  slot_flags(&table->slots[word + i]));
	return c;
}

/* One by one, as ranges or the words themselves matter. */
static void resolve_slot(struct mark_worker *w, const struct candidate *c)
{
	w->where = c->where;
	if (test_bit(TABLE_RANGES, &c->table->flags) &&
	    mark_virtual_view(w, c->addr))
		mark_slot(w, c->table, c->index);
	else if (!mark_slot(w, c->table, c->index))
		mark_end_of_object(w, c->table, c->addr);
}

static void resolve_slots(struct mark_worker *w, unsigned int nr)
{
	struct candidate *c = w->candidate, *end = c + nr;

	while (c < end) {
		if (unlikely(w->m->holder_scan ||
			     test_bit(TABLE_RANGES, &c->table->flags)))
			resolve_slot(w, c++);
		else
			c = resolve_run(w, c, end);
	}
}

/* Context: The RCU read-side section in which the words were read. */
static void resolve(struct mark_worker *w)
{
	w->spent += w->nr_candidates * LOOKUP_WORDS;
	resolve_tables(w);
	resolve_slots(w, resolve_marks(w));
	w->nr_candidates = 0;
	w->where = 0;
}

static __always_inline void look_at(struct mark_worker *w, unsigned long word,
				    const unsigned long *from)
{
	struct candidate *c = &w->candidate[w->nr_candidates];

	word = (unsigned long)kasan_reset_tag((void *)word);
	if (likely(word - w->lo >= w->span))
		return;
	c->addr = word;
	c->where = (unsigned long)from + w->shift;
	if (++w->nr_candidates == CANDIDATES)
		resolve(w);
}

/* Context: RCU reader. Memory that is there. */
static void look_at_words(struct mark_worker *w, const unsigned long *word,
			  unsigned int nr)
{
	const unsigned long *end = word + nr;

	w->words += nr;
	w->spent += nr;
	for (; word < end; word++)
		look_at(w, READ_ONCE(*word), word);
}

/*
 * Context: RCU reader. Memory that stays as it is, there or not: the first word
 * of a page tells. What is not there is passed over.
 */
static void look_at_pages(struct mark_worker *w, const unsigned long *word,
			  unsigned int nr)
{
	unsigned long value;
	unsigned int n;

	for (; nr; word += n, nr -= n) {
		n = min_t(unsigned long, nr,
			  (PAGE_SIZE - offset_in_page(word)) / sizeof(long));
		if (!get_kernel_nofault(value, word))
			look_at_words(w, word, n);
	}
}

/* Context: RCU reader. Memory that may go; a word that cannot be read ends it. */
static void try_words(struct mark_worker *w, const unsigned long *word,
		      unsigned int nr)
{
	unsigned long value;

	w->words += nr;
	for (; nr; nr--, word++) {
		__get_kernel_nofault(&value, word, unsigned long, fault);
		look_at(w, value, word);
	}
fault:
	return;
}

/* ---- Roots ---- */

/**
 * mark_should_stop() - has the scan been called off?
 * @m: the marker
 *
 * Return: true if the user who asked for it got a signal, the thread was told to
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
 * To be called every few hundred words.
 *
 * Context: Sleeps.
 */
void mark_pause(struct marker *m)
{
	cond_resched();
	if (!mark_should_stop(m) && m->pace)
		m->pace(m);
}

/**
 * mark_of() - the pass that a worker works for
 * @w: the worker
 *
 * Return: its marker.
 */
struct marker *mark_of(struct mark_worker *w)
{
	return w->m;
}

/**
 * mark_worker_nr() - the number of a worker
 * @w: the worker
 *
 * Return: it; below its marker's nr_workers.
 */
unsigned int mark_worker_nr(const struct mark_worker *w)
{
	return w->reader - PIN_WORKER;
}

/**
 * mark_begin_words() - words are going to be read that are no object's
 * @w: who does so
 *
 * Until mark_end_words(), for a thousand words at most.
 */
void mark_begin_words(struct mark_worker *w) __acquires(RCU)
{
	rcu_read_lock();
}

/**
 * mark_words() - mark what a few words refer to
 * @w: who does so
 * @word: the first; must stay mapped
 * @nr: how many
 */
void mark_words(struct mark_worker *w, const unsigned long *word,
		unsigned int nr)
{
	look_at_words(w, word, nr);
}

/**
 * mark_end_words() - the end of what mark_begin_words() began
 * @w: who read them
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
 * @start: the memory; does not go while it is read
 * @size: bytes
 *
 * Context: Sleeps.
 */
void mark_memory(struct marker *m, const void *start, size_t size)
{
	mark_pieces(m->worker[0], start, size, look_at_pages);
}

/**
 * mark_fleeting_memory() - the same for memory that may be unmapped meanwhile
 * @w: who reads it
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
 * mark_copied_memory() - the same for a copy
 * @m: the marker
 * @start: the copy
 * @size: bytes
 * @from: what it is a copy of
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

/* ---- From a grey object to its words ---- */

/* First scan area of the snapshot that begins at or behind @addr. */
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
 * @last: last byte of it
 * @holes: what is not to be read of the object, or %NULL
 * @state: of the object; scan areas may leave something out, too
 * @slab: all is there while the slab is pinned. Of a range it is known that its
 *	pages do not come and go, not that all are there
 */
struct piece {
	unsigned long object;
	size_t size;
	unsigned long start;
	unsigned long last;
	const struct hole *holes;
	u32 state;
	bool slab;
};

/* Of objects of which there are many. */
static const struct hole *holes_of(const struct slab_table *table)
{
	unsigned long flags = READ_ONCE(table->flags);

	if (flags & BIT(TABLE_DENTRIES))
		return dentry_holes;
	return flags & BIT(TABLE_TASKS) ? task_holes : NULL;
}

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
	const struct hole *hole = piece->holes;

	for (; hole && hole->end; hole++) {
		read_words(w, piece, start,
			   min(last, piece->object + hole->start - 1));
		start = max(start, piece->object + hole->end);
	}
	read_words(w, piece, start, last);
}

/* Slots are emptied before their areas go. */
static bool areas_gone(const struct piece *piece)
{
	struct slab_table *table = slab_table_of(piece->object);
	struct slot *slot = table ? slab_slot_of(table, piece->object) : NULL;

	return piece->slab && !(slot && slot_flags(slot) & OBJ_AREAS);
}

/* An object that is younger than the snapshot has its areas nevertheless. */
static void read_young_areas(struct mark_worker *w, const struct piece *piece)
{
	unsigned long addr = piece->object;
	struct area_view area;
	bool found = false;

	while (range_area_next(&addr, &area) &&
	       area.start - piece->object < piece->size) {
		read_piece(w, piece, max(piece->start, area.start),
			   min(piece->last, area.last));
		found = true;
	}
	/* They are not there yet: rather all than nothing. */
	if (!found && !areas_gone(piece))
		read_piece(w, piece, piece->start, piece->last);
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
 * Read @nr objects that were announced. Lockdep is told what may be taken inside, if
 * rarely: once for a worker, as it remembers, and as it takes longer than the section.
 */
static void section_pin(struct mark_worker *w, unsigned int nr)
{
	pin_open(w->reader, nr);
	if (likely(w->told_lockdep))
		return;
	w->told_lockdep = true;
	grey_might_lock(w->m);
	range_might_lock();
}

/* Announce the tables of a batch; those of neighbours are mostly the same. */
static void batch_pin(struct mark_worker *w, const struct batch *batch)
{
	const struct slab_table *last = NULL;
	unsigned int i, nr = 0;

	for (i = 0; i < batch->nr; i++) {
		if (batch->entry[i].table == last)
			continue;
		last = batch->entry[i].table;
		pin_next(w->reader, nr++, last);
	}
	section_pin(w, nr);
}

/* Context: RCU reader, memory pinned. */
static void blacken_entry(struct mark_worker *w, const struct batch_entry *entry)
{
	const unsigned long has_hole = BIT(TABLE_DENTRIES) | BIT(TABLE_TASKS);
	size_t size = entry->table->object_size;
	/* It may have got its areas, or be gone, since it was reached. */
	u32 state = slot_flags(&entry->table->slots[entry->index]);
	struct piece piece;

	if (unlikely(test_bit(TABLE_DEAD, &entry->table->flags) ||
		     !(state & OBJ_LIVE)))
		return;
	if (likely(!(state & OBJ_AREAS) &&
		   !(READ_ONCE(entry->table->flags) & has_hole))) {
		look_at_words(w, (unsigned long *)entry->object,
			      size / sizeof(long));
		return;
	}
	piece = (struct piece) {
		.object = entry->object,
		.size = size,
		.start = entry->object,
		.last = entry->object + size - 1,
		.holes = holes_of(entry->table),
		.state = state,
		.slab = true,
	};
	blacken_piece(w, &piece);
}

/* Read a batch as far as the section goes; what that leads to is the next one. */
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
		put_off(w, entry);
}

/* Read the objects that were reached, and those that these lead to. */
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
 * The slab and the number of the object that begins at an address. When an address
 * comes from a grey stack, the slab of its object may be gone, and another one be there,
 * in which it lies anywhere: then it is dropped. The objects of that slab are younger
 * than the pass, and read as such.
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

/* A slab object that takes more than one chunk. */
static void blacken_large(struct mark_worker *w, unsigned long object)
{
	struct piece piece = { .object = object, .start = object, .slab = true };
	struct batch_entry entry;
	unsigned long flags;

	do {
		piece.state = 0;
		flags = section_begin(w);
		if (entry_find(object, &entry)) {
			pin_next(w->reader, 0, entry.table);
			section_pin(w, 1);
			if (!test_bit(TABLE_DEAD, &entry.table->flags))
				piece.state = slot_flags(&entry.table->slots[entry.index]);
			piece.size = entry.table->object_size;
			piece.last = min(piece.start + CHUNK_BYTES,
					 object + piece.size) - 1;
			piece.holes = holes_of(entry.table);
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
 * Take slab objects from the grey stack, as many as are read until the clock is looked
 * at. Their lookups do not bring that nearer: each section is to read some of them.
 * One that is larger than a chunk is returned.
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
 * One chunk of a range's memory, and what that leads to; false if there is none
 * any more.
 */
static bool blacken_chunk(struct mark_worker *w, struct tracked_range *range,
			  unsigned long object, unsigned long start)
{
	size_t size = range_size(range);
	struct piece piece = {
		.object = object,
		.size = size,
		.start = start,
		.last = min(start + CHUNK_BYTES, object + size) - 1,
	};

	pin_next(w->reader, 0, range);
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
 * mark_lost_chunk() - mark what a chunk of a lost object refers to, if it is lost still
 * @w: who reads it
 * @space: what @at means
 * @at: where the chunk is, as range_lost_in() has it
 * @start: its first byte
 * @size: bytes, %CHUNK_BYTES at most
 *
 * It is pinned as a chunk of a range is: what is freed may be unmapped, and the
 * registers of a device be mapped there.
 *
 * Context: Sleeps.
 */
void mark_lost_chunk(struct mark_worker *w, enum range_space space, unsigned long at,
		     unsigned long start, size_t size)
{
	unsigned long word = ALIGN(start, sizeof(long));
	unsigned long flags = section_begin(w);

	pin_next(w->reader, 0, lost_target());
	section_pin(w, 1);
	if (word < start + size && range_lost_in(space, at, at + size - 1))
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

static unsigned int range_chunks(const struct tracked_range *range)
{
	return DIV_ROUND_UP(range_size(range), CHUNK_BYTES);
}

/* Chunk @chunk of a range, counted through all its copies; false behind those. */
static bool blacken_nth_chunk(struct mark_worker *w,
			      struct tracked_range *range, unsigned int chunk)
{
	unsigned int nr = range_chunks(range), copy = chunk / nr;
	int cpu = cpumask_first(cpu_possible_mask);
	unsigned long object;

	if (copy && range->space != RANGE_PERCPU)
		return false;
	while (copy-- && cpu < nr_cpu_ids)
		cpu = cpumask_next(cpu, cpu_possible_mask);
	if (cpu >= nr_cpu_ids)
		return false;
	object = range_copy(range, cpu);
	return blacken_chunk(w, range, object, object + chunk % nr * CHUNK_BYTES);
}

/* A reference to the range is held. */
static void blacken_range(struct mark_worker *w, struct tracked_range *range)
{
	unsigned int chunk = 0;
	unsigned long flags;
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
 * Chunks of the view on top of the grey stack. The view stays there, below what
 * these refer to, until there is no chunk left; it may be on the stacks of
 * several workers, each of which takes the next chunk.
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
					 atomic_inc_return(&view->chunks) - 1);
	if (!more && grey_top(w) == entry)
		grey_pop(w);
}

static bool part_waits(const struct mark_worker *w)
{
	return (grey_top(w) & GREY_KIND) == GREY_PART;
}

/* What is on top of the grey stack, as much as one section has time for. */
static void blacken(struct mark_worker *w)
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

/* ---- Sweeps over all objects ---- */

/**
 * mark_part() - have a part of a walk over memory done by some worker
 * @m: the marker
 * @part_fn: does so; the same for all parts until the next drain
 * @part: which part
 *
 * What it leads to is read meanwhile. mark_drain() is to follow.
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
	/* There is room, unless the pass was called off. */
	if (!m->stop)
		grey_push(w, part << GREY_SHIFT | GREY_PART);
}

/* The objects that a visitor adds are kept few; parts that wait are not theirs. */
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
 * mark_tables() - show all tables to a visitor, by all workers
 * @m: the marker
 * @visit: called for each table, inside an RCU read-side section
 *
 * What it makes grey is read meanwhile. mark_drain() is to follow.
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

	for (i = 0; i < list->nr; i++)
		if (view_reached(&list->view[i]))
			reach_view(m->worker[0], list, &list->view[i]);
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

/* All that the pass before has reached is to be read. */
static void requeue_table(struct slab_table *table, void *worker)
{
	unsigned int i;

	for_each_set_bit(i, slab_marks(table), table->count)
		grey_slot(worker, table, i, slot_flags(&table->slots[i]));
}

/* Objects that are roots; and memory behind the empty slots of a partial table. */
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
	}
}

/**
 * mark_grey() - start from the objects that are roots
 * @m: the marker
 * @verify: what the pass before reached is a root as well, else old marks are
 *	forgotten
 *
 * The kernel changes its objects while they are read: where a new head is put on
 * a list after that object was read, and before the place that held the old head
 * is, a pass does not see the list. The objects of a verifying pass are read
 * whether it finds the way to them or not.
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
 * @w: who did so
 * @objects: how many
 */
void mark_seen(struct mark_worker *w, unsigned int objects)
{
	w->objects += objects;
}

/**
 * mark_newborn_slot() - an object was born since the pass began
 * @w: who found it
 * @table: its table
 * @i: its number there
 *
 * It is a root; if it is marked, its slot may have changed hands since.
 *
 * Context: The RCU read-side section that found @table. mark_drain() is to
 * follow.
 */
void mark_newborn_slot(struct mark_worker *w, struct slab_table *table,
		       unsigned int i)
{
	set_bit(i, slab_marks(table));
	grey_slot(w, table, i, slot_flags(&table->slots[i]));
}

/* A range that may be too young for the snapshot. */
static void newborn_range(struct tracked_range *range, void *arg)
{
	struct marker *m = arg;

	if (born_since(&range->slot, m->stamp))
		blacken_range(m->worker[0], range);
}

/**
 * mark_newborn() - read the ranges born since the pass began, and what is grey
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
 * What was taken from an object before that was read, and put into a variable
 * after that was, is found there now. From here on, references are to ranges
 * that one will do for.
 *
 * Context: Sleeps.
 */
void mark_again(struct marker *m)
{
	m->again = true;
	range_walk(again_range, m);
	mark_drain(m);
}

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
	/* Behind the last byte of the last object is its end. */
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
 * mark_open() - get ready for a scan
 * @m: the marker; zero but for @m->scanner, @m->scanner_sp, @m->called_off and
 *	@m->pace
 * @workers: how many may mark at once
 *
 * Context: Sleeps.
 * Return: 0 or -ENOMEM.
 */
int mark_open(struct marker *m, unsigned int workers)
{
	return grey_open(m, workers);
}

/**
 * mark_close() - the end of a scan
 * @m: the marker
 */
void mark_close(struct marker *m)
{
	grey_close(m);
}

/**
 * mark_begin() - get ready for a pass
 * @m: the marker
 * @stamp: jiffies now; what is born from now on is born since the pass began
 *
 * Context: Sleeps.
 * Return: 0, -ENOMEM, or -EAGAIN as range_snapshot_take() has it.
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
 * mark_end() - let go of what a pass needed
 * @m: the marker; its words and pointers are added up
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
		/* A pass that was called off leaves some. */
		w->nr_candidates = 0;
	}
	grey_forget(m);
	range_snapshot_drop(&m->snapshot);
}
