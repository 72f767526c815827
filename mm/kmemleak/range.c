// SPDX-License-Identifier: GPL-2.0
/*
 * Objects that are in no slab (large kmalloc, vmalloc, percpu, memblock, KFENCE
 * objects, what code registers by hand), and the scan areas of all objects: in
 * priority search trees, one for each kind of address.
 *
 * May call: trace, lib/prio_search_tree. Invariants:
 *
 * - range_lock guards the trees. It is a leaf: nothing is called under it that
 *   takes a lock or allocates.
 * - A range found under range_lock stays valid to the end of the RCU read-side
 *   section in which it was found; its slot tells whether it is still live.
 * - A snapshot holds references. Its owner may read a range's memory only while
 *   it pins the range (pin.c): freeing sets ->dead, then waits for the pin.
 * - An object that could not be recorded is in @lost until it is freed, or counted
 *   as STAT_UNTRACKED_UNKNOWN for good.
 */
#define pr_fmt(fmt) "kmemleak: " fmt

#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/percpu-refcount.h>
#include <linux/pfn.h>
#include <linux/sched.h>

#include "kmemleak.h"

/* The only part of an object that holds references: a place in @areas. */
struct scan_area {
	struct pst_node node;
};

/* What a walk gets under the lock at a time: of ranges, on its stack; of areas. */
#define WALK_RANGES	16
#define WALK_AREAS	64U

/*
 * Per-CPU pointers of x86_64 up to 6.14 are offsets, the first of them as small as
 * sizes, times and numbers of pages are.
 */
#define NUMBERS_END	SZ_16M

static DEFINE_RAW_SPINLOCK(range_lock);
static struct pst_root ranges[RANGE_NR_SPACES];
static struct pst_root areas;
static unsigned int nr_ranges;
static unsigned int nr_areas;

static struct kmem_cache *range_cache;
static struct kmem_cache *area_cache;

/*
 * Records for times of shortage, when many are wanted and none can be allocated;
 * what is freed fills it up again. A list by node.child[0].
 */
#define RESERVE_RANGES	128
static struct pst_node *reserve;
static unsigned int nr_reserve;

/*
 * Where objects are that could not be recorded, even so. They are roots. Which ones
 * were freed is known only by their addresses: a free of something unknown may as
 * well be a mistake, and what it ended by mistake would be missed as a root.
 */
#define LOST_RANGES	512
static struct lost_range lost[LOST_RANGES];
static unsigned int nr_lost;

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

	/* Mostly it is full, and that takes no lock to see. */
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
 * range_put() - let go of a range that was got
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
	nr_ranges++;
}

static void range_unlink(struct tracked_range *range)
{
	lockdep_assert_held(&range_lock);
	pst_erase(&ranges[range->space], &range->node);
	nr_ranges--;
	slot_empty(&range->slot);
	/* Ordered by the full barrier in pin_wait(). */
	WRITE_ONCE(range->dead, true);
}

static void range_let_go(struct tracked_range *range)
{
	pin_wait(range);
	range_put(range);
}

/* Whoever gets %NULL says what is lost by it, if anything is. */
static struct tracked_range *range_new(enum range_space space,
				       unsigned long start, unsigned long last,
				       unsigned int min_count,
				       const struct slot *slot, gfp_t gfp)
{
	struct tracked_range *range;

	range = kmem_cache_alloc(range_cache, metadata_gfp(gfp) | __GFP_ZERO);
	if (!range)
		range = reserve_get();
	if (!range)
		return NULL;
	range->node.start = start;
	range->node.last = last;
	range->min_count = min_count;
	range->space = space;
	range->slot = *slot;
	refcount_set(&range->ref, 1);
	return range;
}

static bool lost_note(enum range_space space, unsigned long start, unsigned long last)
{
	lockdep_assert_held(&range_lock);
	if (nr_lost == LOST_RANGES)
		return false;
	lost[nr_lost] = (struct lost_range) {
		.space = space,
		.start = start,
		.last = last,
	};
	WRITE_ONCE(nr_lost, nr_lost + 1);
	return true;
}

/* An object of which there will be no record. */
static void lost_add(enum range_space space, unsigned long start, unsigned long last)
{
	stat_inc(STAT_UNTRACKED_RANGE_NOMEM);
	if (!lost_note(space, start, last))
		stat_inc(STAT_UNTRACKED_UNKNOWN);
}

