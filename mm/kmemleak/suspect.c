// SPDX-License-Identifier: GPL-2.0
/*
 * Suspects: objects that a pass left white, on their way to the report.
 *
 * Invariants:
 *
 * - An object is reported only if it was white at the end of the first pass and of each
 *   verifying pass, had the same content each time, and was born, and not freed, before
 *   the first pass.
 * - With min_unref_scans, all this has to happen in several scans in a row, and the
 *   content has to stay the same from scan to scan. In between, the suspects wait in a
 *   list. Nothing in an object's slot tells that it waits.
 * - A scan that was cut short counts for nothing, and leaves the list as it is. Nor does a
 *   scan count for what it passed over: an object that was too young for it, or for which
 *   it had no memory.
 * - A suspect's stack may be replaced by one with names of unloaded code at any time. It is
 *   the same object if it was born at the same time: a later one in its place was born
 *   during the scan.
 */
#define pr_fmt(fmt) "kmemleak: " fmt

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/hash.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>

#include "store/directory.h"
#include "store/object.h"
#include "store/range.h"
#include "store/slab.h"
#include "store/slot.h"
#include "store/stats.h"
#include "mark/buffer.h"
#include "mark/marker.h"
#include "mark/snapshot.h"
#include "report/events.h"
#include "report/text.h"
#include "suspect.h"

/* An object that must wait for more scans than this might as well be ignored. */
#define UNREF_SCANS_MAX		1000

static int param_set_unref_scans(const char *text, const struct kernel_param *kp)
{
	return param_set_uint_minmax(text, kp, 1, UNREF_SCANS_MAX);
}

static const struct kernel_param_ops param_ops_unref_scans = {
	.set = param_set_unref_scans,
	.get = param_get_uint,
};

#define param_check_unref_scans	param_check_uint

static unsigned int min_unref_scans = 1;
module_param(min_unref_scans, unref_scans, 0644);
MODULE_PARM_DESC(min_unref_scans, "scans in a row that must find an object unreferenced, after one that noted its content; 1 to report at once");

/**
 * enum fate - what becomes of a suspect at the end of a scan
 * @FATE_DROPPED: it is none any more
 * @FATE_WAITS: another scan decides
 * @FATE_LEAK: it is in the report
 */
enum fate {
	FATE_DROPPED,
	FATE_WAITS,
	FATE_LEAK,
};

/**
 * struct suspect - an object that a pass left white
 * @start: its address
 * @crc: hash of its content
 * @scans: number of scans in a row that left it white, with this one
 * @fate: what becomes of it
 * @percpu: @start is a per-CPU pointer
 * @then: copy of its slot at that time
 */
struct suspect {
	unsigned long start;
	u32 crc;
	u16 scans;
	u8 fate;
	bool percpu;
	struct slot then;
};

/* There may be as many as objects. */
static_assert(sizeof(struct suspect) == 2 * sizeof(struct slot));
static_assert(UNREF_SCANS_MAX + 1 < BIT(16));

#define SUSPECT_BLOCK	((PAGE_SIZE - sizeof(void *) - sizeof(long)) / \
			 sizeof(struct suspect))

struct suspect_block {
	struct suspect_block *next;
	unsigned long nr;
	struct suspect suspect[SUSPECT_BLOCK];
};

/* Suspects that wait for another scan; guarded by scan_mutex. */
static struct suspect_block *waiting;

/**
 * suspects_begin() - start a scan without suspects
 * @suspects: filled in
 * @m: the marker of the scan
 * @min_age: age in jiffies from which an object can be a leak
 */
void suspects_begin(struct suspects *suspects, struct marker *m, u32 min_age)
{
	*suspects = (struct suspects) { .m = m, .min_age = min_age };
	spin_lock_init(&suspects->lock);
}

/**
 * may_leak() - can an object be a leak at all?
 * @suspects: contains the minimum age
 * @slot: the object's slot
 *
 * Return: false if it is free, too young, a root, ignored, or already reported.
 */
