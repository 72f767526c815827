// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses of objects that could not be recorded. They are roots until they are freed.
 *
 * Their addresses are the only way to notice a free: the free of an unknown address may
 * also be a mistake, and must not end a root. An object that finds no room in the list
 * is counted as STAT_UNTRACKED_UNKNOWN for good, and from then on all memory without a
 * record is a root. Memory that the page allocator never had, which includes the kernel's
 * data, is one only if such an object may have been there: lost_in_reserved.
 *
 * Invariant: range_lock (range.c) guards the list.
 */
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/spinlock.h>
#include <asm/sections.h>

#include "store/lost.h"
#include "store/range.h"
#include "store/stats.h"

struct lost_range lost_ranges[LOST_RANGES];
/* How many of them are in use. */
unsigned int lost_nr;

/*
 * Was an object in reserved memory lost whose address is not known? Written under
 * range_lock; a pass that misses a change is followed by another one.
 */
bool lost_in_reserved;

/*
 * May an object be in memory that the page allocator never had? What is known by its
 * physical address was allocated at boot; the first per-CPU memory was, too. On some
 * architectures, the image is neither in the linear map nor apart from vmalloc.
 */
static bool in_reserved(enum range_space space, unsigned long start)
{
	if (space != RANGE_VIRT)
		return true;
	if (start >= (unsigned long)_stext && start < (unsigned long)_end)
		return true;
	return virt_addr_valid((void *)start) && PageReserved(virt_to_page((void *)start));
}

static bool lost_note(enum range_space space, unsigned long start, unsigned long last)
{
	lockdep_assert_held(&range_lock);
	if (lost_nr == LOST_RANGES)
		return false;
	lost_ranges[lost_nr] = (struct lost_range) {
		.space = space,
		.start = start,
		.last = last,
	};
	WRITE_ONCE(lost_nr, lost_nr + 1);
	return true;
}

/**
 * lost_add() - note an object that will have no record
 * @space: what kind of addresses @start and @last are
 * @start: its first byte
 * @last: its last byte
 *
 * Context: range_lock is held.
 */
void lost_add(enum range_space space, unsigned long start, unsigned long last)
{
	stat_inc(STAT_UNTRACKED_RANGE_NOMEM);
	if (lost_note(space, start, last))
		return;
	if (in_reserved(space, start))
		WRITE_ONCE(lost_in_reserved, true);
	stat_inc(STAT_UNTRACKED_UNKNOWN);
}

static void lost_remove(unsigned int i)
{
	lockdep_assert_held(&range_lock);
	WRITE_ONCE(lost_nr, lost_nr - 1);
	lost_ranges[i] = lost_ranges[lost_nr];
	lost_ranges[lost_nr] = (struct lost_range) {};
}

/* lost_end(), where something is lost. */
bool __lost_end(enum range_space space, unsigned long start, unsigned long last)
{
	unsigned int i;

	lockdep_assert_held(&range_lock);
	for (i = 0; i < lost_nr; i++) {
		if (lost_ranges[i].space == space && lost_ranges[i].start == start &&
		    lost_ranges[i].last <= last) {
			lost_remove(i);
			return true;
		}
	}
	return false;
}

/* Does a lost object overlap [start, last]? */
static bool lost_in(const struct lost_range *range, enum range_space space,
		    unsigned long start, unsigned long last)
{
	return range->space == space && range->start <= last && range->last >= start;
}

/**
 * lost_cut() - drop what is lost in a part of memory that is freed
 * @space: what kind of addresses @start and @last are
 * @start: its first byte
 * @last: its last byte
 *
 * If the freed part is in the middle of an object and there is no room for a second
 * entry, the whole object stays a root.
 *
 * Context: range_lock is held.
 * Return: false if nothing was lost there.
 */
bool lost_cut(enum range_space space, unsigned long start, unsigned long last)
{
	unsigned int i;
	bool found = false;

	lockdep_assert_held(&range_lock);
	for (i = lost_nr; i--; ) {
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
 * lost_any() - are there any objects that could not be recorded?
 *
 * Return: true if there are: the free of an unknown address is no error then.
 */
bool lost_any(void)
{
	return READ_ONCE(lost_nr) || lost_unknown();
}

/**
 * lost_count() - count the objects that could not be recorded and are not freed
 *
 * Return: how many there are, without those whose addresses are not known.
 */
unsigned int lost_count(void)
{
	return READ_ONCE(lost_nr);
}

/**
 * lost_unknown() - are there lost objects whose addresses are not known?
 *
 * Return: true if so: all memory without a record is then a root.
 */
bool lost_unknown(void)
{
	return stat_get(STAT_UNTRACKED_UNKNOWN);
}

/**
 * lost_reserved() - are there lost objects in reserved memory with unknown addresses?
 *
 * Return: true if there may be: reserved pages and all data are then roots, too.
 */
bool lost_reserved(void)
{
	return READ_ONCE(lost_in_reserved);
}

/**
 * lost_within() - is there a lost object in a range of addresses?
 * @space: what kind of addresses @start and @last are
 * @start: first byte
 * @last: last byte
 *
 * Context: Any but NMI.
 * Return: true if an object that could not be recorded overlaps the range.
 */
bool lost_within(enum range_space space, unsigned long start, unsigned long last)
{
	bool found = false;
	unsigned long flags;
	unsigned int i;

	raw_spin_lock_irqsave(&range_lock, flags);
	for (i = 0; i < lost_nr && !found; i++)
		found = lost_in(&lost_ranges[i], space, start, last);
	raw_spin_unlock_irqrestore(&range_lock, flags);
	return found;
}

/**
 * lost_before() - walk over the objects that could not be recorded
 * @nr: %UINT_MAX to begin; advances
 * @copy: filled in
 *
 * The walk may miss an object that is lost meanwhile, may show an object twice, and may
 * show one that was freed.
 *
 * Context: Any but NMI.
 * Return: false if there are no more.
 */
bool lost_before(unsigned int *nr, struct lost_range *copy)
{
	unsigned long flags;
	bool more;

	raw_spin_lock_irqsave(&range_lock, flags);
	*nr = min(*nr, lost_nr);
	more = *nr;
	/* Backwards: the last entry, already shown, replaces one that is removed. */
	if (more)
		*copy = lost_ranges[--*nr];
	raw_spin_unlock_irqrestore(&range_lock, flags);
	return more;
}

/**
 * lost_forget() - forget all lost objects
 *
 * Context: The hooks are off, and none of them is running any more.
 */
void lost_forget(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&range_lock, flags);
	while (lost_nr)
		lost_remove(0);
	raw_spin_unlock_irqrestore(&range_lock, flags);
}
