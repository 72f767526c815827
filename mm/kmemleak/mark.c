// SPDX-License-Identifier: GPL-2.0
/*
 * Marking: from the roots, along every word that is the address of an object,
 * to all that can be reached.
 *
 * A white object turns grey when the first word that leads to it is found: its
 * mark is set and it goes onto the grey stack. It turns black when its memory
 * has been read. The stack is bounded; an object that finds no room is marked
 * but not queued, and a sweep over the marked and not queued puts it there
 * later.
 *
 * May call: slab, range, memory. Invariants:
 *
 * - One marker runs at a time (scan.c). Marks belong to it: no atomics.
 * - The memory of an object is read only while its table or range is pinned,
 *   with interrupts off, and only a bounded number of words at a time.
 *	who reads			who frees
 *	  pinned = target		  target is dead
 *	  full barrier			  full barrier
 *	  is target dead?		  wait until pinned != target
 *   One of the two sees the other's store, so either the marker turns away or
 *   the memory outlives its reading. The freeing side spins at most for one
 *   such reading. It cannot have interrupted the marker on the same CPU, since
 *   interrupts are off and nothing is unrecorded from NMI (see hooks.c).
 * - Interrupts off are an RCU read-side section: tables found stay valid.
 */
#define pr_fmt(fmt) "kmemleak: " fmt

#include <linux/kasan.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/uaccess.h>

#include "kmemleak.h"

/* Words read in one go with interrupts off, or inside one RCU section. */
#define CHUNK_WORDS	256
#define CHUNK_BYTES	(CHUNK_WORDS * sizeof(long))
/* Objects taken from the grey stack in one go, however small. */
#define BATCH_OBJECTS	32

/* From here on an object is so large that numbers are taken for references. */
#define HUGE_BYTES	SZ_1M

#define GREY_STACK_MAX	BIT(17)
#define GREY_STACK_MIN	BIT(9)

/* Grey stack entries: a slab object's address is a multiple of 8. */
#define GREY_RANGE	BIT(0)
#define GREY_PERCPU	BIT(1)
#define GREY_SHIFT	2

/* Who pins: the marker, and whoever holds peek_lock. */
enum pin {
	PIN_MARKER,
	PIN_PEEK,
	NR_PINS,
};

static const void *pinned[NR_PINS];
static DEFINE_RAW_SPINLOCK(peek_lock);

static void pin(enum pin who, const void *target)
{
	/*
	 * Release, as for unpin(): a marker goes from target to target without
	 * letting go in between.
	 */
	smp_store_release(&pinned[who], target);
	/* Pairs with the full barrier in mark_wait_unpinned(). */
	smp_mb();
}

static void unpin(enum pin who)
{
	/* Pairs with the acquire in mark_wait_unpinned(). */
	smp_store_release(&pinned[who], NULL);
}

/**
 * mark_wait_unpinned() - wait until nobody reads the memory of an object
 * @target: its table or range; marked dead by the caller
 *
 * Context: Any but NMI. Spins for as long as the marker reads one chunk.
 */
void mark_wait_unpinned(const void *target)
{
	enum pin who;

	/* Pairs with the full barrier in pin(). */
	smp_mb();
	for (who = 0; who < NR_PINS; who++)
		smp_cond_load_acquire(&pinned[who], VAL != target);
}

static const void *ref_memory(const struct object_ref *ref)
{
	const struct tracked_range *range = ref->range;

	if (!range)
		return (void *)ref->start;
	if (range->space != RANGE_PERCPU)
		return (void *)range_address(range);
	return per_cpu_ptr((void __percpu __force *)range->node.start,
			   cpumask_first(cpu_possible_mask));
}

/**
 * mark_peek() - copy from an object's memory
 * @ref: the object; of per-CPU memory, that of the first CPU is meant
 * @offset: where to begin
 * @buffer: where to copy to
 * @size: bytes; a few hundred at most, for interrupts are off
 *
 * Context: Any but NMI, inside the RCU read-side section that found @ref, or
 * with a reference to its range.
 * Return: false if the object was freed.
 */