bool may_leak(const struct suspects *suspects, const struct slot *slot)
{
	u32 state = slot_state(slot);

	return (state & OBJ_LIVE) &&
	       !(state & (OBJ_GREY | OBJ_IGNORE | OBJ_TRANSIENT |
			  OBJ_REPORTED)) &&
	       !born_since(slot, suspects->stamp) &&
	       slot_age(slot) >= suspects->min_age;
}

/* A suspect for which there is no memory is counted, and left to the next scan. */
static void suspect_put(struct suspects *suspects, const struct suspect *suspect)
{
	struct suspect_block *block = suspects->blocks;

	lockdep_assert_held(&suspects->lock);
	if (!block || block->nr == SUSPECT_BLOCK) {
		block = scan_page_get();
		if (!block) {
			stat_inc(STAT_SUSPECTS_LOST);
			suspects->lost = true;
			return;
		}
		block->nr = 0;
		block->next = suspects->blocks;
		suspects->blocks = block;
	}
	block->suspect[block->nr++] = *suspect;
}

/**
 * suspect_add() - add an object that was left white
 * @suspects: the suspects
 * @ref: the object
 *
 * Context: Inside the RCU read-side section that found @ref, or with a reference.
 */
void suspect_add(struct suspects *suspects, const struct object_ref *ref)
{
	struct suspect suspect = {
		.start = ref->start,
		.percpu = ref->range && ref->range->space == RANGE_PERCPU,
		.then = slot_copy(ref->slot),
		.crc = object_crc(ref),
		.scans = 1,
	};

	spin_lock(&suspects->lock);
	suspect_put(suspects, &suspect);
	spin_unlock(&suspects->lock);
}

static void blocks_free(struct suspect_block **blocks)
{
	struct suspect_block *block;

	while ((block = *blocks)) {
		*blocks = block->next;
		scan_page_put(block);
	}
}

/**
 * suspects_free() - forget all suspects of a scan
 * @suspects: the suspects
 */
void suspects_free(struct suspects *suspects)
{
	blocks_free(&suspects->blocks);
	suspects->lost = false;
}

/**
 * suspects_forget() - forget the suspects that wait for another scan
 *
 * Context: Under scan_mutex.
 */
void suspects_forget(void)
{
	blocks_free(&waiting);
}

/* Get the binary logarithm of the size of a hash table that @nr entries half fill. */
static unsigned int hash_bits(unsigned long nr)
{
	unsigned int bits = 1;

	while (bits < BITS_PER_LONG - 1 && BIT(bits) < 2 * nr)
		bits++;
	return bits;
}

static unsigned long blocks_count(const struct suspect_block *block)
{
	unsigned long nr = 0;

	for (; block; block = block->next)
		nr += block->nr;
	return nr;
}

static struct range_view *view_find(struct suspects *suspects,
				    const struct suspect *suspect)
{
	struct view_list *list = suspect->percpu ? &suspects->m->snapshot.percpu :
						   &suspects->m->snapshot.virt;
	unsigned int i = views_up_to(list, suspect->start);
	struct range_view *view = list->view;

	/* The outermost of the ranges that begin there. */
	while (i > 1 && view[i - 2].start == suspect->start)
		i--;
	return i && view[i - 1].start == suspect->start ? &view[i - 1] : NULL;
}

/* Find a suspect, if it is still the same, and still white. */
static bool suspect_find(struct suspects *suspects, const struct suspect *suspect,
			 struct object_ref *ref)
{
	struct slab_table *table = NULL;
	struct range_view *view;
	unsigned long i;

	if (!suspect->percpu)
		table = slab_table_of(suspect->start);
	view = view_find(suspects, suspect);
	if (view && slot_same(&view->range->slot, &suspect->then)) {
		*ref = (struct object_ref) {
			.start = view->start,
			.size = view->last - view->start + 1,
			.slot = &view->range->slot,
			.range = view->range,
		};
		return !view_reached(view);
	}
	if (!table)
		return false;
	i = slab_index(table, suspect->start);
	if (i >= table->count || test_bit(i, slab_marks(table)) ||
	    !slot_same(&table->slots[i], &suspect->then))
		return false;
	*ref = slab_ref(table, i);
	return true;
}

