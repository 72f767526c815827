// SPDX-License-Identifier: GPL-2.0
/*
 * A scan: mark, find what stayed white, verify, publish; and the thread that
 * does so from time to time.
 *
 * May call: mark, roots, slab, range, report. Invariants:
 *
 * - scan_mutex is held through a scan, through "clear" and through "off".
 * - An object is reported only if it was white at the end of a first pass and
 *   of each verifying one, had the same content each time, and was born, and
 *   not freed, before the first. A scan that was cut short reports nothing.
 * - Births are compared in jiffies: a pass starts on a fresh tick, so that
 *   "born in the tick of the stamp or later" means "born since".
 */
#define pr_fmt(fmt) "kmemleak: " fmt

#include <linux/delay.h>
#include <linux/freezer.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/wait.h>

#include "kmemleak.h"

#define FIRST_SCAN_SECONDS	60
#define DEFAULT_PERIOD_SECONDS	600

static unsigned int min_age_ms = 1000;
module_param(min_age_ms, uint, 0644);
MODULE_PARM_DESC(min_age_ms, "age in ms from which an object can be a leak, in a scan on request");

static unsigned int auto_min_age_ms = 5000;
module_param(auto_min_age_ms, uint, 0644);
MODULE_PARM_DESC(auto_min_age_ms, "the same, in a scan of the background thread");

static unsigned int verify_passes = 2;
module_param(verify_passes, uint, 0644);
MODULE_PARM_DESC(verify_passes, "times that each suspect is searched for anew before it is reported");

static DEFINE_MUTEX(scan_mutex);

/* Guards the thread and its period; taken after nothing, held over no scan. */
static DEFINE_MUTEX(thread_mutex);
static struct task_struct *scan_thread;
static unsigned int period_seconds = DEFAULT_PERIOD_SECONDS;

/**
 * struct suspect - an object that a pass left white
 * @start: its address
 * @percpu: which is a per-CPU pointer
 * @then: its slot as it was
 * @crc: of its content
 */
struct suspect {
	unsigned long start;
	bool percpu;
	struct slot then;
	u32 crc;
};

#define SUSPECT_BLOCK	((PAGE_SIZE - sizeof(void *) - sizeof(long)) / \
			 sizeof(struct suspect))

struct suspect_block {
	struct suspect_block *next;
	unsigned long nr;
	struct suspect suspect[SUSPECT_BLOCK];
};

/**
 * struct scan - one scan
 * @m: its marker
 * @min_age: in jiffies
 * @stamp: jiffies at the start of the first pass
 * @suspects: what may be leaked
 * @nr_suspects: how many the first pass found
 * @objects: live slab objects seen
 * @words: words read by all passes
 * @pointers: words that led to an object, likewise
 */
struct scan {
	struct marker m;
	u32 min_age;
	u32 stamp;
	struct suspect_block *suspects;
	unsigned long nr_suspects;
	unsigned long objects;
	unsigned long words;
	unsigned long pointers;
};

static bool may_leak(const struct scan *scan, const struct slot *slot)
{
	u32 state = slot_state(slot);

	return (state & OBJ_LIVE) &&
	       !(state & (OBJ_GREY | OBJ_IGNORE | OBJ_TRANSIENT |
			  OBJ_REPORTED)) &&
	       !born_since(slot, scan->stamp) &&
	       slot_age(slot) >= scan->min_age;
}

/* A suspect that does not fit waits for the next scan: nothing is invented. */
static void suspect_add(struct scan *scan, const struct object_ref *ref)
{
	struct suspect_block *block = scan->suspects;
	struct suspect *suspect;

	if (!block || block->nr == SUSPECT_BLOCK) {
		block = scan_page_get();
		if (!block)
			return;
		block->nr = 0;
		block->next = scan->suspects;
		scan->suspects = block;
	}
	suspect = &block->suspect[block->nr++];
	suspect->start = ref->start;
	suspect->percpu = ref->range && ref->range->space == RANGE_PERCPU;
	suspect->then = *ref->slot;
	suspect->crc = report_crc(ref);
	scan->nr_suspects++;
}