bool mark_peek(const struct object_ref *ref, size_t offset, void *buffer,
	       size_t size)
{
	const void *target = ref->range ? (void *)ref->range : ref->table;
	unsigned long flags;
	bool dead;

	raw_spin_lock_irqsave(&peek_lock, flags);
	pin(PIN_PEEK, target);
	dead = ref->range ? READ_ONCE(ref->range->dead) :
			    test_bit(TABLE_DEAD, &ref->table->flags);
	if (!dead)
		dead = copy_from_kernel_nofault(buffer,
						ref_memory(ref) + offset, size);
	unpin(PIN_PEEK);
	raw_spin_unlock_irqrestore(&peek_lock, flags);
	return !dead;
}

static void grey_push(struct marker *m, unsigned long grey)
{
	m->stack[m->top++] = grey;
}

/* ---- From a word to the object it refers to ---- */

static void reach_slot(struct marker *m, struct slab_table *table,
		       unsigned int i, u32 state)
{
	__set_bit(i, slab_marks(table));
	if (state & (OBJ_IGNORE | OBJ_NO_SCAN)) {
		__set_bit(i, slab_queued(table));
	} else if (m->top < m->room) {
		__set_bit(i, slab_queued(table));
		grey_push(m, slab_object(table, i));
	} else {
		m->overflow = true;
	}
}

static void reach_view(struct marker *m, struct view_list *list,
		       unsigned int index)
{
	struct range_view *view = &list->view[index];

	if (view->queued)
		return;
	if (slot_state(&view->range->slot) & (OBJ_IGNORE | OBJ_NO_SCAN)) {
		view->queued = true;
	} else if (m->top < m->room) {
		view->queued = true;
		grey_push(m, (unsigned long)index << GREY_SHIFT | GREY_RANGE |
			  (list == &m->snapshot.percpu ? GREY_PERCPU : 0));
	} else {
		m->overflow = true;
	}
}

/*
 * May a word that lies in a range be a reference to it? Any byte of an object is
 * as good as any other, but the larger an object is, the more numbers look like
 * an address in it. Whoever frees an area of megabytes has to know where it
 * begins: as it is, tagged in the lowest bits, or by way of a member. An odd
 * address pages behind the beginning tells nothing of the kind.
 */
static bool view_referred(const struct range_view *view, unsigned long addr)
{
	return addr <= view->last && (IS_ALIGNED(addr, sizeof(long)) ||
				      view->last - view->start < HUGE_BYTES ||
				      addr - view->start < PAGE_SIZE);
}

/* Count a reference for every range that the address refers to, if any. */
static bool mark_views(struct marker *m, struct view_list *list,
		       unsigned long addr)
{
	unsigned int i = views_up_to(list, addr);
	struct range_view *view = list->view;
	bool found = false;

	while (i-- && view[i].max_last >= addr) {
		if (!view_referred(&view[i], addr))
			continue;
		found = true;
		/* One word must not count for two. */
		if (m->again && view[i].range->min_count > 1)
			continue;
		m->pointers++;
		view[i].count++;
		if (view_reached(&view[i]))
			reach_view(m, list, i);
	}
	return found;
}

/* A vm_struct stands for its area: code may keep just the one or the other. */
static void mark_vm_area(struct marker *m, unsigned long vm_struct)
{
	struct vm_struct *area = (struct vm_struct *)vm_struct;
	unsigned long addr;

	if (!get_kernel_nofault(addr, (unsigned long *)&area->addr))
		mark_views(m, &m->snapshot.virt,
			   (unsigned long)kasan_reset_tag((void *)addr));
}

