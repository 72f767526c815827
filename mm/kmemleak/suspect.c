// SPDX-License-Identifier: GPL-2.0
/*
 * Suspects: objects that a pass left white, on their way to the report.
 *
 * Invariant: an object is reported only if it was white at the end of the first pass
 * and of each verifying pass, had the same content each time, and was born, and not
 * freed, before the first pass.
 */
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "store/directory.h"
#include "store/object.h"
#include "store/range.h"
#include "store/slab.h"
#include "store/slot.h"
#include "store/stats.h"
#include "mark/buffer.h"
#include "mark/marker.h"
#include "mark/snapshot.h"
#include "report/events.h"
#include "report/text.h"
#include "suspect.h"

/**
 * struct suspect - an object that a pass left white
 * @start: its address
 * @percpu: @start is a per-CPU pointer
 * @then: copy of its slot at that time
 * @crc: hash of its content
 */
struct suspect {
	unsigned long start;
	bool percpu;
	struct slot then;
	u32 crc;
};

#define SUSPECT_BLOCK	((PAGE_SIZE - sizeof(void *) - sizeof(long)) / \
			 sizeof(struct suspect))

struct suspect_block {
	struct suspect_block *next;
	unsigned long nr;
	struct suspect suspect[SUSPECT_BLOCK];
};

/**
 * suspects_begin() - start a scan without suspects
 * @suspects: filled in
 * @m: the marker of the scan
 * @min_age: age in jiffies from which an object can be a leak
 */
void suspects_begin(struct suspects *suspects, struct marker *m, u32 min_age)
{
	*suspects = (struct suspects) { .m = m, .min_age = min_age };
	spin_lock_init(&suspects->lock);
}

/**
 * may_leak() - can an object be a leak at all?
 * @suspects: contains the minimum age
 * @slot: the object's slot
 *
 * Return: false if it is free, too young, a root, ignored, or already reported.
 */
bool may_leak(const struct suspects *suspects, const struct slot *slot)
{
	u32 state = slot_state(slot);

	return (state & OBJ_LIVE) &&
	       !(state & (OBJ_GREY | OBJ_IGNORE | OBJ_TRANSIENT |
			  OBJ_REPORTED)) &&
	       !born_since(slot, suspects->stamp) &&
	       slot_age(slot) >= suspects->min_age;
}

/* A suspect for which there is no memory is counted, and left to the next scan. */
static void suspect_put(struct suspects *suspects, const struct suspect *suspect)
{
	struct suspect_block *block = suspects->blocks;

	lockdep_assert_held(&suspects->lock);
	if (!block || block->nr == SUSPECT_BLOCK) {
		block = scan_page_get();
		if (!block) {
			stat_inc(STAT_SUSPECTS_LOST);
			return;
		}
		block->nr = 0;
		block->next = suspects->blocks;
		suspects->blocks = block;
	}
	block->suspect[block->nr++] = *suspect;
}

/**
 * suspect_add() - add an object that was left white
 * @suspects: the suspects
 * @ref: the object
 *
 * Context: Inside the RCU read-side section that found @ref, or with a reference.
 */
void suspect_add(struct suspects *suspects, const struct object_ref *ref)
{
	struct suspect suspect = {
		.start = ref->start,
		.percpu = ref->range && ref->range->space == RANGE_PERCPU,
		.then = slot_copy(ref->slot),
		.crc = object_crc(ref),
	};

	spin_lock(&suspects->lock);
	suspect_put(suspects, &suspect);
	spin_unlock(&suspects->lock);
}

/**
 * suspects_free() - forget all suspects
 * @suspects: the suspects
 */
void suspects_free(struct suspects *suspects)
{
	struct suspect_block *block;

	while ((block = suspects->blocks)) {
		suspects->blocks = block->next;
		scan_page_put(block);
	}
}