static void suspects_free(struct scan *scan)
{
	struct suspect_block *block;

	while ((block = scan->suspects)) {
		scan->suspects = block->next;
		scan_page_put(block);
	}
}

/* An object that was reported and is referred to after all is no leak. */
static void sweep_slot(struct scan *scan, struct slab_table *table,
		       unsigned int i)
{
	struct object_ref ref = {
		.start = slab_object(table, i),
		.size = table->object_size,
		.slot = &table->slots[i],
		.table = table,
	};

	if (!(READ_ONCE(ref.slot->state) & OBJ_LIVE))
		return;
	scan->objects++;
	if (test_bit(i, slab_marks(table))) {
		if (unlikely(READ_ONCE(ref.slot->state) & OBJ_REPORTED))
			slot_change(ref.slot, 0, OBJ_REPORTED);
	} else if (may_leak(scan, ref.slot)) {
		suspect_add(scan, &ref);
	}
}

static void sweep_table(struct slab_table *table, void *scan)
{
	unsigned int i;

	for (i = 0; i < table->count; i++)
		sweep_slot(scan, table, i);
}

static void sweep_tables(struct scan *scan)
{
	unsigned long pos = 0;

	while (slab_walk(&pos, sweep_table, scan) &&
	       !mark_should_stop(&scan->m))
		;
}

static void sweep_views(struct scan *scan, struct view_list *list)
{
	unsigned int i;

	for (i = 0; i < list->nr; i++) {
		struct range_view *view = &list->view[i];
		struct tracked_range *range = view->range;
		struct object_ref ref = {
			.start = view->start,
			.size = view->last - view->start + 1,
			.slot = &range->slot,
			.range = range,
		};

		if (view_reached(view))
			slot_change(&range->slot, 0, OBJ_REPORTED);
		else if (may_leak(scan, &range->slot))
			suspect_add(scan, &ref);
		cond_resched();
	}
}

/* Things move while a pass runs: a verifying one looks at roots twice. */
static int mark_all(struct marker *m, bool verify)
{
	int err;

	mark_grey(m, verify);
	roots_mark_pages(m);
	err = roots_mark(m);
	if (err)
		return err;
	mark_newborn(m);
	if (!verify)
		return 0;
	mark_again(m);
	return roots_mark(m);
}

static int mark_pass(struct scan *scan, unsigned long scanner_sp, bool verify)
{
	struct marker *m = &scan->m;
	u64 tick = get_jiffies_64();
	int err;

	/* A fresh tick, for born_since(). */
	while (!time_after64(get_jiffies_64(), tick))
		schedule_timeout_uninterruptible(1);

	err = mark_begin(m, scanner_sp, (u32)get_jiffies_64());
	if (err)
		return err;
	err = mark_all(m, verify);
	if (m->stop)
		err = -EINTR;
	scan->words += m->words;
	scan->pointers += m->pointers;
	if (err)
		mark_end(m);
	return err;
}

static struct range_view *view_find(struct scan *scan,
				    const struct suspect *suspect)
{
	struct view_list *list = suspect->percpu ? &scan->m.snapshot.percpu :
						   &scan->m.snapshot.virt;
	unsigned int i = views_up_to(list, suspect->start);
	struct range_view *view = list->view;

	/* The outermost of those that begin there. */
	while (i > 1 && view[i - 2].start == suspect->start)
		i--;
	return i && view[i - 1].start == suspect->start ? &view[i - 1] : NULL;
}

/* Is a suspect still the same, and still white? Fills in @ref if so. */
static bool suspect_holds(struct scan *scan, const struct suspect *suspect,
			  struct object_ref *ref)
{
	struct slab_table *table = NULL;
	struct range_view *view;
	unsigned long i;

