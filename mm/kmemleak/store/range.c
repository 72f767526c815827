// SPDX-License-Identifier: GPL-2.0
/*
 * Objects outside of slabs, in priority search trees, one for each kind of address.
 *
 * Invariants:
 *
 * - range_lock guards the trees. It is a leaf: code under it calls nothing that takes a
 *   lock or allocates.
 * - A range found under range_lock stays valid until the end of the RCU read-side
 *   section in which it was found; its slot tells whether it is still live.
 * - A snapshot (mark/snapshot.c) holds references. Its owner may read a range's memory
 *   only while it pins the range (pin.c): freeing sets ->dead, then waits for the pin.
 * - An object that could not be recorded is lost (lost.c) until it is freed.
 */
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/percpu-refcount.h>
#include <linux/pfn.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "kmemleak.h"
#include "store/areas.h"
#include "store/lost.h"
#include "store/pin.h"
#include "store/range.h"
#include "store/slot.h"
#include "store/stats.h"

/*
 * Up to 6.14, per-CPU pointers of x86_64 are offsets. The first of them are as small as
 * sizes, times and page numbers.
 */
#define NUMBERS_END	SZ_16M

DEFINE_RAW_SPINLOCK(range_lock);
static struct pst_root ranges[RANGE_NR_SPACES];
static unsigned long nr_ranges[RANGE_NR_SPACES];

static struct kmem_cache *range_cache;

/*
 * Spare records for a shortage of memory, when many are needed and none can be
 * allocated. Freed records refill it. A list linked by node.child[0].
 */
#define RESERVE_RANGES	128
static struct pst_node *reserve;
static unsigned int nr_reserve;

static struct tracked_range *to_range(struct pst_node *node)
{
	return node ? container_of(node, struct tracked_range, node) : NULL;
}

static struct tracked_range *reserve_get(void)
{
	struct tracked_range *range;
	unsigned long flags;

	raw_spin_lock_irqsave(&range_lock, flags);
	range = to_range(reserve);
	if (range) {
		reserve = reserve->child[0];
		WRITE_ONCE(nr_reserve, nr_reserve - 1);
	}
	raw_spin_unlock_irqrestore(&range_lock, flags);
	if (range)
		memset(range, 0, sizeof(*range));
	return range;
}

static bool reserve_put(struct tracked_range *range)
{
	unsigned long flags;
	bool room;

	/* The reserve is usually full, which can be seen without the lock. */
	if (likely(READ_ONCE(nr_reserve) == RESERVE_RANGES))
		return false;
	raw_spin_lock_irqsave(&range_lock, flags);
	room = nr_reserve < RESERVE_RANGES;
	if (room) {
		range->node.child[0] = reserve;
		reserve = &range->node;
		WRITE_ONCE(nr_reserve, nr_reserve + 1);
	}
	raw_spin_unlock_irqrestore(&range_lock, flags);
	return room;
}

static void range_free(struct tracked_range *range)
{
	if (!reserve_put(range))
		kmem_cache_free(range_cache, range);
}

static void range_free_rcu(struct rcu_head *rcu)
{
	range_free(container_of(rcu, struct tracked_range, rcu));
}

/**
 * range_put() - drop a reference to a range
 * @range: the range
 *
 * Context: Any but NMI.
 */
void range_put(struct tracked_range *range)
{
	if (refcount_dec_and_test(&range->ref))
		call_rcu(&range->rcu, range_free_rcu);
}

static void range_link(struct tracked_range *range)
{
	lockdep_assert_held(&range_lock);
	pst_insert(&ranges[range->space], &range->node);
	WRITE_ONCE(nr_ranges[range->space], nr_ranges[range->space] + 1);
}

static void range_unlink(struct tracked_range *range)
{
	lockdep_assert_held(&range_lock);
	pst_erase(&ranges[range->space], &range->node);
	WRITE_ONCE(nr_ranges[range->space], nr_ranges[range->space] - 1);
	slot_empty(&range->slot);
	/* Ordered by the full barrier in pin_wait(). */
	WRITE_ONCE(range->dead, true);
}