static void lost_remove(unsigned int i)
{
	lockdep_assert_held(&range_lock);
	WRITE_ONCE(nr_lost, nr_lost - 1);
	lost[i] = lost[nr_lost];
	lost[nr_lost] = (struct lost_range) {};
}

/*
 * The object that begins at @start, and does not go beyond @last, is freed, or was: false
 * if none was lost.
 */
static bool lost_end(enum range_space space, unsigned long start, unsigned long last)
{
	unsigned int i;

	lockdep_assert_held(&range_lock);
	for (i = 0; i < nr_lost; i++) {
		if (lost[i].space == space && lost[i].start == start &&
		    lost[i].last <= last) {
			lost_remove(i);
			return true;
		}
	}
	return false;
}

/*
 * A part of memory is freed: false if nothing in it was lost. What is freed in the
 * middle of an object stays a root with the rest of it if there is no room for two.
 */
static bool lost_cut(enum range_space space, unsigned long start, unsigned long last)
{
	unsigned int i;
	bool found = false;

	lockdep_assert_held(&range_lock);
	for (i = nr_lost; i--; ) {
		if (lost[i].space != space || lost[i].last < start || lost[i].start > last)
			continue;
		found = true;
		if (lost[i].start >= start && lost[i].last <= last)
			lost_remove(i);
		else if (lost[i].start >= start)
			lost[i].start = last + 1;
		else if (lost[i].last <= last || lost_note(space, last + 1, lost[i].last))
			lost[i].last = start - 1;
	}
	return found;
}

/**
 * range_lost() - are there objects now that could not be recorded?
 *
 * Return: true if so: an unknown address is no error then.
 */
bool range_lost(void)
{
	return READ_ONCE(nr_lost) || range_lost_unknown();
}

/**
 * range_lost_unknown() - is it unknown where some of them are?
 *
 * Return: true if so; any memory that no record tells of is then a root.
 */
bool range_lost_unknown(void)
{
	return stat_get(STAT_UNTRACKED_UNKNOWN);
}

/**
 * range_lost_in() - is any memory in a range of addresses lost?
 * @space: what @start and @last mean
 * @start: first byte
 * @last: last byte
 *
 * Context: Any but NMI.
 * Return: true if an object is there now that could not be recorded.
 */
bool range_lost_in(enum range_space space, unsigned long start, unsigned long last)
{
	bool found = false;
	unsigned long flags;
	unsigned int i;

	raw_spin_lock_irqsave(&range_lock, flags);
	for (i = 0; i < nr_lost && !found; i++)
		found = lost[i].space == space && lost[i].start <= last && lost[i].last >= start;
	raw_spin_unlock_irqrestore(&range_lock, flags);
	return found;
}

/**
 * range_lost_before() - walk over the objects that could not be recorded
 * @nr: %UINT_MAX begins; moves on
 * @copy: filled in
 *
 * Those that are lost during the walk may be missed, and any may be shown twice.
 * What is shown may have been freed.
 *
 * Context: Any but NMI.
 * Return: false if there are no more.
 */
bool range_lost_before(unsigned int *nr, struct lost_range *copy)
{
	unsigned long flags;
	bool more;

	raw_spin_lock_irqsave(&range_lock, flags);
	*nr = min(*nr, nr_lost);
	more = *nr;
	/* From the end: whoever leaves is replaced by one that was shown. */
	if (more)
		*copy = lost[--*nr];
	raw_spin_unlock_irqrestore(&range_lock, flags);
	return more;
}

/* What stands in the way of [start, last]. */
struct range_clash {
	bool twice;	/* a range that begins there, too: it is not recorded */
	bool crossed;	/* one that neither contains it nor lies in it: it is */
};

static struct range_clash range_clash(enum range_space space,
				      unsigned long start, unsigned long last)
{
	struct range_clash clash = {};
	struct pst_node *node;

	lockdep_assert_held(&range_lock);
	pst_for_each_overlap(node, &ranges[space], start, last) {
		if (node->start == start)
			clash.twice = true;
		if ((node->start < start && node->last < last) ||
		    (node->start > start && node->last > last))
			clash.crossed = true;
	}
	return clash;
}

/**
 * range_insert() - record an object
 * @space: what @start means
 * @start: address of its first byte
 * @size: bytes, not 0
 * @min_count: references that keep it from being a leak
 * @slot: who allocated it
 * @gfp: of its allocation
 *
 * Context: Any but NMI.
 * Return: false if it was not recorded: no memory, or there is an object at
 * that address already.
 */
