// SPDX-License-Identifier: GPL-2.0
/*
 * The list of leaks, which is not stored as a list: it consists of the objects with
 * OBJ_REPORTED, in the order of their addresses.
 *
 * Invariant: a leak that is freed during a walk is simply gone, and a walk that was
 * interrupted continues at the next address.
 */
#include <linux/bitops.h>
#include <linux/pfn.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "kmemleak.h"
#include "store/directory.h"
#include "store/object.h"
#include "store/range.h"
#include "store/slab.h"
#include "store/slot.h"
#include "mark/marker.h"
#include "mark/snapshot.h"
#include "report/leaks.h"

/* Number of slots after which a walk leaves its RCU read-side section. */
#define BATCH_SLOTS	1024

static bool next_in_table(struct report_cursor *cursor,
			  struct slab_table *table)
{
	unsigned long i = 0;

	if (!test_bit(TABLE_REPORTED, &table->flags))
		return false;
	if (cursor->addr > table->base)
		i = slab_index(table, cursor->addr - 1) + 1;
	for (; i < table->count; i++) {
		if (slot_state(&table->slots[i]) & OBJ_REPORTED) {
			cursor->shown = slab_object(table, i);
			cursor->addr = cursor->shown + 1;
			return true;
		}
	}
	return false;
}

static bool next_slab_object(struct report_cursor *cursor)
{
	unsigned long pos = 0;
	struct slab_table *table;
	unsigned int slots, left;
	bool found, end = false;

	rcu_read_lock();
	table = slab_table_of(cursor->addr);
	found = table && next_in_table(cursor, table);
	rcu_read_unlock();
	if (!found && cursor->addr)
		pos = PFN_UP(cursor->addr);
	while (!found && !end) {
		left = DIR_WALK_ENTRIES;
		slots = 0;
		rcu_read_lock();
		while (slots < BATCH_SLOTS && left && !found && !end) {
			table = slab_next_table(&pos, ULONG_MAX, &left);
			if (table) {
				found = next_in_table(cursor, table);
				slots += table->count;
			} else {
				end = left;
			}
		}
		rcu_read_unlock();
		cond_resched();
	}
	return found;
}

static bool next_range(struct report_cursor *cursor)
{
	struct tracked_range *range;
	bool found;

	for (; cursor->space < RANGE_NR_SPACES; cursor->space++) {
		while ((range = range_get_next(cursor->space, &cursor->addr))) {
			found = slot_state(&range->slot) & OBJ_REPORTED;
			cursor->shown = range->node.start;
			range_put(range);
			if (found)
				return true;
		}
		cursor->addr = 0;
	}
	return false;
}

/**
 * report_next_leak() - advance to the next leak
 * @cursor: progress of the walk
 *
 * Leaks that appear or disappear meanwhile may or may not be shown. When "off" has begun,
 * there are none, although their records may still exist.
 *
 * Context: Sleeps.
 * Return: false if there are no more.
 */
bool report_next_leak(struct report_cursor *cursor)
{
	if (!walk_wanted(WALK_REPORTED) || !kmemleak_is_on())
		return false;
	if (!cursor->in_ranges) {
		if (next_slab_object(cursor))
			return true;
		cursor->in_ranges = true;
		cursor->addr = 0;
	}
	return next_range(cursor);
}

/**
 * struct acquittal - reported objects that the last pass found references to
 * @nr: number of objects
 * @carry_out: they are not leaks, so remove them from the report
 */
struct acquittal {
	unsigned long nr;
	bool carry_out;
};

static void acquit_slot(struct slot *slot, struct acquittal *acquittal)
{
	if (!(slot_flags(slot) & OBJ_REPORTED))
		return;
	acquittal->nr++;
	if (acquittal->carry_out)
		slot_change(slot, 0, OBJ_REPORTED);
}

static void acquit_table(struct slab_table *table, void *acquittal)
{
	unsigned int i;

	if (!test_bit(TABLE_REPORTED, &table->flags))
		return;
	for_each_set_bit(i, slab_marks(table), table->count)
		acquit_slot(&table->slots[i], acquittal);
}

static void acquit_views(struct view_list *list, struct acquittal *acquittal)
{
	unsigned int i;

	for (i = 0; i < list->nr; i++) {
		if (view_reached(&list->view[i]))
			acquit_slot(&list->view[i].range->slot, acquittal);
		cond_resched();
	}
}

/**
 * leaks_acquit() - find reported objects that are referred to after all
 * @m: the marker of a pass that has ended
 * @carry_out: remove them from the report
 *
 * Context: Sleeps; under scan_mutex.
 * Return: the number of such objects.
 */
unsigned long leaks_acquit(struct marker *m, bool carry_out)
{
	struct acquittal acquittal = { .carry_out = carry_out };
	unsigned long pos = 0;

	if (!walk_wanted(WALK_REPORTED))
		return 0;
	while (slab_walk(&pos, acquit_table, &acquittal))
		;
	acquit_views(&m->snapshot.virt, &acquittal);
	acquit_views(&m->snapshot.percpu, &acquittal);
	return acquittal.nr;
}

/* An object that takes the place of a leak meanwhile is not in the report: scans wait. */
static void clear_slot(struct slot *slot)
{
	slot_change_if(slot, OBJ_REPORTED, OBJ_GREY, OBJ_REPORTED);
}

static void clear_table(struct slab_table *table, void *unused)
{
	unsigned int i;

	if (!test_and_clear_bit(TABLE_REPORTED, &table->flags))
		return;
	set_bit(TABLE_SPECIAL, &table->flags);
	for (i = 0; i < table->count; i++)
		clear_slot(&table->slots[i]);
}

static void clear_range(struct tracked_range *range, void *unused)
{
	clear_slot(&range->slot);
}

/**
 * leaks_clear() - empty the report for good: objects in it are no longer leaks
 *
 * Context: Sleeps; under scan_mutex.
 */
void leaks_clear(void)
{
	unsigned long pos = 0;

	while (slab_walk(&pos, clear_table, NULL))
		;
	range_walk(clear_range, NULL);
	/* No object is reported now, and none can be before scan_mutex is released. */
	clear_bit(WALK_REPORTED, &walks_wanted);
}
