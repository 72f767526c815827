// SPDX-License-Identifier: GPL-2.0
/*
 * Read the memory of objects that may be freed meanwhile.
 *
 * Invariants:
 *
 * - A reader reads the memory of an object only inside a section, after it announced
 *   the object's table or range. Interrupts are off, and only a bounded number of words
 *   is read in one section. @seq is odd while a section is open.
 *	reader				freeing side
 *	  announce the targets		  mark the target dead
 *	  make seq odd			  full barrier
 *	  full barrier			  is seq odd, the target announced?
 *	  is the target dead? skip it	    then wait until seq has changed
 *	  read				  free
 *	  make seq even (release)
 *   At least one side sees the other's store, so either the reader skips the target
 *   or the memory is not freed before the reader is done. A section that opens after
 *   the one that was waited for sees that the target is dead.
 * - Announcements change only while @seq is even. If the freeing side finds no
 *   announcement of its target, it reads @seq once more: either @seq is unchanged, and
 *   the target was not announced; or the section is over, and so are all its reads.
 * - The freeing side spins for one section of each reader at most. It cannot have
 *   interrupted a reader on the same CPU, because interrupts are off in a section and no
 *   object is unrecorded in NMI context (see hooks.c).
 * - Memory is freed in interrupts, too. A lock that is taken inside a section must
 *   therefore be taken with interrupts off everywhere, and memory must be freed neither
 *   under such a lock nor inside a section. Otherwise the freeing CPU could wait for a
 *   reader that spins on a lock held by the freeing CPU. These locks are the pool's
 *   lock (grey.c) and range_lock; peek_lock is held around a section. A section neither
 *   wakes up a task nor prints.
 * - Lockdep checks this. It sees a section as a read-side critical section: sections
 *   exclude only pin_wait(), which waits for them and excludes nobody, as
 *   synchronize_rcu() does. blacken.c tells lockdep about locks that a section rarely
 *   takes.
 */
#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/irqflags.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>

#include "store/pin.h"

/* The announcements of one reader, on cache lines of their own. */
struct pins {
	unsigned int seq;
	unsigned int nr;
	const void *target[PIN_TARGETS];
} ____cacheline_aligned_in_smp;

static struct pins pins[PIN_READERS];
/* Number of readers; those with higher numbers have no section open. */
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
 * pin_readers() - set the number of readers
 * @nr: number of readers, which are numbered 0 to @nr - 1; the first is object_peek()
 *
 * Context: No reader except the first one has a section open.
 */
void pin_readers(unsigned int nr)
{
	/*
	 * More readers: ordered by the full barrier of pin_open(). Fewer: pairs with
	 * the acquire in pin_wait(), which then need not look at their sections.
	 */
	smp_store_release(&readers, nr);
}

/**
 * pin_announce() - announce a target of the section that is about to open
 * @reader: the reader's number
 * @index: index of the target, less than %PIN_TARGETS
 * @target: a table or range
 */
void pin_announce(unsigned int reader, unsigned int index, const void *target)
{
	WRITE_ONCE(pins[reader].target[index], target);
}

/**
 * pin_open() - open a section
 * @reader: the reader's number
 * @nr: number of targets announced with pin_announce()
 *
 * The memory of each target that is not dead after this call may be read until
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
 * pin_close() - close a section
 * @reader: the reader's number
 */
void pin_close(unsigned int reader)
{
	/* Pairs with the acquires in pin_wait(). */
	smp_store_release(&pins[reader].seq, pins[reader].seq + 1);
	/* Before the next announcement; pairs with the smp_rmb() in pin_wait(). */
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
 * pin_wait() - wait until no reader reads the memory of an object
 * @target: the object's table or range; marked dead by the caller
 *
 * Context: Any but NMI, outside of sections and of the locks that they take. Spins for
 * one section of each reader at most.
 */
void pin_wait(const void *target)
{
	unsigned int i, seq;

	/* Tell lockdep even if no section is open now. */
	pin_map_sync();
	/* Pairs with the full barrier in pin_open(). */
	smp_mb();
	/* Pairs with the release in pin_readers(). */
	for (i = 0; i < smp_load_acquire(&readers); i++) {
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