bool range_insert(enum range_space space, unsigned long start, size_t size,
		  unsigned int min_count, const struct slot *slot, gfp_t gfp)
{
	unsigned long last = start + size - 1, flags;
	struct tracked_range *range;
	struct range_clash clash;

	if (last < start) {
		kmemleak_complain(STAT_BAD_OVERLAP, start);
		return false;
	}
	range = range_new(space, start, last, min_count, slot, gfp);

	raw_spin_lock_irqsave(&range_lock, flags);
	/* A free of what was lost there went unseen. */
	if (unlikely(nr_lost))
		lost_end(space, start, last);
	clash = range_clash(space, start, last);
	if (range && !clash.twice)
		range_link(range);
	else if (!clash.twice)
		lost_add(space, start, last);
	raw_spin_unlock_irqrestore(&range_lock, flags);

	if (clash.twice) {
		if (range)
			range_free(range);
		kmemleak_complain(STAT_BAD_DOUBLE, start);
	} else if (clash.crossed) {
		kmemleak_complain(STAT_BAD_OVERLAP, start);
	}
	return range && !clash.twice;
}

/* Take areas out of the tree and chain them, for areas_free(). */
static void areas_drop_locked(unsigned long start, unsigned long last,
			      struct pst_node **dropped)
{
	struct pst_node *node;

	lockdep_assert_held(&range_lock);
	while ((node = pst_first_overlap(&areas, start, last))) {
		pst_erase(&areas, node);
		node->child[0] = *dropped;
		*dropped = node;
		nr_areas--;
	}
}

static void areas_free(struct pst_node *dropped)
{
	struct pst_node *node;

	while ((node = dropped)) {
		dropped = node->child[0];
		kmem_cache_free(area_cache,
				container_of(node, struct scan_area, node));
	}
}

/**
 * range_areas_drop() - an object's memory goes, and its scan areas with it
 * @start: the object's first byte
 * @last: its last byte
 *
 * Context: Any but NMI.
 */
void range_areas_drop(unsigned long start, unsigned long last)
{
	struct pst_node *dropped = NULL;
	unsigned long flags;

	raw_spin_lock_irqsave(&range_lock, flags);
	areas_drop_locked(start, last, &dropped);
	raw_spin_unlock_irqrestore(&range_lock, flags);
	areas_free(dropped);
}

/**
 * range_drop_inside() - memory goes, and all that was registered inside
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

	range_areas_drop(start, last);
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
 * @space: what @start means
 * @start: address of its first byte
 *
 * Returns once no marker reads the object's memory. One that could not be recorded
 * is no root from then on.
 *
 * Context: Any but NMI. May spin for as long as a marker keeps interrupts off.
 * Return: false if there is no such object.
 */
bool range_remove(enum range_space space, unsigned long start)
{
	struct tracked_range *range;
	struct pst_node *dropped = NULL;
	bool was_lost;
	unsigned long flags;

	raw_spin_lock_irqsave(&range_lock, flags);
	was_lost = lost_end(space, start, ULONG_MAX);
	range = to_range(pst_find_exact(&ranges[space], start));
	if (range) {
		if (slot_state(&range->slot) & OBJ_AREAS)
			areas_drop_locked(start, range->node.last, &dropped);
		range_unlink(range);
	}
	raw_spin_unlock_irqrestore(&range_lock, flags);
	if (was_lost)
		pin_wait(lost_target());
	if (!range)
		return was_lost;
	areas_free(dropped);
	range_let_go(range);
	return true;
}

/* Take one range that meets [start, last] out and put back what lies outside. */
static bool range_cut_one(enum range_space space, unsigned long start,
			  unsigned long last)
{
	struct tracked_range *range, *head = NULL, *tail = NULL;
	struct slot slot = {};
	struct pst_node *dropped = NULL;
	unsigned long flags;

	/* The pieces first: nothing can be allocated under the lock. */
	head = range_new(space, 0, 0, 0, &slot, GFP_ATOMIC);
	tail = range_new(space, 0, 0, 0, &slot, GFP_ATOMIC);

	raw_spin_lock_irqsave(&range_lock, flags);
	range = to_range(pst_first_overlap(&ranges[space], start, last));
	if (range) {
		/* The one record that there is may be for either piece. */
		if (!tail && range->node.start >= start)
			swap(head, tail);
		slot = range->slot;
		if (slot.state & OBJ_AREAS) {
			areas_drop_locked(range->node.start, range->node.last,
					  &dropped);
		}
		slot.state &= ~(OBJ_AREAS | OBJ_REPORTED);
		range_unlink(range);
		if (range->node.start < start && !head) {
			lost_add(space, range->node.start, start - 1);
		} else if (range->node.start < start) {
			head->node.start = range->node.start;
			head->node.last = start - 1;
			head->min_count = range->min_count;
			head->slot = slot;
			range_link(head);
			head = NULL;
		}
		if (range->node.last > last && !tail) {
			lost_add(space, last + 1, range->node.last);
		} else if (range->node.last > last) {
			tail->node.start = last + 1;
			tail->node.last = range->node.last;
			tail->min_count = range->min_count;
			tail->slot = slot;
			range_link(tail);
			tail = NULL;
		}
	}
	raw_spin_unlock_irqrestore(&range_lock, flags);

	if (head)
		range_free(head);
	if (tail)
		range_free(tail);
	areas_free(dropped);
	if (range)
		range_let_go(range);
	return range;
}

