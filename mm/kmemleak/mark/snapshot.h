/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ranges and scan areas at the start of a pass, sorted for the lookups of workers.
 */
#ifndef _MM_KMEMLEAK_MARK_SNAPSHOT_H
#define _MM_KMEMLEAK_MARK_SNAPSHOT_H

#include <linux/atomic.h>
#include <linux/types.h>

#include "store/range.h"

struct area_view;

/**
 * struct range_view - a range in a scan's snapshot
 * @start: first address as words in memory hold it
 * @last: last address
 * @max_last: largest @last of this and all earlier entries
 * @outer: number of entries up to the last one before it that reaches @start; 0 if none
 *	does
 * @range: the range itself, with a reference held
 * @chunks: number of its chunks that workers have taken to read
 * @count: references seen by this pass, until the range is grey
 * @queued: it is, or was, grey
 */
struct range_view {
	unsigned long start;
	unsigned long last;
	unsigned long max_last;
	struct tracked_range *range;
	atomic_long_t chunks;
	atomic_t count;
	unsigned int outer;
	int queued;
};

static inline bool view_reached(const struct range_view *view)
{
	return atomic_read(&view->count) >= view->range->min_count;
}

/**
 * struct view_list - the views of one kind of address
 * @view: sorted by start; of those with equal starts, the longest comes first
 * @nr: number of views
 * @room: number of views that fit
 */
struct view_list {
	struct range_view *view;
	unsigned int nr;
	unsigned int room;
};

/**
 * struct range_snapshot - the ranges and scan areas at the start of a pass
 * @virt: ranges of virtual and physical addresses
 * @percpu: ranges of per-CPU pointers
 * @areas: sorted by start
 * @nr_areas: number of entries in @areas
 * @areas_room: number of entries that fit into @areas
 */
struct range_snapshot {
	struct view_list virt;
	struct view_list percpu;
	struct area_view *areas;
	unsigned int nr_areas;
	unsigned int areas_room;
};

int range_snapshot_take(struct range_snapshot *snapshot);
void range_snapshot_drop(struct range_snapshot *snapshot);
unsigned int views_up_to(const struct view_list *list, unsigned long addr);

#endif