/* Is it still a suspect, with the same content? If so, fill in @ref. */
static bool suspect_holds(struct suspects *suspects, const struct suspect *suspect,
			  struct object_ref *ref)
{
	return suspect_find(suspects, suspect, ref) && may_leak(suspects, ref->slot) &&
	       object_crc(ref) == suspect->crc;
}

/**
 * suspects_verify() - drop the suspects that a pass has cleared
 * @suspects: the suspects
 *
 * Context: Sleeps. The pass has ended, and its snapshot still exists.
 * Return: the number of suspects left.
 */
unsigned long suspects_verify(struct suspects *suspects)
{
	struct suspect_block *block;
	unsigned long i, kept, nr = 0;
	struct object_ref ref;

	for (block = suspects->blocks; block; block = block->next) {
		for (i = 0, kept = 0; i < block->nr; i++) {
			rcu_read_lock();
			if (suspect_holds(suspects, &block->suspect[i], &ref))
				block->suspect[kept++] = block->suspect[i];
			rcu_read_unlock();
		}
		block->nr = kept;
		nr += kept;
		cond_resched();
	}
	return nr;
}

static bool suspect_enter(const struct suspect *suspect,
			  const struct object_ref *ref)
{
	walk_want(WALK_REPORTED);
	if (ref->range)
		return slot_change(ref->slot, OBJ_REPORTED, OBJ_INDIRECT);
	set_bit(TABLE_REPORTED, &ref->table->flags);
	if (!slot_change(ref->slot, OBJ_REPORTED, OBJ_INDIRECT))
		return false;
	if (slot_same(ref->slot, &suspect->then))
		return true;
	/* It was freed meanwhile, and its slot has a new owner. */
	slot_change(ref->slot, 0, OBJ_REPORTED);
	return false;
}

/* ---- min_unref_scans ---- */

/**
 * struct suspect_index - suspects by address
 * @suspect: a hash table, half of which is free
 * @bits: binary logarithm of its size
 */
struct suspect_index {
	struct suspect **suspect;
	unsigned int bits;
};

/* Get the place for a suspect: free, or with the one that has the same address. */
static struct suspect **index_place(struct suspect_index *index,
				    const struct suspect *suspect)
{
	unsigned long at = hash_64(suspect->start, index->bits);
	struct suspect *other;

	while ((other = index->suspect[at])) {
		if (other->start == suspect->start && other->percpu == suspect->percpu)
			break;
		at = (at + 1) % BIT(index->bits);
	}
	return &index->suspect[at];
}

/* Put all suspects that wait into an index. Returns false if there is no memory. */
static bool index_begin(struct suspect_index *index)
{
	struct suspect_block *block;
	unsigned long i;

	index->bits = hash_bits(blocks_count(waiting));
	index->suspect = scan_memory_get(sizeof(*index->suspect) << index->bits);
	if (!index->suspect)
		return false;
	for (block = waiting; block; block = block->next) {
		for (i = 0; i < block->nr; i++)
			*index_place(index, &block->suspect[i]) = &block->suspect[i];
		cond_resched();
	}
	return true;
}

static void index_end(struct suspect_index *index)
{
	scan_memory_put(index->suspect, sizeof(*index->suspect) << index->bits);
}

/* Get the number of scans that left an object white up to now, with the same content. */
static unsigned int scans_before(struct suspect_index *index, const struct suspect *suspect)
{
	struct suspect *earlier = *index_place(index, suspect);

	if (!earlier)
		return 0;
	earlier->fate = FATE_DROPPED;
	return earlier->crc == suspect->crc && earlier->then.birth == suspect->then.birth &&
	       earlier->then.pid == suspect->then.pid ? earlier->scans : 0;
}

/*
 * Has the scan passed over a suspect that waits, and not found a reference to it? Before
 * the scan, it may have been too young; or there was no memory for it.
 */
static bool suspect_passed_over(struct suspects *suspects, const struct suspect *suspect)
{
	struct object_ref ref;

	if (!suspects->lost && suspects->stamp - suspect->then.birth >= suspects->min_age)
		return false;
	return suspect_find(suspects, suspect, &ref) && object_crc(&ref) == suspect->crc;
}