static void range_let_go(struct tracked_range *range)
{
	pin_wait(range);
	range_put(range);
}

/**
 * range_new() - allocate a record for an object
 * @gfp: flags of the object's allocation
 *
 * Context: Any but NMI.
 * Return: the record, for range_add(); %NULL if there is no memory for it.
 */
struct tracked_range *range_new(gfp_t gfp)
{
	struct tracked_range *range;

	range = kmem_cache_alloc(range_cache, metadata_gfp(gfp) | __GFP_ZERO);
	if (!range)
		range = reserve_get();
	if (range)
		refcount_set(&range->ref, 1);
	return range;
}

static void range_fill(struct tracked_range *range, enum range_space space,
		       unsigned long start, unsigned long last, unsigned int min_count,
		       const struct slot *slot)
{
	range->node.start = start;
	range->node.last = last;
	range->min_count = min_count;
	range->space = space;
	range->slot = *slot;
}

/* Ranges that conflict with a new range [start, last]. */
struct range_clash {
	bool twice;	/* one begins at the same address: the new range is not recorded */
	bool crossed;	/* one overlaps, and neither contains the other: recorded anyway */
};

static struct range_clash range_clash(enum range_space space,
				      unsigned long start, unsigned long last)
{
	struct range_clash clash = {};
	struct pst_node *node;

	lockdep_assert_held(&range_lock);
	if (likely(!pst_first_overlap(&ranges[space], start, last)))
		return clash;
	/* Those that contain an end are few; those inside may be very many. */
	pst_for_each_overlap(node, &ranges[space], start, start) {
		clash.twice |= node->start == start;
		clash.crossed |= node->start < start && node->last < last;
	}
	pst_for_each_overlap(node, &ranges[space], last, last)
		clash.crossed |= node->start > start && node->last > last;
	return clash;
}

/*
 * Link a record that is filled in, if there is one; otherwise the object is lost.
 * Returns false if the record was not linked.
 */
static bool range_enter(struct tracked_range *range, enum range_space space,
			unsigned long start, unsigned long last)
{
	struct range_clash clash = {};
	unsigned long flags;
	bool linked = false;

	raw_spin_lock_irqsave(&range_lock, flags);
	/* "off" frees all ranges under the lock, later or before it is taken here. */
	if (likely(READ_ONCE(kmemleak_state) != KMEMLEAK_OFF)) {
		/* If an object is lost at @start, its free was not seen. */
		lost_end(space, start, last);
		clash = range_clash(space, start, last);
		linked = range && !clash.twice;
		if (linked)
			range_link(range);
		else if (!clash.twice)
			lost_add(space, start, last);
	}
	raw_spin_unlock_irqrestore(&range_lock, flags);

	if (clash.twice)
		kmemleak_complain(STAT_BAD_DOUBLE, start);
	else if (clash.crossed)
		kmemleak_complain(STAT_BAD_OVERLAP, start);
	return linked;
}

/**
 * range_add() - record an object whose record was allocated before
 * @range: the record, from range_new(); may be %NULL
 * @space: what kind of address @start is
 * @start: address of its first byte
 * @size: bytes, not 0
 * @min_count: number of references below which it is a leak
 * @slot: its allocation
 *
 * Context: Any but NMI.
 * Return: false if it was not recorded: there is no memory, or an object exists at that
 * address.
 */
bool range_add(struct tracked_range *range, enum range_space space, unsigned long start,
	       size_t size, unsigned int min_count, const struct slot *slot)
{
	unsigned long last = start + size - 1;
	bool linked = false;

	if (range)
		range_fill(range, space, start, last, min_count, slot);
	if (unlikely(last < start))
		kmemleak_complain(STAT_BAD_OVERLAP, start);
	else
		linked = range_enter(range, space, start, last);
	if (range && !linked)
		range_free(range);
	return linked;
}

/**
 * range_insert() - record an object
 * @space: what kind of address @start is
 * @start: address of its first byte
 * @size: bytes, not 0
 * @min_count: number of references below which it is a leak
 * @slot: its allocation
 * @gfp: flags of its allocation
 *
 * Context: Any but NMI.
 * Return: see range_add().
 */