/* Mark the live object of a slab that holds the address, if there is one. */
static bool mark_slab(struct marker *m, struct slab_table *table,
		      unsigned long addr)
{
	unsigned long i = slab_index(table, addr);
	u32 state;

	if (i >= table->count ||
	    addr - slab_object(table, i) >= table->object_size)
		return false;
	state = slot_state(&table->slots[i]);
	if (!(state & OBJ_LIVE))
		return false;
	m->pointers++;
	if (unlikely(state & OBJ_VM_STRUCT))
		mark_vm_area(m, slab_object(table, i));
	if (!test_bit(i, slab_marks(table)))
		reach_slot(m, table, i, state);
	return true;
}

static bool mark_virtual(struct marker *m, unsigned long addr)
{
	struct slab_table *table = slab_table_of(addr);
	bool found = false;

	if (table) {
		found = mark_slab(m, table, addr);
		if (likely(!test_bit(TABLE_RANGES, &table->flags)))
			return found;
	}
	return mark_views(m, &m->snapshot.virt, addr) || found;
}

/*
 * An address that lies in no object may be the end of one, as code keeps it
 * that fills memory from there down. Where another object begins right there
 * the reference is taken for one to that; so it is behind the last object of a
 * slab and other memory of the linear map, where pages may begin that are in
 * use and not tracked. Behind a vmalloc area is a guard page.
 */
static void mark_end_of_object(struct marker *m, unsigned long end)
{
	struct slab_table *table = slab_table_of(end);
	unsigned long i;

	if (table) {
		i = slab_index(table, end - 1);
		if (i < table->count &&
		    end == slab_object(table, i) + table->object_size)
			mark_slab(m, table, end - 1);
	} else if (is_vmalloc_addr((void *)end) && PAGE_ALIGNED(end)) {
		mark_views(m, &m->snapshot.virt, end - sizeof(long));
	}
}

static void mark_word(struct marker *m, unsigned long word)
{
	if (word - m->lo < m->span && !mark_virtual(m, word))
		mark_end_of_object(m, word);
	if (word - m->pcpu_lo < m->pcpu_span)
		mark_views(m, &m->snapshot.percpu, word);
}

/* Context: RCU reader. A word that cannot be read ends it. */
static void mark_words(struct marker *m, const unsigned long *word,
		       unsigned int nr)
{
	unsigned long value;

	m->words += nr;
	while (nr--) {
		__get_kernel_nofault(&value, word++, unsigned long, fault);
		mark_word(m, (unsigned long)kasan_reset_tag((void *)value));
	}
fault:
	return;
}

/**
 * mark_should_stop() - has the scan been called off?
 * @m: the marker
 *
 * Return: true if the user who asked for it got a signal, or the thread was
 * told to stop.
 */
bool mark_should_stop(struct marker *m)
{
	if (!m->stop)
		m->stop = current->flags & PF_KTHREAD ? kthread_should_stop() :
							signal_pending(current);
	return m->stop;
}

static void mark_pause(struct marker *m)
{
	cond_resched();
	mark_should_stop(m);
}

/**
 * mark_memory() - mark what a piece of memory refers to
 * @m: the marker
 * @start: the memory; need not stay mapped
 * @size: bytes
 *
 * Context: Sleeps.
 */