/* Move the suspects that wait together, and forget the others. */
static void blocks_pack(struct suspect_block **blocks)
{
	struct suspect_block *from, *to = *blocks;
	unsigned long i, nr, kept = 0;

	for (from = to; from; from = from->next) {
		nr = from->nr;
		for (i = 0; i < nr; i++) {
			if (from->suspect[i].fate != FATE_WAITS)
				continue;
			if (kept == SUSPECT_BLOCK) {
				to = to->next;
				kept = 0;
			}
			to->suspect[kept++] = from->suspect[i];
			to->nr = kept;
		}
		cond_resched();
	}
	blocks_free(kept ? &to->next : blocks);
}

/* Forget what waited, but for that which the scan has passed over. */
static void waiting_pass_on(struct suspects *suspects)
{
	struct suspect_block *block;
	struct suspect *suspect;
	unsigned long i;

	for (block = waiting; block; block = block->next) {
		for (i = 0; i < block->nr; i++) {
			suspect = &block->suspect[i];
			rcu_read_lock();
			if (suspect->fate == FATE_WAITS &&
			    !suspect_passed_over(suspects, suspect))
				suspect->fate = FATE_DROPPED;
			rcu_read_unlock();
		}
		cond_resched();
	}
	blocks_pack(&waiting);
}

/*
 * Count for each suspect the scans that left it white, and forget those that waited.
 * Without memory for an index, all begin anew.
 */
static void suspects_count(struct suspects *suspects)
{
	struct suspect_block *block;
	struct suspect_index index;
	unsigned long i;

	if (!waiting)
		return;
	if (!index_begin(&index)) {
		stat_set(STAT_SUSPECTS_LOST,
			 stat_get(STAT_SUSPECTS_LOST) + blocks_count(waiting));
		blocks_free(&waiting);
		return;
	}
	for (block = suspects->blocks; block; block = block->next) {
		for (i = 0; i < block->nr; i++)
			block->suspect[i].scans += scans_before(&index, &block->suspect[i]);
		cond_resched();
	}
	index_end(&index);
	waiting_pass_on(suspects);
}

/* With more than one scan, the first of them only notes the content. */
static unsigned int scans_wanted(void)
{
	unsigned int scans = READ_ONCE(min_unref_scans);

	return scans > 1 ? scans + 1 : 1;
}

/* Keep the suspects that wait for the next scan. */
static void suspects_keep(struct suspects *suspects)
{
	struct suspect_block **end = &waiting;

	blocks_pack(&suspects->blocks);
	while (*end)
		end = &(*end)->next;
	*end = suspects->blocks;
	suspects->blocks = NULL;
}

/* ---- The kernel log ---- */

/* Stacks beyond this number are not folded. */
#define FOLD_BITS_MAX	16
/* Nor are those that find no place after so many steps. */
#define FOLD_STEPS	64

/**
 * struct fold - new leaks with one stack
 * @stack: its handle at the time of the sweep, 0 in a free place
 * @leaks: their number, 0 once one of them is printed
 */
struct fold {
	u32 stack;
	u32 leaks;
};

/**
 * struct folds - new leaks by stack
 * @fold: a hash table; %NULL if there is no memory
 * @bits: binary logarithm of its size
 */
struct folds {
	struct fold *fold;
	unsigned int bits;
};

static void folds_begin(struct folds *folds, unsigned long nr)
{
	folds->bits = min_t(unsigned int, hash_bits(nr), FOLD_BITS_MAX);
	folds->fold = scan_memory_get(sizeof(*folds->fold) << folds->bits);
}

static void folds_end(struct folds *folds)
{
	scan_memory_put(folds->fold, sizeof(*folds->fold) << folds->bits);
}

/* Get the place of a stack; %NULL if leaks with it are printed one by one. */
static struct fold *fold_of(struct folds *folds, u32 stack)
{
	unsigned long at, n;