	if (!suspect->percpu)
		table = slab_table_of(suspect->start);
	view = view_find(scan, suspect);
	if (view && slot_same(&view->range->slot, &suspect->then)) {
		*ref = (struct object_ref) {
			.start = view->start,
			.size = view->last - view->start + 1,
			.slot = &view->range->slot,
			.range = view->range,
		};
		if (view_reached(view))
			return false;
	} else if (table) {
		i = slab_index(table, suspect->start);
		if (i >= table->count || test_bit(i, slab_marks(table)) ||
		    !slot_same(&table->slots[i], &suspect->then))
			return false;
		*ref = (struct object_ref) {
			.start = slab_object(table, i),
			.size = table->object_size,
			.slot = &table->slots[i],
			.table = table,
		};
	} else {
		return false;
	}
	return may_leak(scan, ref->slot) && report_crc(ref) == suspect->crc;
}

static void suspects_verify(struct scan *scan)
{
	struct suspect_block *block;
	struct object_ref ref;
	unsigned long i, kept;

	for (block = scan->suspects; block; block = block->next) {
		for (i = 0, kept = 0; i < block->nr; i++) {
			rcu_read_lock();
			if (suspect_holds(scan, &block->suspect[i], &ref))
				block->suspect[kept++] = block->suspect[i];
			rcu_read_unlock();
		}
		block->nr = kept;
		cond_resched();
	}
}

static bool suspect_publish(const struct suspect *suspect,
			    const struct object_ref *ref)
{
	if (ref->range)
		return slot_change(ref->slot, OBJ_REPORTED, 0);
	set_bit(TABLE_REPORTED, &ref->table->flags);
	if (!slot_change(ref->slot, OBJ_REPORTED, 0))
		return false;
	if (slot_same(ref->slot, &suspect->then))
		return true;
	/* It was freed meanwhile, and its slot has a new owner. */
	slot_change(ref->slot, 0, OBJ_REPORTED);
	return false;
}

/* Put the suspects that are left into the report; how many there are. */
static unsigned long suspects_publish(struct scan *scan, bool print)
{
	struct suspect_block *block;
	unsigned long i, leaks = 0;
	struct object_ref ref;

	for (block = scan->suspects; block; block = block->next) {
		for (i = 0; i < block->nr; i++) {
			rcu_read_lock();
			if (suspect_holds(scan, &block->suspect[i], &ref)) {
				leaks += suspect_publish(&block->suspect[i],
							 &ref);
				if (print)
					report_log(&ref);
			}
			rcu_read_unlock();
		}
		cond_resched();
	}
	return leaks;
}

/*
 * Objects that are to be left alone for one scan: the scan takes note of them
 * before it begins, and when it has ended those that it took note of are
 * objects like any other.
 */
static void transience_step(struct slot *slot, bool ended)
{
	u32 state = slot_state(slot);

	if (!(state & OBJ_TRANSIENT))
		return;
	if (!ended)
		slot_change(slot, OBJ_TRANSIENT_SEEN, 0);
	else if (state & OBJ_TRANSIENT_SEEN)
		slot_change(slot, 0, OBJ_TRANSIENT | OBJ_TRANSIENT_SEEN);
}

static void transience_table(struct slab_table *table, void *ended)
{
	unsigned int i;

	if (!test_bit(TABLE_SPECIAL, &table->flags))
		return;
	for (i = 0; i < table->count; i++)
		transience_step(&table->slots[i], *(bool *)ended);
}

static void transience_range(struct tracked_range *range, void *ended)
{
	transience_step(&range->slot, *(bool *)ended);
}

static void transience(bool ended)
{
	unsigned long pos = 0;

	while (slab_walk(&pos, transience_table, &ended))
		;
	range_walk(transience_range, &ended);
}

