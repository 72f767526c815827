/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shortage of memory on demand, for records of objects outside of slabs.
 *
 * Fault injection fails the allocation of a record. That has an effect only once the
 * reserve is empty.
 */
#ifndef _MM_KMEMLEAK_TESTS_SHORTAGE_H
#define _MM_KMEMLEAK_TESTS_SHORTAGE_H

#include <linux/sched.h>
#include <linux/sizes.h>

#include "../store/lost.h"
#include "../store/range.h"
#include "../store/slot.h"
#include "../store/stats.h"

/* Physical addresses where no machine has memory, so that nothing is read there. */
#define SHORTAGE_BASE	((ULONG_MAX >> 1) & ~(2 * SZ_1M - 1UL))
#define SHORTAGE_MAX	4096

/*
 * Make this task's nth allocation of a slab object from now on fail, if it may not wait.
 * Returns false if the kernel cannot do that.
 */
static inline bool fail_nth(unsigned int n)
{
#ifdef CONFIG_FAILSLAB
	current->fail_nth = n;
	return true;
#else
	return false;
#endif
}

static inline bool fail_next(void)
{
	return fail_nth(1);
}

static inline void fail_no_more(void)
{
#ifdef CONFIG_FAILSLAB
	current->fail_nth = 0;
#endif
}

static inline bool insert_in_shortage(enum range_space space, unsigned long start,
				      size_t size)
{
	const struct slot slot = { .state = OBJ_LIVE | OBJ_IGNORE };
	bool done;

	fail_next();
	done = range_insert(space, start, size, 0, &slot, GFP_NOWAIT);
	fail_no_more();
	return done;
}

/* Number of records taken from the reserve. */
static unsigned int shortage_taken;

/*
 * Empty the reserve, for the first time or again after records were freed. Returns the
 * number of records that it had; -1 without fault injection.
 */
static inline int shortage_begin(void)
{
	unsigned int before = shortage_taken;
	unsigned long addr;

	if (!fail_next())
		return -1;
	fail_no_more();
	for (; shortage_taken < SHORTAGE_MAX; shortage_taken++) {
		addr = SHORTAGE_BASE + shortage_taken * 16;
		if (insert_in_shortage(RANGE_PHYS, addr, 16))
			continue;
		/* End the loss of the object whose record failed. */
		range_remove(RANGE_PHYS, addr);
		break;
	}
	return shortage_taken - before;
}

/* Lose the record of an object, whatever others free meanwhile. False if that fails. */
static inline bool lose(enum range_space space, unsigned long start, size_t size)
{
	int tries;

	for (tries = 0; tries < 100; tries++) {
		if (shortage_begin() < 0)
			return false;
		if (!insert_in_shortage(space, start, size))
			return true;
		range_remove(space, start);
	}
	return false;
}

/* A test that lost more objects than can be noted knows what was lost. */
static inline void shortage_forget_unknown(void)
{
	stat_set(STAT_UNTRACKED_UNKNOWN, 0);
	WRITE_ONCE(lost_in_reserved, false);
}

static inline void shortage_end(void)
{
	range_cut(RANGE_PHYS, SHORTAGE_BASE, SHORTAGE_MAX * 16);
	shortage_taken = 0;
	/* Wait until the reserve is full again. */
	rcu_barrier();
}

#endif /* _MM_KMEMLEAK_TESTS_SHORTAGE_H */