	/* Leaks without a stack have nothing in common. */
	if (!stack || !folds->fold)
		return NULL;
	at = hash_64(stack, folds->bits);
	for (n = 0; n < FOLD_STEPS; n++, at = (at + 1) % BIT(folds->bits)) {
		if (!folds->fold[at].stack)
			folds->fold[at].stack = stack;
		if (folds->fold[at].stack == stack)
			return &folds->fold[at];
	}
	return NULL;
}

static void leak_count(struct folds *folds, const struct suspect *leak)
{
	struct fold *fold = fold_of(folds, leak->then.stack);

	if (fold)
		fold->leaks++;
}

/* Print a leak unless one with its stack was printed, or it has been freed meanwhile. */
static void leak_print(struct suspects *suspects, struct folds *folds,
		       const struct suspect *leak)
{
	struct fold *fold = fold_of(folds, leak->then.stack);
	struct object_ref ref;

	if (fold && !fold->leaks)
		return;
	rcu_read_lock();
	if (suspect_find(suspects, leak, &ref)) {
		report_log(&ref, fold ? fold->leaks - 1 : 0);
		if (fold)
			fold->leaks = 0;
	}
	rcu_read_unlock();
}

/*
 * Print the leaks of a block. A user who was killed does not wait for a slow console, but
 * for a panic, which ends the report.
 * Returns the number of leaks that are not printed then, nor folded into one that is.
 */
static unsigned long block_print(struct suspects *suspects, struct folds *folds,
				 const struct suspect_block *block)
{
	unsigned long i, left = 0;
	const struct suspect *leak;
	struct fold *fold;

	for (i = 0; i < block->nr; i++) {
		leak = &block->suspect[i];
		if (leak->fate != FATE_LEAK)
			continue;
		if (fatal_signal_pending(current) && !events_leaks_panic()) {
			fold = fold_of(folds, leak->then.stack);
			left += !fold || fold->leaks;
		} else {
			leak_print(suspects, folds, leak);
			cond_resched();
		}
	}
	return left;
}

/* Print the new leaks, those with the same stack as one. */
static void leaks_print(struct suspects *suspects)
{
	struct suspect_block *block;
	unsigned long i, left = 0;
	struct folds folds;

	folds_begin(&folds, blocks_count(suspects->blocks));
	for (block = suspects->blocks; block; block = block->next) {
		for (i = 0; i < block->nr; i++)
			if (block->suspect[i].fate == FATE_LEAK)
				leak_count(&folds, &block->suspect[i]);
		cond_resched();
	}
	for (block = suspects->blocks; block; block = block->next) {
		left += block_print(suspects, &folds, block);
		cond_resched();
	}
	if (left)
		pr_warn("killed: %lu of the new leaks not printed\n", left);
	folds_end(&folds);
}

static enum fate suspect_decide(struct suspects *suspects, const struct suspect *suspect,
				unsigned int wanted)
{
	struct object_ref ref;

	if (!suspect_holds(suspects, suspect, &ref))
		return FATE_DROPPED;
	if (suspect->scans < wanted)
		return FATE_WAITS;
	if (!suspect_enter(suspect, &ref))
		return FATE_DROPPED;
	events_leak(&ref);
	return FATE_LEAK;
}

/**
 * suspects_publish() - put the remaining suspects into the report
 * @suspects: the suspects
 * @print: print them to the kernel log, too
 *
 * Those that have been suspects in too few scans wait for the next one.
 *
 * Context: Sleeps; under scan_mutex.
 * Return: the number of objects put into the report.
 */
unsigned long suspects_publish(struct suspects *suspects, bool print)
{
	unsigned int wanted = scans_wanted();
	unsigned long i, leaks = 0;
	struct suspect_block *block;
	struct suspect *suspect;

	suspects_count(suspects);
	for (block = suspects->blocks; block; block = block->next) {
		for (i = 0; i < block->nr; i++) {
			suspect = &block->suspect[i];
			rcu_read_lock();
			suspect->fate = suspect_decide(suspects, suspect, wanted);
			rcu_read_unlock();
			leaks += suspect->fate == FATE_LEAK;
		}
		cond_resched();
	}
	if (print && leaks)
		leaks_print(suspects);
	suspects_keep(suspects);
	return leaks;
}