/* All passes; returns the number of leaks or an error. */
static long scan_passes(struct scan *scan, unsigned long scanner_sp,
			bool print)
{
	unsigned int pass;
	long leaks;
	int err;

	transience(false);
	err = mark_pass(scan, scanner_sp, false);
	if (err)
		return err;
	scan->stamp = scan->m.stamp;
	sweep_tables(scan);
	sweep_views(scan, &scan->m.snapshot.virt);
	sweep_views(scan, &scan->m.snapshot.percpu);

	for (pass = 0; pass < READ_ONCE(verify_passes) && scan->suspects;
	     pass++) {
		mark_end(&scan->m);
		/* What is on its way to be freed, or elsewhere, has arrived then. */
		rcu_barrier();
		err = mark_pass(scan, scanner_sp, true);
		if (err)
			return err;
		suspects_verify(scan);
	}

	leaks = suspects_publish(scan, print);
	mark_end(&scan->m);
	transience(true);
	return leaks;
}

static void scan_account(const struct scan *scan, ktime_t begin, long leaks)
{
	stat_inc(STAT_SCANS);
	stat_set(STAT_SCAN_DURATION_US,
		 ktime_us_delta(ktime_get(), begin));
	stat_set(STAT_SCAN_WORDS, scan->words);
	stat_set(STAT_SCAN_POINTERS, scan->pointers);
	stat_set(STAT_SCAN_OBJECTS, scan->objects);
	stat_set(STAT_SCAN_SUSPECTS, scan->nr_suspects);
	stat_set(STAT_SCAN_VERIFIED, leaks);
}

static noinline int scan_run(enum scan_kind kind, unsigned long scanner_sp)
{
	bool automatic = kind == SCAN_AUTO;
	ktime_t begin = ktime_get();
	struct scan *scan;
	long leaks;

	scan = scan_memory_get(sizeof(*scan));
	if (!scan)
		return -ENOMEM;
	scan->min_age = msecs_to_jiffies(automatic ? READ_ONCE(auto_min_age_ms) :
						     READ_ONCE(min_age_ms));
	leaks = scan_passes(scan, scanner_sp,
			    automatic && READ_ONCE(kmemleak_verbose));
	if (leaks >= 0) {
		scan_account(scan, begin, leaks);
		if (leaks)
			pr_info("%ld new suspected memory leaks (see /sys/kernel/debug/kmemleak)\n",
				leaks);
	} else if (leaks != -EINTR) {
		pr_warn_ratelimited("scan skipped: %s\n",
				    leaks == -ENOMEM ? "no memory" :
						       "too many new objects");
	}
	suspects_free(scan);
	scan_memory_put(scan, sizeof(*scan));
	return leaks < 0 ? leaks : 0;
}

/*
 * The lowest frame of this task's stack that is read. Registers that callers
 * keep values in are spilt into it. No variable of the scan may be in it, which
 * would refer to the very suspects, so nothing is inlined here.
 */
static noinline int scan_locked(enum scan_kind kind)
{
	int err;

	__builtin_unwind_init();
	err = scan_run(kind, own_frame());
	/* No tail call, which would take this frame away. */
	barrier();
	return err;
}

/**
 * kmemleak_scan() - search memory for leaks now
 * @kind: who asks
 *
 * Context: Sleeps, for as long as other scans and this one take.
 * Return: 0; -EINTR if a signal came, -EPERM if the detector is off; -ENOMEM or
 * -EAGAIN if the objects found no room.
 */
int kmemleak_scan(enum scan_kind kind)
{
	int err;

	if (mutex_lock_interruptible(&scan_mutex))
		return -EINTR;
	err = kmemleak_is_on() ? scan_locked(kind) : -EPERM;
	mutex_unlock(&scan_mutex);
	return err;
}

static void clear_slot(struct slot *slot)
{
	if (slot_state(slot) & OBJ_REPORTED)
		slot_change(slot, OBJ_GREY, OBJ_REPORTED);
}

static void clear_table(struct slab_table *table, void *unused)
{
	unsigned int i;

	if (!test_and_clear_bit(TABLE_REPORTED, &table->flags))
		return;
	set_bit(TABLE_SPECIAL, &table->flags);
	for (i = 0; i < table->count; i++)
		clear_slot(&table->slots[i]);
}