static struct range_view *view_find(struct suspects *suspects,
				    const struct suspect *suspect)
{
	struct view_list *list = suspect->percpu ? &suspects->m->snapshot.percpu :
						   &suspects->m->snapshot.virt;
	unsigned int i = views_up_to(list, suspect->start);
	struct range_view *view = list->view;

	/* The outermost of the ranges that begin there. */
	while (i > 1 && view[i - 2].start == suspect->start)
		i--;
	return i && view[i - 1].start == suspect->start ? &view[i - 1] : NULL;
}

/* Is a suspect still the same, and still white? If so, fill in @ref. */
static bool suspect_holds(struct suspects *suspects, const struct suspect *suspect,
			  struct object_ref *ref)
{
	struct slab_table *table = NULL;
	struct range_view *view;
	unsigned long i;

	if (!suspect->percpu)
		table = slab_table_of(suspect->start);
	view = view_find(suspects, suspect);
	if (view && slot_same(&view->range->slot, &suspect->then)) {
		*ref = (struct object_ref) {
			.start = view->start,
			.size = view->last - view->start + 1,
			.slot = &view->range->slot,
			.range = view->range,
		};
		if (view_reached(view))
			return false;
	} else if (table) {
		i = slab_index(table, suspect->start);
		if (i >= table->count || test_bit(i, slab_marks(table)) ||
		    !slot_same(&table->slots[i], &suspect->then))
			return false;
		*ref = (struct object_ref) {
			.start = slab_object(table, i),
			.size = table->object_size,
			.slot = &table->slots[i],
			.table = table,
		};
	} else {
		return false;
	}
	return may_leak(suspects, ref->slot) && object_crc(ref) == suspect->crc;
}

/**
 * suspects_verify() - drop the suspects that a pass has cleared
 * @suspects: the suspects
 *
 * Context: Sleeps. The pass has ended, and its snapshot still exists.
 * Return: the number of suspects left.
 */
unsigned long suspects_verify(struct suspects *suspects)
{
	struct suspect_block *block;
	unsigned long i, kept, nr = 0;
	struct object_ref ref;

	for (block = suspects->blocks; block; block = block->next) {
		for (i = 0, kept = 0; i < block->nr; i++) {
			rcu_read_lock();
			if (suspect_holds(suspects, &block->suspect[i], &ref))
				block->suspect[kept++] = block->suspect[i];
			rcu_read_unlock();
		}
		block->nr = kept;
		nr += kept;
		cond_resched();
	}
	return nr;
}

static bool suspect_enter(const struct suspect *suspect,
			  const struct object_ref *ref)
{
	walk_want(WALK_REPORTED);
	if (ref->range)
		return slot_change(ref->slot, OBJ_REPORTED, OBJ_INDIRECT);
	set_bit(TABLE_REPORTED, &ref->table->flags);
	if (!slot_change(ref->slot, OBJ_REPORTED, OBJ_INDIRECT))
		return false;
	if (slot_same(ref->slot, &suspect->then))
		return true;
	/* It was freed meanwhile, and its slot has a new owner. */
	slot_change(ref->slot, 0, OBJ_REPORTED);
	return false;
}

static bool suspect_publish(const struct suspect *suspect,
			    const struct object_ref *ref, bool print)
{
	if (!suspect_enter(suspect, ref))
		return false;
	events_leak(ref);
	if (print)
		report_log(ref);
	return true;
}

/**
 * suspects_publish() - put the remaining suspects into the report
 * @suspects: the suspects
 * @print: print each to the kernel log, too
 *
 * Context: Sleeps; under scan_mutex.
 * Return: the number of objects put into the report.
 */
unsigned long suspects_publish(struct suspects *suspects, bool print)
{
	struct suspect_block *block;
	unsigned long i, leaks = 0;
	struct object_ref ref;

	for (block = suspects->blocks; block; block = block->next) {
		for (i = 0; i < block->nr; i++) {
			rcu_read_lock();
			if (suspect_holds(suspects, &block->suspect[i], &ref))
				leaks += suspect_publish(&block->suspect[i],
							 &ref, print);
			rcu_read_unlock();
		}
		cond_resched();
	}
	return leaks;
}