bool range_insert(enum range_space space, unsigned long start, size_t size,
		  unsigned int min_count, const struct slot *slot, gfp_t gfp)
{
	return range_add(range_new(gfp), space, start, size, min_count, slot);
}

/**
 * range_drop_inside() - forget everything registered inside memory that goes away
 * @start: its first byte
 * @last: its last byte
 *
 * Context: Any but NMI.
 */
void range_drop_inside(unsigned long start, unsigned long last)
{
	struct tracked_range *range;
	unsigned long flags;
	bool was_lost;

	areas_drop(start, last);
	do {
		raw_spin_lock_irqsave(&range_lock, flags);
		was_lost = lost_cut(RANGE_VIRT, start, last);
		range = to_range(pst_first_overlap(&ranges[RANGE_VIRT], start,
						   last));
		if (range)
			range_unlink(range);
		raw_spin_unlock_irqrestore(&range_lock, flags);
		if (was_lost)
			pin_wait(lost_target());
		if (range)
			range_let_go(range);
	} while (range);
}

/**
 * range_remove() - forget an object that is about to be freed
 * @space: what kind of address @start is
 * @start: address of its first byte
 *
 * Returns once no reader reads the object's memory. An object that could not be
 * recorded is no root any more.
 *
 * Context: Any but NMI. May spin for as long as a reader keeps interrupts off.
 * Return: false if there is no such object.
 */
bool range_remove(enum range_space space, unsigned long start)
{
	struct tracked_range *range;
	bool was_lost, areas = false;
	unsigned long flags;

	raw_spin_lock_irqsave(&range_lock, flags);
	was_lost = lost_end(space, start, ULONG_MAX);
	range = to_range(pst_find_exact(&ranges[space], start));
	if (range) {
		areas = slot_state(&range->slot) & OBJ_AREAS;
		range_unlink(range);
	}
	raw_spin_unlock_irqrestore(&range_lock, flags);
	if (was_lost)
		pin_wait(lost_target());
	if (!range)
		return was_lost;
	/* The caller owns the memory: no new object's areas can be there yet. */
	if (unlikely(areas))
		areas_drop(start, range->node.last);
	range_let_go(range);
	return true;
}

/* Remove one range that overlaps [start, last], and record what lies outside anew. */
static bool range_cut_one(enum range_space space, unsigned long start,
			  unsigned long last)
{
	struct tracked_range *range, *head = NULL, *tail = NULL;
	unsigned long flags;
	bool areas = false;
	struct slot slot;

	/* Allocate the pieces first: allocation is not possible under the lock. */
	head = range_new(GFP_ATOMIC);
	tail = range_new(GFP_ATOMIC);

	raw_spin_lock_irqsave(&range_lock, flags);
	range = to_range(pst_first_overlap(&ranges[space], start, last));
	if (range) {
		/* If there is only one record, use it for the piece that is needed. */
		if (!tail && range->node.start >= start)
			swap(head, tail);
		areas = slot_state(&range->slot) & OBJ_AREAS;
		slot = slot_copy(&range->slot);
		slot.state &= ~(OBJ_AREAS | OBJ_REPORTED);
		range_unlink(range);
		if (range->node.start < start && !head) {
			lost_add(space, range->node.start, start - 1);
		} else if (range->node.start < start) {
			range_fill(head, space, range->node.start, start - 1,
				   range->min_count, &slot);
			range_link(head);
			head = NULL;
		}
		if (range->node.last > last && !tail) {
			lost_add(space, last + 1, range->node.last);
		} else if (range->node.last > last) {
			range_fill(tail, space, last + 1, range->node.last,
				   range->min_count, &slot);
			range_link(tail);
			tail = NULL;
		}
	}
	raw_spin_unlock_irqrestore(&range_lock, flags);

	if (head)
		range_free(head);
	if (tail)
		range_free(tail);
	/* They do not restrict the pieces, which are read as a whole from now on. */
	if (unlikely(areas))
		areas_drop(range->node.start, range->node.last);
	if (range)
		range_let_go(range);
	return range;
}