static void clear_range(struct tracked_range *range, void *unused)
{
	clear_slot(&range->slot);
}

/**
 * scan_clear() - empty the report for good: what is in it is no leak any more
 *
 * Return: 0 or -EINTR.
 */
int scan_clear(void)
{
	unsigned long pos = 0;

	if (mutex_lock_interruptible(&scan_mutex))
		return -EINTR;
	while (slab_walk(&pos, clear_table, NULL))
		;
	range_walk(clear_range, NULL);
	mutex_unlock(&scan_mutex);
	return 0;
}

/* ---- The thread ---- */

/* Sleep until the next scan is due; false once the thread is to end. */
static bool thread_wait(unsigned int seconds)
{
	static DECLARE_WAIT_QUEUE_HEAD(told_to_stop);

	/* kthread_stop() wakes the thread itself. */
	return !wait_event_idle_timeout(told_to_stop, kthread_should_stop(),
					(unsigned long)seconds * HZ);
}

static int scan_thread_main(void *unused)
{
	static bool first = IS_ENABLED(CONFIG_DEBUG_KMEMLEAK_AUTO_SCAN);

	set_user_nice(current, 10);
	if (first) {
		first = false;
		if (!thread_wait(FIRST_SCAN_SECONDS))
			return 0;
	}
	do {
		kmemleak_scan(SCAN_AUTO);
	} while (thread_wait(READ_ONCE(period_seconds)));
	return 0;
}

static int thread_start_locked(void)
{
	struct task_struct *thread;

	if (scan_thread)
		return 0;
	if (!kmemleak_is_on())
		return -EPERM;
	thread = kthread_run(scan_thread_main, NULL, "kmemleak");
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	scan_thread = thread;
	return 0;
}

static void thread_stop_locked(void)
{
	if (scan_thread)
		kthread_stop(scan_thread);
	scan_thread = NULL;
}

/**
 * scan_thread_start() - scan in the background from now on
 *
 * At the period that was set last, or the default after one of 0.
 *
 * Return: 0 or a negative errno.
 */
int scan_thread_start(void)
{
	int err;

	mutex_lock(&thread_mutex);
	if (!period_seconds)
		WRITE_ONCE(period_seconds, DEFAULT_PERIOD_SECONDS);
	err = thread_start_locked();
	mutex_unlock(&thread_mutex);
	return err;
}

/**
 * scan_thread_stop() - scan on request only from now on
 *
 * Waits for a background scan, which ends early.
 *
 * Return: 0.
 */
int scan_thread_stop(void)
{
	mutex_lock(&thread_mutex);
	thread_stop_locked();
	mutex_unlock(&thread_mutex);
	return 0;
}

/**
 * scan_set_period() - how often to scan in the background
 * @seconds: from the end of a scan to the next; 0 stops the thread
 *
 * Return: 0 or a negative errno.
 */
int scan_set_period(unsigned int seconds)
{
	int err = 0;

	if (seconds > MAX_SCHEDULE_TIMEOUT / HZ)
		return -EINVAL;
	mutex_lock(&thread_mutex);
	thread_stop_locked();
	WRITE_ONCE(period_seconds, seconds);
	if (seconds)
		err = thread_start_locked();
	mutex_unlock(&thread_mutex);
	return err;
}

/**
 * scan_switch_off() - end all scanning and recording, and free what it took
 *
 * Return: 0; -EPERM if it was off.
 */
int scan_switch_off(void)
{
	int err = -EPERM;

	scan_thread_stop();
	mutex_lock(&scan_mutex);
	if (kmemleak_is_on()) {
		kmemleak_switch_off();
		slab_teardown();
		range_teardown();
		err = 0;
	}
	mutex_unlock(&scan_mutex);
	/* One may have been started while the first was stopped. */
	scan_thread_stop();
	return err;
}