/**
 * range_cut() - forget a part of the objects in a range of addresses
 * @space: what @start means
 * @start: first byte that goes
 * @size: bytes, not 0
 *
 * What lies before and behind stays, as objects of their own.
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
 * range_covers() - does one object hold a whole range of addresses?
 * @space: what @start means
 * @start: first byte
 * @size: bytes
 *
 * Context: Any but NMI.
 * Return: true if so.
 */
bool range_covers(enum range_space space, unsigned long start, size_t size)
{
	unsigned long last = start + size - 1, flags;
	struct pst_node *node;
	bool covered = false;

	raw_spin_lock_irqsave(&range_lock, flags);
	pst_for_each_overlap(node, &ranges[space], start, last)
		if (node->start <= start && node->last >= last)
			covered = true;
	raw_spin_unlock_irqrestore(&range_lock, flags);
	return covered;
}

/**
 * range_find() - the object that begins at, or else holds, an address
 * @space: what @addr means
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

/**
 * range_area_add() - restrict the scan of an object to an area
 * @ref: the object
 * @start: first byte of the area, inside the object
 * @last: last byte of the area, inside the object
 * @gfp: how to allocate
 *
 * Context: Any but NMI, as far as @gfp allows.
 * Return: false if there is no memory; unless it has other areas, the object
 * is then scanned whole.
 */
bool range_area_add(const struct object_ref *ref, unsigned long start,
		    unsigned long last, gfp_t gfp)
{
	struct scan_area *area;
	unsigned long flags;

	area = kmem_cache_alloc(area_cache, metadata_gfp(gfp) | __GFP_ZERO);
	if (!area) {
		/* A whole object hides more than an area: that is allowed. */
		slot_change(ref->slot, OBJ_SCAN_ALL, 0);
		stat_inc(STAT_UNTRACKED_AREA_NOMEM);
		return false;
	}
	area->node.start = start;
	area->node.last = last;

	raw_spin_lock_irqsave(&range_lock, flags);
	pst_insert(&areas, &area->node);
	nr_areas++;
	raw_spin_unlock_irqrestore(&range_lock, flags);
	slot_change(ref->slot, OBJ_AREAS, 0);
	return true;
}

/* ---- Snapshots ---- */

/* The next ranges of a walk, each with a reference; how many. */
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
 * range_get_next() - walk over all objects in order of their addresses
 * @space: which kind of address
 * @addr: where to go on, 0 begins; moves behind the start of what is returned
 *
 * Context: Sleeps.
 * Return: the object with the lowest start that is not below *@addr, to be
 * given to range_put(), or %NULL.
 */
struct tracked_range *range_get_next(enum range_space space,
				     unsigned long *addr)
{
	struct tracked_range *range;

	return ranges_get(space, addr, &range, 1) ? range : NULL;
}

/**
 * struct range_iter - a walk over all objects of one space
 * @space: which
 * @addr: where to go on
 * @range: those that are next, each with a reference
 * @nr: how many
 * @used: how many of them were
 */
struct range_iter {
	enum range_space space;
	unsigned long addr;
	struct tracked_range *range[WALK_RANGES];
	unsigned int nr;
	unsigned int used;
};

/* The reference is the caller's from then on. */
static struct tracked_range *iter_next(struct range_iter *iter)
{
	if (iter->used == iter->nr) {
		iter->nr = ranges_get(iter->space, &iter->addr, iter->range,
				      WALK_RANGES);
		iter->used = 0;
	}
	return iter->nr ? iter->range[iter->used++] : NULL;
}

