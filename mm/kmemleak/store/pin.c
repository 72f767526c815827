// SPDX-License-Identifier: GPL-2.0
/*
 * Reading the memory of objects that may be freed meanwhile.
 *
 * Invariants:
 *
 * - The memory of an object is read only in a reader's section that announced
 *   the object's table or range before, with interrupts off, and only a bounded
 *   number of words at a time. @seq is odd while a section is open.
 *	who reads			who frees
 *	  announce = targets		  target is dead
 *	  seq is odd			  full barrier
 *	  full barrier			  seq odd, target announced?
 *	  is target dead? turn away	    then wait until seq has changed
 *	  read				  free
 *	  seq is even (release)
 *   One of the two sees the other's store, so either the reader turns away or
 *   the memory outlives its reading. A section that opens behind the one that
 *   was waited for sees that the target is dead.
 * - Announcements change while @seq is even. Who finds no announcement of its
 *   target looks at @seq once more: either that is as it was, and the target was
 *   not announced; or the section is over, and what it read before as well.
 * - The freeing side spins for one section at most. It cannot have interrupted
 *   the reader on the same CPU, since interrupts are off and nothing is
 *   unrecorded from NMI (see hooks.c).
 * - Memory is freed in interrupts, too. So a lock that a section takes is taken with
 *   interrupts off by everybody, and memory is freed neither under it nor inside a
 *   section: else the freeing CPU holds what the reader that it waits for spins on.
 *   Those are the pool's lock (grey.c) and range_lock; peek_lock is held around a
 *   section. A section wakes nobody and prints nothing.
 * - Lockdep checks that. To it, a section is a read-side critical section: sections
 *   exclude nobody but pin_wait(), which waits for them and excludes nobody, as
 *   synchronize_rcu() does. What a section rarely takes, blacken.c tells it about.
 */
#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/irqflags.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>

#include "store/pin.h"

/* One reader's announcement, on cache lines of its own. */
struct pins {
	unsigned int seq;
	unsigned int nr;
	const void *target[PIN_TARGETS];
} ____cacheline_aligned_in_smp;

static struct pins pins[PIN_READERS];
/* Readers from here on have no section open. */
static unsigned int readers = 1;

#ifdef CONFIG_LOCKDEP
static struct lock_class_key pin_key;
static struct lockdep_map pin_map = {
	.name = "kmemleak_pin",
	.key = &pin_key,
	.wait_type_outer = LD_WAIT_SPIN,
	.wait_type_inner = LD_WAIT_SPIN,
};

static void pin_map_sync(void)
{
	lock_map_sync(&pin_map);
}
#else
static void pin_map_sync(void)
{
}
#endif

/**
 * pin_readers() - how many readers there may be
 * @nr: their number, numbers 0 to @nr - 1; the first is object_peek()'s
 *
 * Called while no reader but that one has a section open.
 */
void pin_readers(unsigned int nr)
{
	/* Ordered by the full barrier of pin_open(). */
	WRITE_ONCE(readers, nr);
}

/**
 * pin_announce() - a target of the section that is about to open
 * @reader: whose section
 * @index: which of its targets, less than %PIN_TARGETS
 * @target: a table or range
 */
void pin_announce(unsigned int reader, unsigned int index, const void *target)
{
	WRITE_ONCE(pins[reader].target[index], target);
}

/**
 * pin_open() - begin to read
 * @reader: whose section
 * @nr: targets that were announced with pin_announce()
 *
 * The memory of each target that is not dead from here on may be read until
 * pin_close().
 *
 * Context: Interrupts off.
 */
void pin_open(unsigned int reader, unsigned int nr)
{
	struct pins *p = &pins[reader];

	lockdep_assert_irqs_disabled();
	lock_map_acquire_read(&pin_map);
	WRITE_ONCE(p->nr, nr);
	/* Pairs with the acquires in pin_wait(). */
	smp_store_release(&p->seq, p->seq + 1);
	/* Pairs with the full barrier in pin_wait(). */
	smp_mb();
}

/**
 * pin_close() - end to read
 * @reader: whose section
 */
void pin_close(unsigned int reader)
{
	/* Pairs with the acquires in pin_wait(). */
	smp_store_release(&pins[reader].seq, pins[reader].seq + 1);
	/* Before the next announcement; pairs with the smp_rmb() there. */
	smp_wmb();
	lock_map_release(&pin_map);
}

static bool pinned(const struct pins *p, const void *target)
{
	unsigned int i, nr = min_t(unsigned int, READ_ONCE(p->nr), PIN_TARGETS);

	for (i = 0; i < nr; i++)
		if (READ_ONCE(p->target[i]) == target)
			return true;
	return false;
}

/**
 * pin_wait() - wait until nobody reads the memory of an object
 * @target: its table or range; marked dead by the caller
 *
 * Context: Any but NMI, outside of sections and of the locks that they take. Spins
 * for one section of a reader at most.
 */
void pin_wait(const void *target)
{
	unsigned int i, seq;

	/* Whether or not a section is open now. */
	pin_map_sync();
	/* Pairs with the full barrier in pin_open(). */
	smp_mb();
	for (i = 0; i < READ_ONCE(readers); i++) {
		/* Pairs with the releases of pin_open() and pin_close(). */
		seq = smp_load_acquire(&pins[i].seq);
		if (!(seq & 1))
			continue;
		if (pinned(&pins[i], target)) {
			smp_cond_load_acquire(&pins[i].seq, VAL != seq);
			continue;
		}
		/* Pairs with the smp_wmb() in pin_close(). */
		smp_rmb();
		/* Pairs with the release in pin_close(). */
		smp_load_acquire(&pins[i].seq);
	}
}
