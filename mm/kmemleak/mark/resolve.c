// SPDX-License-Identifier: GPL-2.0
/*
 * Find the object that a word refers to, and make it grey if it is white.
 *
 * A word goes through steps. Many words take each step before the first takes the next,
 * so that they wait for memory at the same time:
 *
 *	may it be an address? -> its table -> its mark -> its slot: grey
 *	    one comparison	 resolve_	resolve_   resolve_
 *				 tables()	marks()	   slots()
 *
 * A slab object that turns grey is read next, inside the same section, where its table
 * is known. If the section has no time for it, it goes onto the grey stack.
 *
 * Invariants:
 *
 * - Marks are set by atomics only while more than one worker marks.
 * - A table that was found stays valid to the end of the RCU read-side section; a
 *   section with interrupts off is one. Waiting words are looked up before it ends.
 */
#include <linux/atomic.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/prefetch.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <asm/kmemleak.h>

#include "store/directory.h"
#include "store/holder.h"
#include "store/object.h"
#include "store/range.h"
#include "store/slab.h"
#include "store/slot.h"
#include "mark/grey.h"
#include "mark/marker.h"
#include "mark/resolve.h"
#include "mark/section.h"
#include "mark/snapshot.h"

/* Set marks in one word of a table's marks. Returns those that were not set before. */
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

/* Mark an object. Returns true if it was white. */
static bool mark_set(struct mark_worker *w, struct slab_table *table,
		     unsigned int i)
{
	return mark_set_word(w, slab_marks(table) + BIT_WORD(i), BIT_MASK(i));
}

/*
 * Another worker may collect what is left over in the same table right now:
 *
 *	leave_slot()			queue_left_over()
 *	  set the object's bit		  was TABLE_LEFT set? clear it
 *	  barrier			  (full barrier)
 *	  set TABLE_LEFT		  read the objects' bits
 *
 * Whoever clears TABLE_LEFT sees the object's bit, or TABLE_LEFT stays set for the next
 * sweep. m->overflow, which asks for that sweep, is read when the drain is over; the lock
 * of the pool, which each worker takes at the end, orders that.
 */
static void leave_slot(struct mark_worker *w, struct slab_table *table,
		       unsigned int i)
{
	set_bit(i, slab_left(table));
	/* Pairs with test_and_clear_bit() in queue_left_over(). */
	smp_mb__before_atomic();
	set_bit(TABLE_LEFT, &table->flags);
	WRITE_ONCE(w->m->overflow, true);
}

/**
 * defer_object() - leave a grey object to another section
 * @w: the worker that reached it
 * @entry: the object
 *
 * Context: RCU reader.
 */
void defer_object(struct mark_worker *w, const struct batch_entry *entry)
{
	if (!grey_push(w, entry->object))
		leave_slot(w, entry->table, entry->index);
}

/**
 * grey_slot() - have an object read, whether it is marked or not
 * @w: the worker that reached it
 * @table: its table
 * @i: its index in @table
 * @state: its flags
 *
 * Context: RCU reader.
 */
void grey_slot(struct mark_worker *w, struct slab_table *table,
	       unsigned int i, u32 state)
{
	struct batch_entry entry = { slab_object(table, i), table, i };

	if (state & (OBJ_IGNORE | OBJ_NO_SCAN))
		return;
	prefetch((void *)entry.object);
	if (!batch_add(w, &entry))
		defer_object(w, &entry);
}

/* Record the address of the word that led to an object. */
static noinline void note_holder(const struct mark_worker *w, u64 *holder)
{
	if (w->where)
		holder_note(holder, w->m->holder_scan, w->where);
}

/**
 * reach_slot() - mark an object, and have it read if it was white
 * @w: the worker that reached it
 * @table: its table
 * @i: its index in @table
 * @state: its flags
 *
 * Context: RCU reader.
 */
void reach_slot(struct mark_worker *w, struct slab_table *table,
		unsigned int i, u32 state)
{
	if (!mark_set(w, table, i))
		return;
	if (unlikely(w->m->holder_scan) && table->holders)
		note_holder(w, &table->holders[i]);
	grey_slot(w, table, i, state);
}

/**
 * reach_view() - have a range read that has enough references
 * @w: the worker that reached it
 * @list: the list of views that @view is in
 * @view: the range in the snapshot
 *
 * Context: Any but NMI.
 */
