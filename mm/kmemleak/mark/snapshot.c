// SPDX-License-Identifier: GPL-2.0
/*
 * Snapshots of all ranges and scan areas, one for each pass.
 *
 * Invariant: a snapshot holds a reference to each of its ranges. It contains everything
 * that existed before range_snapshot_take(); ranges born during the call may be
 * missing.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "store/areas.h"
#include "store/range.h"
#include "mark/buffer.h"
#include "mark/snapshot.h"

/* Progress of a snapshot in one space. */
struct view_source {
	struct range_iter iter;
	struct range_view view;
	bool more;
};

static void source_advance(struct view_source *source)
{
	struct tracked_range *range;
	unsigned long start;

	source->more = false;
	while (!source->more && (range = range_iter_next(&source->iter))) {
		start = range_address(range);
		source->more = start;
		source->view = (struct range_view) {
			.start = start,
			.last = start + range_size(range) - 1,
			.range = range,
		};
		if (!start)
			range_put(range);
	}
}

static void source_begin(struct view_source *source, enum range_space space)
{
	source->iter = (struct range_iter) { .space = space };
	source_advance(source);
}

/* Does a view come before another: by start, of equal starts the longest first? */
static bool source_before(const struct view_source *a,
			  const struct view_source *b)
{
	if (!a->more || !b->more)
		return a->more;
	if (a->view.start != b->view.start)
		return a->view.start < b->view.start;
	return a->view.last > b->view.last;
}

/*
 * Number of entries up to the last one that reaches an address; no entry begins behind it.
 * The entries between one and the next on its way end before both begin.
 */
static unsigned int view_reaching(const struct view_list *list, unsigned long addr)
{
	unsigned int nr = list->nr;

	while (nr && list->view[nr - 1].last < addr)
		nr = list->view[nr - 1].outer;
	return nr;
}

/* Move a source's view to the end of a list. Returns false if there is no room. */
static bool view_append(struct view_list *list, struct view_source *source)
{
	unsigned long max_last = list->nr ? list->view[list->nr - 1].max_last : 0;

	if (list->nr == list->room)
		return false;
	source->view.max_last = max(max_last, source->view.last);
	source->view.outer = view_reaching(list, source->view.start);
	list->view[list->nr++] = source->view;
	source_advance(source);
	return true;
}

static void source_end(struct view_source *source)
{
	if (source->more)
		range_put(source->view.range);
	range_iter_end(&source->iter);
}

static bool snapshot_ranges(struct range_snapshot *snapshot)
{
	struct view_source virt, phys, percpu;
	bool room = true;

	source_begin(&virt, RANGE_VIRT);
	source_begin(&phys, RANGE_PHYS);
	source_begin(&percpu, RANGE_PERCPU);
	while (room && (virt.more || phys.more))
		room = view_append(&snapshot->virt,
				   source_before(&virt, &phys) ? &virt : &phys);
	while (room && percpu.more)
		room = view_append(&snapshot->percpu, &percpu);
	source_end(&virt);
	source_end(&phys);
	source_end(&percpu);
	return room;
}

static bool snapshot_areas(struct range_snapshot *snapshot)
{
	unsigned int nr, room;
	unsigned long addr = 0;

	while ((room = snapshot->areas_room - snapshot->nr_areas)) {
		cond_resched();
		nr = areas_get(&addr, &snapshot->areas[snapshot->nr_areas], room);
		if (!nr)
			return true;
		snapshot->nr_areas += nr;
	}
	return false;
}

/*
 * Leave room for new objects; the allocations of a snapshot may add some. Entries are
 * counted in 32 bits: there is no room for more.
 */
static unsigned int room_for(unsigned long count)
{
	u64 room = (u64)count + count / 8 + 256;

	return room <= UINT_MAX ? room : 0;
}

static size_t views_bytes(const struct view_list *list)
{
	return list->room * sizeof(struct range_view);
}

static bool views_get(struct view_list *list, unsigned long count)
{
	list->room = room_for(count);
	if (list->room)
		list->view = scan_memory_get(views_bytes(list));
	return list->view;
}

static bool areas_room_get(struct range_snapshot *snapshot)
{
	snapshot->areas_room = room_for(areas_count());
	if (snapshot->areas_room)
		snapshot->areas = scan_memory_get(snapshot->areas_room *
						  sizeof(*snapshot->areas));
	return snapshot->areas;
}

static int snapshot_try(struct range_snapshot *snapshot)
{
	memset(snapshot, 0, sizeof(*snapshot));
	if (!views_get(&snapshot->virt, range_count(RANGE_VIRT) + range_count(RANGE_PHYS)) ||
	    !views_get(&snapshot->percpu, range_count(RANGE_PERCPU)) ||
	    !areas_room_get(snapshot))
		return -ENOMEM;
	return snapshot_ranges(snapshot) && snapshot_areas(snapshot) ?
		0 : -EAGAIN;
}

/**
 * range_snapshot_take() - copy all ranges and scan areas, sorted
 * @snapshot: filled in
 *
 * The snapshot contains everything that existed before the call. Ranges born during the
 * call may be missing. Their birth is not before the stamp of the pass: mark_newborn()
 * reads them, and the next pass has them in its snapshot.
 *
 * Context: Sleeps.
 * Return: 0; -ENOMEM if there is no memory; -EAGAIN if each attempt met more new
 * objects than there was room for.
 */
int range_snapshot_take(struct range_snapshot *snapshot)
{
	int tries = 8, err;

	do {
		err = snapshot_try(snapshot);
		if (err)
			range_snapshot_drop(snapshot);
	} while (err == -EAGAIN && --tries);
	return err;
}

/**
 * views_up_to() - find the place of an address among the views of a snapshot
 * @list: the views
 * @addr: the address
 *
 * Return: the number of views that start at or below the address.
 */
unsigned int views_up_to(const struct view_list *list, unsigned long addr)
{
	unsigned int lo = 0, hi = list->nr;

	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;

		if (list->view[mid].start <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void views_drop(struct view_list *list)
{
	unsigned int i;

	for (i = 0; i < list->nr; i++) {
		range_put(list->view[i].range);
		cond_resched();
	}
	scan_memory_put(list->view, views_bytes(list));
}

/**
 * range_snapshot_drop() - drop a snapshot and its references
 * @snapshot: the snapshot
 */
void range_snapshot_drop(struct range_snapshot *snapshot)
{
	views_drop(&snapshot->virt);
	views_drop(&snapshot->percpu);
	scan_memory_put(snapshot->areas,
			snapshot->areas_room * sizeof(*snapshot->areas));
	memset(snapshot, 0, sizeof(*snapshot));
}