/**
 * range_cut() - forget the parts of objects that lie in a range of addresses
 * @space: what kind of address @start is
 * @start: first byte to forget
 * @size: bytes, not 0
 *
 * The parts before and after it become objects of their own.
 *
 * Context: Any but NMI.
 * Return: false if no object was there.
 */
bool range_cut(enum range_space space, unsigned long start, size_t size)
{
	unsigned long last = start + size - 1, flags;
	bool found;

	raw_spin_lock_irqsave(&range_lock, flags);
	found = lost_cut(space, start, last);
	raw_spin_unlock_irqrestore(&range_lock, flags);
	if (found)
		pin_wait(lost_target());
	while (range_cut_one(space, start, last))
		found = true;
	return found;
}

/**
 * range_covers() - does a single object contain a whole range of addresses?
 * @space: what kind of address @start is
 * @start: first byte
 * @size: bytes
 *
 * Context: Any but NMI.
 * Return: true if one does.
 */
bool range_covers(enum range_space space, unsigned long start, size_t size)
{
	unsigned long last = start + size - 1, flags;
	struct pst_node *node;
	bool covered = false;

	raw_spin_lock_irqsave(&range_lock, flags);
	pst_for_each_overlap(node, &ranges[space], start, start)
		covered |= node->last >= last;
	raw_spin_unlock_irqrestore(&range_lock, flags);
	return covered;
}

/**
 * range_find() - find the object that begins at an address, or else contains it
 * @space: what kind of address @addr is
 * @addr: the address
 *
 * Context: Any but NMI, inside an RCU read-side section.
 * Return: the innermost such object, or %NULL.
 */
struct tracked_range *range_find(enum range_space space, unsigned long addr)
{
	struct pst_node *node;
	unsigned long flags;

	raw_spin_lock_irqsave(&range_lock, flags);
	node = pst_find_exact(&ranges[space], addr);
	if (!node)
		node = pst_stab(&ranges[space], addr);
	raw_spin_unlock_irqrestore(&range_lock, flags);
	return to_range(node);
}

/* Get the next ranges of a walk, each with a reference. Returns their number. */
static unsigned int ranges_get(enum range_space space, unsigned long *addr,
			       struct tracked_range **range, unsigned int room)
{
	unsigned long flags;
	unsigned int nr;

	cond_resched();
	raw_spin_lock_irqsave(&range_lock, flags);
	for (nr = 0; nr < room; nr++) {
		range[nr] = to_range(pst_find_next(&ranges[space], *addr));
		if (!range[nr])
			break;
		refcount_inc(&range[nr]->ref);
		*addr = range[nr]->node.start + 1;
	}
	raw_spin_unlock_irqrestore(&range_lock, flags);
	return nr;
}

/**
 * range_get_next() - walk over all objects in the order of their addresses
 * @space: kind of address
 * @addr: where to continue, 0 to begin; advances past the start of the object returned
 *
 * Context: Sleeps.
 * Return: the object with the lowest start that is not below *@addr, or %NULL. The
 * caller drops the reference with range_put().
 */
struct tracked_range *range_get_next(enum range_space space,
				     unsigned long *addr)
{
	struct tracked_range *range;

	return ranges_get(space, addr, &range, 1) ? range : NULL;
}

/**
 * range_iter_next() - get the next range of a walk
 * @iter: the walk; all zero except for its space at the beginning
 *
 * Context: Sleeps.
 * Return: the range, with a reference that the caller drops, or %NULL.
 */
struct tracked_range *range_iter_next(struct range_iter *iter)
{
	if (iter->used == iter->nr) {
		iter->nr = ranges_get(iter->space, &iter->addr, iter->range,
				      WALK_RANGES);
		iter->used = 0;
	}
	return iter->nr ? iter->range[iter->used++] : NULL;
}

/**
 * range_iter_end() - end a walk before it has reached the last range
 * @iter: the walk
 */
void range_iter_end(struct range_iter *iter)
{
	while (iter->used < iter->nr)
		range_put(iter->range[iter->used++]);
}

/**
 * range_walk() - call a function for each object
 * @visit: called for each object, with a reference held
 * @arg: passed to @visit
 *
 * Context: Sleeps.
 */