/* The end of a walk that is not gone through. */
static void iter_end(struct range_iter *iter)
{
	while (iter->used < iter->nr)
		range_put(iter->range[iter->used++]);
}

/**
 * range_walk() - show all objects to a visitor
 * @visit: called for each, with a reference held
 * @arg: handed on to @visit
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

		while ((range = iter_next(&iter))) {
			visit(range, arg);
			range_put(range);
		}
	}
}

/**
 * space_address() - where memory is, as words elsewhere refer to it
 * @space: what @start and @last mean
 * @start: first byte
 * @last: last byte
 *
 * Return: its virtual address or per-CPU pointer; 0 if it has none, for memory
 * that is known by its physical address and not in the linear map.
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
 * range_address() - where an object is, as words elsewhere refer to it
 * @range: the object
 *
 * Return: as space_address() does.
 */
unsigned long range_address(const struct tracked_range *range)
{
	return space_address(range->space, range->node.start, range->node.last);
}

/**
 * range_referred() - may a word be a reference to an object?
 * @start: the object's first address, as words hold it
 * @last: its last one
 * @addr: the word, from @start on
 *
 * Any byte of an object is as good as any other, but the larger an object is, the
 * more numbers look like an address in it. Whoever frees an area of megabytes has
 * to know where it begins: as it is, tagged in the lowest bits, or by way of a
 * member. An odd address pages behind the beginning tells nothing of the kind. And
 * where all numbers look like addresses, it is the beginning that counts, as it is
 * or with the flags of a percpu_ref.
 *
 * Return: false if not, also where @addr is behind the object.
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

/* Where the collection of a snapshot has got to in one space. */
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
	while (!source->more && (range = iter_next(&source->iter))) {
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

/* Does a view come before another: by start, of equal starts the longest? */
static bool source_before(const struct view_source *a,
			  const struct view_source *b)
{
	if (!a->more || !b->more)
		return a->more;
	if (a->view.start != b->view.start)
		return a->view.start < b->view.start;
	return a->view.last > b->view.last;
}

/* Move a source's view to the end of a list; false if there is no room. */
static bool view_append(struct view_list *list, unsigned int room,
			struct view_source *source)
{
	unsigned long max_last = list->nr ? list->view[list->nr - 1].max_last : 0;

	if (list->nr == room)
		return false;
	source->view.max_last = max(max_last, source->view.last);
	list->view[list->nr++] = source->view;
	source_advance(source);
	return true;
}

static void source_end(struct view_source *source)
{
	if (source->more)
		range_put(source->view.range);
	iter_end(&source->iter);
}

static bool snapshot_ranges(struct range_snapshot *snapshot)
{
	struct view_source virt, phys, percpu;
	bool room = true;

	source_begin(&virt, RANGE_VIRT);
	source_begin(&phys, RANGE_PHYS);
	source_begin(&percpu, RANGE_PERCPU);
	while (room && (virt.more || phys.more))
		room = view_append(&snapshot->virt, snapshot->room,
				   source_before(&virt, &phys) ? &virt : &phys);
	while (room && percpu.more)
		room = view_append(&snapshot->percpu, snapshot->room, &percpu);
	source_end(&virt);
	source_end(&phys);
	source_end(&percpu);
	return room;
}

/* The next areas of a walk; how many. Of those that begin at one address, the longest. */
static unsigned int areas_get(unsigned long *addr, struct area_view *area,
			      unsigned int room)
{
	struct pst_node *node;
	unsigned long flags;
	unsigned int nr;

	raw_spin_lock_irqsave(&range_lock, flags);
	for (nr = 0; nr < room; nr++) {
		node = pst_find_next(&areas, *addr);
		if (!node)
			break;
		area[nr].start = node->start;
		area[nr].last = node->last;
		*addr = node->start + 1;
	}
	raw_spin_unlock_irqrestore(&range_lock, flags);
	return nr;
}

/**
 * range_might_lock() - tell lockdep that range_area_next() may be called here
 */
void range_might_lock(void)
{
	might_lock(&range_lock);
}

/**
 * range_area_next() - walk over the scan areas that there are now
 * @addr: where to go on; moves behind the start of what is found
 * @area: filled in
 *
 * Of areas that begin at one address, the longest stands for all.
 *
 * Context: Any but NMI.
 * Return: false if no area begins at or behind *@addr.
 */
bool range_area_next(unsigned long *addr, struct area_view *area)
{
	return areas_get(addr, area, 1);
}

static bool snapshot_areas(struct range_snapshot *snapshot)
{
	unsigned int nr, room;
	unsigned long addr = 0;

	while ((room = snapshot->areas_room - snapshot->nr_areas)) {
		cond_resched();
		nr = areas_get(&addr, &snapshot->areas[snapshot->nr_areas],
			       min(room, WALK_AREAS));
		if (!nr)
			return true;
		snapshot->nr_areas += nr;
	}
	return false;
}

static size_t views_bytes(const struct range_snapshot *snapshot)
{
	return snapshot->room * sizeof(struct range_view);
}

static int snapshot_try(struct range_snapshot *snapshot)
{
	memset(snapshot, 0, sizeof(*snapshot));
	/* Room for the births that the allocations below may be. */
	snapshot->room = READ_ONCE(nr_ranges) + READ_ONCE(nr_ranges) / 8 + 256;
	snapshot->areas_room = READ_ONCE(nr_areas) + READ_ONCE(nr_areas) / 8 + 256;
	snapshot->virt.view = scan_memory_get(views_bytes(snapshot));
	snapshot->percpu.view = scan_memory_get(views_bytes(snapshot));
	snapshot->areas = scan_memory_get(snapshot->areas_room *
					  sizeof(*snapshot->areas));
	if (!snapshot->virt.view || !snapshot->percpu.view || !snapshot->areas)
		return -ENOMEM;
	return snapshot_ranges(snapshot) && snapshot_areas(snapshot) ?
		0 : -EAGAIN;
}

/**
 * range_snapshot_take() - copy all ranges and scan areas, sorted
 * @snapshot: filled in
 *
 * What was there before the call is in it. Ranges born while it runs may be
 * missing; they are born since the stamp of the pass: mark_newborn() reads
 * them, and the next pass has them.
 *
 * Context: Sleeps.
 * Return: 0; -ENOMEM if there is no memory, -EAGAIN if there are more births
 * each time it is tried than there is room for.
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
 * views_up_to() - where an address is among the views of a snapshot
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

static void views_drop(struct view_list *list, size_t bytes)
{
	unsigned int i;

	for (i = 0; i < list->nr; i++)
		range_put(list->view[i].range);
	scan_memory_put(list->view, bytes);
}

/**
 * range_snapshot_drop() - let a snapshot's ranges go
 * @snapshot: the snapshot
 */
void range_snapshot_drop(struct range_snapshot *snapshot)
{
	views_drop(&snapshot->virt, views_bytes(snapshot));
	views_drop(&snapshot->percpu, views_bytes(snapshot));
	scan_memory_put(snapshot->areas,
			snapshot->areas_room * sizeof(*snapshot->areas));
	memset(snapshot, 0, sizeof(*snapshot));
}

/**
 * range_metadata_bytes() - memory that ranges and areas take
 *
 * Return: bytes.
 */
long range_metadata_bytes(void)
{
	return (long)READ_ONCE(nr_ranges) * sizeof(struct tracked_range) +
	       (long)READ_ONCE(nr_areas) * sizeof(struct scan_area);
}

/**
 * range_teardown() - free all ranges and areas
 *
 * The hooks are off and have left.
 */
void range_teardown(void)
{
	enum range_space space;
	unsigned long flags;

	for (space = 0; space < RANGE_NR_SPACES; space++)
		while (range_cut_one(space, 0, ULONG_MAX))
			cond_resched();
	range_areas_drop(0, ULONG_MAX);
	raw_spin_lock_irqsave(&range_lock, flags);
	while (nr_lost)
		lost_remove(0);
	raw_spin_unlock_irqrestore(&range_lock, flags);
}

/**
 * range_unread() - take what is here out of the kernel's data
 *
 * That an object is lost is no reference to it, or to one that it lies in.
 */
void __init range_unread(void)
{
	range_cut(RANGE_VIRT, (unsigned long)lost, sizeof(lost));
}

/**
 * range_init() - make the caches, and the reserve
 */
void __init range_init(void)
{
	struct tracked_range *range;

	range_cache = KMEM_CACHE(tracked_range, SLAB_NOLEAKTRACE | SLAB_PANIC);
	area_cache = KMEM_CACHE(scan_area, SLAB_NOLEAKTRACE | SLAB_PANIC);
	do {
		range = kmem_cache_alloc(range_cache, GFP_KERNEL);
	} while (range && reserve_put(range));
	if (range)
		kmem_cache_free(range_cache, range);
}