void reach_view(struct mark_worker *w, struct view_list *list,
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
 * Remember what holds for @addr and its neighbours: that no range contains them, or
 * that a single range does and they cannot change its colour any more. @i views start
 * at or below @addr.
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

/* Count a reference for each range that an address refers to. Returns true if any. */
static bool mark_views(struct mark_worker *w, struct view_list *list,
		       unsigned long addr)
{
	unsigned int i = views_up_to(list, addr), nr;
	struct range_view *view;
	bool found = false;

	/* Skip entries that end before a later one begins: none of them contains @addr. */
	for (nr = i; nr; nr = view->outer) {
		view = &list->view[nr - 1];
		if (view->max_last < addr)
			break;
		if (!range_referred(view->start, view->last, addr))
			continue;
		found = true;
		/* A word that is read twice must not count as two references. */
		if (w->m->again && view->range->min_count > 1)
			continue;
		w->pointers++;
		/* It needs no more, and 32 bits could not count all that there may be. */
		if (READ_ONCE(view->queued))
			continue;
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

/* A vm_struct stands for its area: code may keep a pointer to only one of the two. */
static void mark_vm_area(struct mark_worker *w, unsigned long vm_struct)
{
	struct vm_struct *area = (struct vm_struct *)vm_struct;
	unsigned long addr;

	if (!get_kernel_nofault(addr, (unsigned long *)&area->addr))
		mark_virtual_view(w, untagged((void *)addr));
}

/* Mark the object that a candidate refers to. Returns false if it is not alive. */
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
 * An address outside of any object may be the end of one: code that fills memory
 * downwards keeps such a pointer. If another object begins at the address, the word
 * counts as a reference to that one. For the same reason, the end of the last object of
 * a slab, or of other memory in the linear map, does not count: untracked pages that
 * are in use may begin there. A vmalloc area, however, is followed by a guard page.
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

/* Handle an address in a slab that does not lie inside an object. */
static void mark_elsewhere(struct mark_worker *w, struct slab_table *table,
			   unsigned long addr)
{
	if (test_bit(TABLE_RANGES, &table->flags) &&
	    mark_virtual_view(w, addr))
		return;
	mark_end_of_object(w, table, addr);
}

/* First step: which slabs contain the waiting words, if any? */
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
		/* For writing: it holds the marks, which this and other workers set. */
		kmemleak_prefetchw(c->table);
	}
}

/*
 * Second step: finish the words that refer to a range or to a marked object. The
 * others, whose number is returned, wait for their slots.
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
 * Handle a run of candidates in one table that share one word of marks: a single atomic
 * operation marks them all. Returns the first candidate after the run.
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

/* Handle a single candidate, where ranges or the addresses of words matter. */
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

/**
 * resolve() - look up the waiting words
 * @w: the worker whose words they are
 *
 * Context: The RCU read-side section in which the words were read.
 */
void resolve(struct mark_worker *w)
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

	word = untagged((void *)word);
	if (likely(word - w->lo >= w->span))
		return;
	c->addr = word;
	c->where = (unsigned long)from + w->shift;
	if (++w->nr_candidates == CANDIDATES)
		resolve(w);
}

/**
 * look_at_words() - look at words of memory that is present
 * @w: the worker that reads
 * @word: the first word
 * @nr: number of words
 *
 * Context: RCU reader.
 */
void look_at_words(struct mark_worker *w, const unsigned long *word,
		   unsigned int nr)
{
	const unsigned long *end = word + nr;

	w->words += nr;
	w->spent += nr;
	for (; word < end; word++)
		look_at(w, READ_ONCE(*word), word);
}

/* How many of @nr words are in the page of the first one? */
static unsigned int page_words(const unsigned long *word, unsigned int nr)
{
	return min_t(unsigned long, nr, (PAGE_SIZE - offset_in_page(word)) / sizeof(long));
}

/**
 * look_at_pages() - look at words of memory whose pages do not come or go
 * @w: the worker that reads
 * @word: the first word
 * @nr: number of words
 *
 * Read the first word of each page to find out whether the page is present, and skip
 * pages that are not. That takes no less time.
 *
 * Context: RCU reader.
 */
void look_at_pages(struct mark_worker *w, const unsigned long *word,
		   unsigned int nr)
{
	unsigned long value;
	unsigned int n;

	for (; nr; word += n, nr -= n) {
		n = page_words(word, nr);
		if (!get_kernel_nofault(value, word))
			look_at_words(w, word, n);
		else
			w->spent += n;
	}
}

/* Context: RCU reader. The words are in one page. */
static void try_page_words(struct mark_worker *w, const unsigned long *word,
			   unsigned int nr)
{
	unsigned long value;

	/* Some architectures look at this before they look for what to do about a fault. */
	pagefault_disable();
	for (; nr; nr--, word++) {
		__get_kernel_nofault(&value, word, unsigned long, fault);
		look_at(w, value, word);
	}
fault:
	pagefault_enable();
}

/**
 * try_words() - look at words of memory that may go away
 * @w: the worker that reads
 * @word: the first word
 * @nr: number of words
 *
 * A page is mapped as a whole: if a word cannot be read, go on with the next page.
 *
 * Context: RCU reader.
 */
void try_words(struct mark_worker *w, const unsigned long *word,
	       unsigned int nr)
{
	unsigned int n;

	w->words += nr;
	for (; nr; word += n, nr -= n) {
		n = page_words(word, nr);
		try_page_words(w, word, n);
	}
}