void range_walk(void (*visit)(struct tracked_range *range, void *arg),
		void *arg)
{
	struct tracked_range *range;
	enum range_space space;

	for (space = 0; space < RANGE_NR_SPACES; space++) {
		struct range_iter iter = { .space = space };

		while ((range = range_iter_next(&iter))) {
			visit(range, arg);
			range_put(range);
		}
	}
}

/**
 * space_address() - get the address by which words in memory refer to an object
 * @space: what kind of addresses @start and @last are
 * @start: first byte
 * @last: last byte
 *
 * Return: its virtual address or per-CPU pointer; 0 if it has none, which is the case
 * for memory known by a physical address outside of the linear map.
 */
unsigned long space_address(enum range_space space, unsigned long start,
			    unsigned long last)
{
	if (space != RANGE_PHYS)
		return start;
	if (PHYS_PFN(last) >= max_low_pfn)
		return 0;
	return (unsigned long)__va(start);
}

/**
 * range_address() - get the address by which words in memory refer to a range
 * @range: the range
 *
 * Return: see space_address().
 */
unsigned long range_address(const struct tracked_range *range)
{
	return space_address(range->space, range->node.start, range->node.last);
}

/**
 * range_referred() - may a word be a reference to an object?
 * @start: the object's first address, as words in memory hold it
 * @last: its last address
 * @addr: the word, at least @start
 *
 * A pointer to any byte of an object counts as a reference, but the larger the object,
 * the more numbers look like an address in it. The owner of a huge object needs to know
 * where it begins, so it keeps a pointer to the start, a start tagged in the lowest
 * bits, or a pointer to a member. An unaligned address a page or more behind the start
 * is none of these. And where any small number looks like an address, only the start
 * counts, as it is or with the flags of a percpu_ref.
 *
 * Return: false if not, or if @addr is beyond the object.
 */
bool range_referred(unsigned long start, unsigned long last, unsigned long addr)
{
	if (addr > last)
		return false;
	if (unlikely(addr < NUMBERS_END))
		return addr - start <= __PERCPU_REF_ATOMIC_DEAD;
	return IS_ALIGNED(addr, sizeof(long)) || !range_is_huge(start, last) ||
	       addr - start < PAGE_SIZE;
}

/**
 * range_metadata_bytes() - get the size of the memory that ranges and areas take
 *
 * Return: bytes.
 */
long range_metadata_bytes(void)
{
	unsigned long nr = 0;
	enum range_space space;

	for (space = 0; space < RANGE_NR_SPACES; space++)
		nr += range_count(space);
	return nr * sizeof(struct tracked_range) + areas_bytes();
}

/**
 * range_count() - get the current number of ranges
 * @space: kind of address
 *
 * Return: the number of ranges of that kind.
 */
unsigned long range_count(enum range_space space)
{
	return READ_ONCE(nr_ranges[space]);
}

/* Forget some range. Returns false if there is none. */
static bool range_forget_one(enum range_space space)
{
	struct tracked_range *range;
	unsigned long flags;

	raw_spin_lock_irqsave(&range_lock, flags);
	range = to_range(pst_first_overlap(&ranges[space], 0, ULONG_MAX));
	if (range)
		range_unlink(range);
	raw_spin_unlock_irqrestore(&range_lock, flags);
	if (range)
		range_let_go(range);
	return range;
}

/**
 * range_teardown() - free all ranges and areas
 *
 * Context: Sleeps. The hooks are off, and none of them is running any more.
 */
void range_teardown(void)
{
	enum range_space space;

	areas_teardown();
	for (space = 0; space < RANGE_NR_SPACES; space++)
		while (range_forget_one(space))
			cond_resched();
	lost_forget();
}

/**
 * range_init() - create the caches and fill the reserve
 */
void __init range_init(void)
{
	struct tracked_range *range;

	range_cache = KMEM_CACHE(tracked_range, SLAB_NOLEAKTRACE | SLAB_PANIC);
	areas_init();
	do {
		range = kmem_cache_alloc(range_cache, GFP_KERNEL);
	} while (range && reserve_put(range));
	if (range)
		kmem_cache_free(range_cache, range);
}
