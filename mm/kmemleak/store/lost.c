// SPDX-License-Identifier: GPL-2.0
/*
 * Where objects are that could not be recorded. They are roots until they are freed.
 *
 * Which of them were freed is known by their addresses alone: a free of an unknown
 * address may as well be a mistake, and must not end a root. An object that finds no
 * room here is counted as STAT_UNTRACKED_UNKNOWN for good, and from then on all memory
 * without a record is a root.
 *
 * Invariant: range_lock (range.c) guards the list.
 */
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>

#include "store/lost.h"
#include "store/range.h"
#include "store/stats.h"

struct lost_range lost_ranges[LOST_RANGES];
static unsigned int nr_lost;

static bool lost_note(enum range_space space, unsigned long start, unsigned long last)
{
	lockdep_assert_held(&range_lock);
	if (nr_lost == LOST_RANGES)
		return false;
	lost_ranges[nr_lost] = (struct lost_range) {
		.space = space,
		.start = start,
		.last = last,
	};
	WRITE_ONCE(nr_lost, nr_lost + 1);
	return true;
}

/**
 * lost_add() - note an object of which there will be no record
 * @space: what @start and @last mean
 * @start: its first byte
 * @last: its last byte
 *
 * Context: range_lock is held.
 */
void lost_add(enum range_space space, unsigned long start, unsigned long last)
{
	stat_inc(STAT_UNTRACKED_RANGE_NOMEM);
	if (!lost_note(space, start, last))
		stat_inc(STAT_UNTRACKED_UNKNOWN);
}

static void lost_remove(unsigned int i)
{
	lockdep_assert_held(&range_lock);
	WRITE_ONCE(nr_lost, nr_lost - 1);
	lost_ranges[i] = lost_ranges[nr_lost];
	lost_ranges[nr_lost] = (struct lost_range) {};
}

/**
 * lost_end() - an object is freed, or another one replaces it
 * @space: what @start and @last mean
 * @start: its first byte
 * @last: it does not go beyond this byte
 *
 * Context: range_lock is held.
 * Return: false if no lost object begins there.
 */
bool lost_end(enum range_space space, unsigned long start, unsigned long last)
{
	unsigned int i;

	lockdep_assert_held(&range_lock);
	for (i = 0; i < nr_lost; i++) {
		if (lost_ranges[i].space == space && lost_ranges[i].start == start &&
		    lost_ranges[i].last <= last) {
			lost_remove(i);
			return true;
		}
	}
	return false;
}

/* Does a lost object have a part in [start, last]? */
static bool lost_in(const struct lost_range *range, enum range_space space,
		    unsigned long start, unsigned long last)
{
	return range->space == space && range->start <= last && range->last >= start;
}

/**
 * lost_cut() - a part of memory is freed
 * @space: what @start and @last mean
 * @start: its first byte
 * @last: its last byte
 *
 * What is freed in the middle of an object stays a root with the rest of it if there
 * is no room for two.
 *
 * Context: range_lock is held.
 * Return: false if nothing in it was lost.
 */
bool lost_cut(enum range_space space, unsigned long start, unsigned long last)
{
	unsigned int i;
	bool found = false;

	lockdep_assert_held(&range_lock);
	for (i = nr_lost; i--; ) {
		if (!lost_in(&lost_ranges[i], space, start, last))
			continue;
		found = true;
		if (lost_ranges[i].start >= start && lost_ranges[i].last <= last)
			lost_remove(i);
		else if (lost_ranges[i].start >= start)
			lost_ranges[i].start = last + 1;
		else if (lost_ranges[i].last <= last ||
			 lost_note(space, last + 1, lost_ranges[i].last))
			lost_ranges[i].last = start - 1;
	}
	return found;
}

/**
 * lost_any() - are there objects now that could not be recorded?
 *
 * Return: true if so: an unknown address is no error then.
 */
bool lost_any(void)
{
	return READ_ONCE(nr_lost) || lost_unknown();
}

/**
 * lost_unknown() - is it unknown where some of them are?
 *
 * Return: true if so; any memory that no record tells of is then a root.
 */
bool lost_unknown(void)
{
	return stat_get(STAT_UNTRACKED_UNKNOWN);
}

/**
 * lost_within() - is any memory in a range of addresses lost?
 * @space: what @start and @last mean
 * @start: first byte
 * @last: last byte
 *
 * Context: Any but NMI.
 * Return: true if an object is there now that could not be recorded.
 */
bool lost_within(enum range_space space, unsigned long start, unsigned long last)
{
	bool found = false;
	unsigned long flags;
	unsigned int i;

	raw_spin_lock_irqsave(&range_lock, flags);
	for (i = 0; i < nr_lost && !found; i++)
		found = lost_in(&lost_ranges[i], space, start, last);
	raw_spin_unlock_irqrestore(&range_lock, flags);
	return found;
}

/**
 * lost_before() - walk over the objects that could not be recorded
 * @nr: %UINT_MAX begins; moves on
 * @copy: filled in
 *
 * Those that are lost during the walk may be missed, and any may be shown twice.
 * What is shown may have been freed.
 *
 * Context: Any but NMI.
 * Return: false if there are no more.
 */
bool lost_before(unsigned int *nr, struct lost_range *copy)
{
	unsigned long flags;
	bool more;

	raw_spin_lock_irqsave(&range_lock, flags);
	*nr = min(*nr, nr_lost);
	more = *nr;
	/* From the end: whoever leaves is replaced by one that was shown. */
	if (more)
		*copy = lost_ranges[--*nr];
	raw_spin_unlock_irqrestore(&range_lock, flags);
	return more;
}

/**
 * lost_forget() - forget all lost objects
 *
 * The hooks are off and have left.
 */
void lost_forget(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&range_lock, flags);
	while (nr_lost)
		lost_remove(0);
	raw_spin_unlock_irqrestore(&range_lock, flags);
}