void mark_memory(struct marker *m, const void *start, size_t size)
{
	const unsigned long *word = PTR_ALIGN(start, sizeof(long));
	const unsigned long *end = PTR_ALIGN_DOWN(start + size, sizeof(long));

	while (word < end && !m->stop) {
		unsigned int nr = min_t(size_t, end - word, CHUNK_WORDS);

		rcu_read_lock();
		mark_words(m, word, nr);
		rcu_read_unlock();
		word += nr;
		if (word < end)
			mark_pause(m);
	}
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

/*
 * Read one chunk of [start, last], less what the object's scan areas leave
 * out. Context: RCU reader, memory pinned.
 */
static void mark_chunk(struct marker *m, u32 state, unsigned long object,
		       size_t size, unsigned long start, unsigned long last)
{
	const struct area_view *areas = m->snapshot.areas;
	unsigned int i, nr = m->snapshot.nr_areas;

	i = state & OBJ_AREAS && !(state & OBJ_SCAN_ALL) ?
	    area_first(m, object) : nr;
	/* Areas younger than the snapshot: rather all than nothing. */
	if (i < nr && areas[i].start - object < size) {
		for (; i < nr && areas[i].start <= last; i++) {
			unsigned long from = max(start, areas[i].start);
			unsigned long to = min(last, areas[i].last);

			from = ALIGN(from, sizeof(long));
			if (from < to)
				mark_words(m, (unsigned long *)from,
					   (to + 1 - from) / sizeof(long));
		}
		return;
	}
	mark_words(m, (unsigned long *)start,
		   (last + 1 - start) / sizeof(long));
}

/* A slab object that takes more than one chunk. */
static void blacken_large(struct marker *m, unsigned long object, size_t size)
{
	unsigned long start, flags;

	for (start = object; start - object < size && !m->stop;
	     start += CHUNK_BYTES) {
		struct slab_table *table;
		u32 state = 0;

		local_irq_save(flags);
		table = slab_table_of(object);
		if (table) {
			pin(PIN_MARKER, table);
			state = test_bit(TABLE_DEAD, &table->flags) ? 0 :
				slot_state(slab_slot_of(table, object));
			if (state & OBJ_LIVE)
				mark_chunk(m, state, object, size, start,
					   min(start + CHUNK_BYTES,
					       object + size) - 1);
			unpin(PIN_MARKER);
		}
		local_irq_restore(flags);
		mark_pause(m);
		if (!(state & OBJ_LIVE))
			break;
	}
}

/* Slab objects at the top of the grey stack, as many as fit one chunk. */
static void blacken_slab_objects(struct marker *m)
{
	unsigned long object, large = 0, flags;
	unsigned int objects = BATCH_OBJECTS;
	size_t bytes = CHUNK_BYTES, size = 0;

	local_irq_save(flags);
	while (m->top && objects-- && !(m->stack[m->top - 1] & GREY_RANGE)) {
		struct slab_table *table;
		unsigned long i;
		u32 state;

		object = m->stack[m->top - 1];
		table = slab_table_of(object);
		i = table ? slab_index(table, object) : 0;
		if (!table || i >= table->count) {
			m->top--;
			continue;
		}
		size = table->object_size;
		if (size > CHUNK_BYTES) {
			m->top--;
			large = object;
			break;
		}
		if (size > bytes)
			break;
		bytes -= size;
		m->top--;
		pin(PIN_MARKER, table);
		if (test_bit(TABLE_DEAD, &table->flags))
			continue;
		state = slot_state(&table->slots[i]);
		if (state & OBJ_LIVE)
			mark_chunk(m, state, object, size, object,
				   object + size - 1);
	}
	unpin(PIN_MARKER);
	local_irq_restore(flags);
	if (large)
		blacken_large(m, large, size);
	else
		mark_pause(m);
}

static void blacken_piece(struct marker *m, struct tracked_range *range,
			  unsigned long start, size_t size)
{
	unsigned long object = start, last = start + size - 1, flags;

	start = ALIGN(start, sizeof(long));
	while (start < last && !m->stop) {
		unsigned long to = min(last, start + CHUNK_BYTES - 1);
		u32 state;

		local_irq_save(flags);
		pin(PIN_MARKER, range);
		state = READ_ONCE(range->dead) ? 0 : slot_state(&range->slot);
		if (state & OBJ_LIVE)
			mark_chunk(m, state, object, size, start, to);
		unpin(PIN_MARKER);
		local_irq_restore(flags);
		mark_pause(m);
		if (to == last || !(state & OBJ_LIVE))
			break;
		start = to + 1;
	}
}

/* A reference to the range is held, or the snapshot holds one. */
static void blacken_range(struct marker *m, struct tracked_range *range)
{
	unsigned long start = range_address(range);
	int cpu;

	if (!start || slot_state(&range->slot) & (OBJ_IGNORE | OBJ_NO_SCAN))
		return;
	if (range->space != RANGE_PERCPU) {
		blacken_piece(m, range, start, range_size(range));
		return;
	}
	for_each_possible_cpu(cpu)
		blacken_piece(m, range, (unsigned long)
			      per_cpu_ptr((void __percpu __force *)start, cpu),
			      range_size(range));
}

static void blacken_view(struct marker *m)
{
	unsigned long grey = m->stack[--m->top];
	struct view_list *list = grey & GREY_PERCPU ? &m->snapshot.percpu :
						      &m->snapshot.virt;

	blacken_range(m, list->view[grey >> GREY_SHIFT].range);
}

static void blacken_all(struct marker *m)
{
	while (m->top && !m->stop) {
		if (m->stack[m->top - 1] & GREY_RANGE)
			blacken_view(m);
		else
			blacken_slab_objects(m);
	}
}

/* ---- Sweeps over all objects ---- */

/* Show every table to a visitor; the grey objects it adds are kept few. */
static void for_all_tables(struct marker *m,
			   void (*visit)(struct slab_table *table, void *m))
{
	unsigned long pos = 0;

	while (slab_walk(&pos, visit, m) && !mark_should_stop(m))
		if (m->top > m->room / 2)
			blacken_all(m);
}

static void queue_left_over(struct slab_table *table, void *m)
{
	unsigned long *marks = slab_marks(table);
	unsigned long *queued = slab_queued(table);
	unsigned int i;

	for_each_andnot_bit(i, marks, queued, table->count)
		reach_slot(m, table, i, slot_state(&table->slots[i]));
}

static void views_left_over(struct marker *m, struct view_list *list)
{
	unsigned int i;

	for (i = 0; i < list->nr; i++)
		if (view_reached(&list->view[i]))
			reach_view(m, list, i);
}

/**
 * mark_drain() - turn all grey objects black
 * @m: the marker
 *
 * Context: Sleeps.
 */
void mark_drain(struct marker *m)
{
	blacken_all(m);
	while (m->overflow && !m->stop) {
		m->overflow = false;
		stat_inc(STAT_SCAN_OVERFLOWS);
		views_left_over(m, &m->snapshot.virt);
		views_left_over(m, &m->snapshot.percpu);
		for_all_tables(m, queue_left_over);
		blacken_all(m);
	}
}

static void whiten_table(struct slab_table *table, void *unused)
{
	bitmap_zero(slab_marks(table), table->count);
	bitmap_zero(slab_queued(table), table->count);
}

static void requeue_table(struct slab_table *table, void *unused)
{
	bitmap_zero(slab_queued(table), table->count);
}

static void grey_table(struct slab_table *table, void *m)
{
	unsigned int i;
	u32 state;

	if (!test_bit(TABLE_SPECIAL, &table->flags))
		return;
	for (i = 0; i < table->count; i++) {
		state = slot_state(&table->slots[i]);
		if ((state & OBJ_LIVE) && (state & (OBJ_GREY | OBJ_TRANSIENT)))
			reach_slot(m, table, i, state);
	}
}

static void grey_views(struct marker *m, struct view_list *list)
{
	unsigned int i;

	for (i = 0; i < list->nr; i++) {
		struct range_view *view = &list->view[i];
		u32 state = slot_state(&view->range->slot);

		if (view_reached(view) ||
		    (state & (OBJ_GREY | OBJ_TRANSIENT))) {
			view->count = max(1U, view->range->min_count);
			reach_view(m, list, i);
		}
		if (m->top > m->room / 2)
			blacken_all(m);
	}
}

/* Memory behind the empty slots of a partial table is a root. */
static void mark_empty_slots(struct slab_table *table, void *m)
{
	unsigned int i;

	if (!test_bit(TABLE_PARTIAL, &table->flags))
		return;
	for (i = 0; i < table->count; i++)
		if (!(slot_state(&table->slots[i]) & OBJ_LIVE))
			mark_words(m, (void *)slab_object(table, i),
				   table->object_size / sizeof(long));
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
	for_all_tables(m, verify ? requeue_table : whiten_table);
	if (verify)
		for_all_tables(m, queue_left_over);
	for_all_tables(m, grey_table);
	grey_views(m, &m->snapshot.virt);
	grey_views(m, &m->snapshot.percpu);
	for_all_tables(m, mark_empty_slots);
	mark_drain(m);
}

static void newborn_table(struct slab_table *table, void *arg)
{
	struct marker *m = arg;
	unsigned int i;

	for (i = 0; i < table->count; i++) {
		u32 state = slot_state(&table->slots[i]);

		if (!(state & OBJ_LIVE) ||
		    !born_since(&table->slots[i], m->stamp))
			continue;
		/* Again if it is marked: its slot may have changed hands. */
		__clear_bit(i, slab_queued(table));
		reach_slot(m, table, i, state);
	}
}

/* A range that may be too young for the snapshot. */
static void newborn_range(struct tracked_range *range, void *arg)
{
	struct marker *m = arg;

	if (born_since(&range->slot, m->stamp))
		blacken_range(m, range);
}

/**
 * mark_newborn() - start from the objects born since the pass began
 * @m: the marker
 *
 * Context: Sleeps.
 */
void mark_newborn(struct marker *m)
{
	range_walk(newborn_range, m);
	for_all_tables(m, newborn_table);
	mark_drain(m);
}

static void again_range(struct tracked_range *range, void *arg)
{
	struct marker *m = arg;

	if (slot_state(&range->slot) & OBJ_GREY)
		blacken_range(m, range);
	if (m->top > m->room / 2)
		blacken_all(m);
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

/**
 * mark_begin() - get ready for a pass
 * @m: the marker; filled in
 * @scanner_sp: stack pointer of the code that scans, at its entry
 * @stamp: jiffies now; a tick that has just begun
 *
 * Context: Sleeps.
 * Return: 0, -ENOMEM, or -EAGAIN as range_snapshot_take() has it.
 */
int mark_begin(struct marker *m, unsigned long scanner_sp, u32 stamp)
{
	unsigned long lo, hi;
	int err;

	memset(m, 0, sizeof(*m));
	m->scanner_sp = scanner_sp;
	m->stamp = stamp;
	err = range_snapshot_take(&m->snapshot);
	if (err)
		return err;
	for (m->room = GREY_STACK_MAX; m->room >= GREY_STACK_MIN; m->room /= 2) {
		m->stack = scan_memory_get(m->room * sizeof(*m->stack));
		if (m->stack)
			break;
	}
	if (!m->stack) {
		range_snapshot_drop(&m->snapshot);
		return -ENOMEM;
	}

	lo = PAGE_OFFSET;
	hi = (unsigned long)high_memory;
	span_of(&m->snapshot.virt, &lo, &hi);
	m->lo = lo;
	/* One more, for the end of the last object. */
	m->span = hi - lo + 1;
	if (m->snapshot.percpu.nr) {
		lo = ULONG_MAX;
		hi = 0;
		span_of(&m->snapshot.percpu, &lo, &hi);
		m->pcpu_lo = lo;
		m->pcpu_span = hi - lo + 1;
	}
	return 0;
}

/**
 * mark_end() - let go of what a pass needed
 * @m: the marker
 */
void mark_end(struct marker *m)
{
	scan_memory_put(m->stack, m->room * sizeof(*m->stack));
	range_snapshot_drop(&m->snapshot);
}
