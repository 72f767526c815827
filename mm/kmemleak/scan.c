// SPDX-License-Identifier: GPL-2.0
/*
 * A scan: mark, find objects that stayed white, verify, publish.
 *
 * Invariants:
 *
 * - scan_mutex is held through a scan, through "clear" and through "off".
 * - An object is reported only if it was white at the end of a first pass and of each
 *   verifying pass, had the same content each time, and was born, and not freed, before
 *   the first pass. A scan that was cut short reports nothing.
 * - Births are compared in jiffies, which may lag behind. Ages are checked only after
 *   at least one tick since the scan began, so that a user who has waited for
 *   min_age_ms has waited long enough. An object born in the tick in which a pass began
 *   counts as born since. If that tick matters for the minimum age of a leak, the pass
 *   begins on a fresh tick.
 * - The background thread never waits for scan_mutex, and its scan gives way to any user
 *   who does, until the result is there. So whoever stops the thread does not wait for the
 *   scan of a user.
 */
#define pr_fmt(fmt) "kmemleak: " fmt

#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string_choices.h>
#include <linux/sysfs.h>

#include "kmemleak.h"
#include "store/object.h"
#include "store/range.h"
#include "store/slab.h"
#include "store/slot.h"
#include "store/stats.h"
#include "trace/comm.h"
#include "mark/buffer.h"
#include "mark/marker.h"
#include "mark/pages.h"
#include "mark/pass.h"
#include "mark/roots.h"
#include "mark/section.h"
#include "mark/snapshot.h"
#include "report/events.h"
#include "report/graph.h"
#include "report/holders.h"
#include "report/leaks.h"
#include "report/path.h"
#include "report/sites.h"
#include "scan.h"
#include "suspect.h"
#include "transient.h"

/* For minimum ages below this, in jiffies, the first pass begins on a fresh tick. */
#define SHORT_AGE		(HZ / 10)

/* Number of ticks that the background thread runs before it rests. */
#define SLICE_TICKS		2

static unsigned int min_age_ms = 1000;
module_param(min_age_ms, uint, 0644);
MODULE_PARM_DESC(min_age_ms, "age in ms from which an object can be a leak, in a scan on request");

static unsigned int auto_min_age_ms = 5000;
module_param(auto_min_age_ms, uint, 0644);
MODULE_PARM_DESC(auto_min_age_ms, "the same, in a scan of the background thread");

/* A scan of many more passes would hardly end, and others wait for it. */
#define VERIFY_PASSES_MAX	100

static int param_set_passes(const char *text, const struct kernel_param *kp)
{
	return param_set_uint_minmax(text, kp, 0, VERIFY_PASSES_MAX);
}

static const struct kernel_param_ops param_ops_passes = {
	.set = param_set_passes,
	.get = param_get_uint,
};

#define param_check_passes	param_check_uint

static unsigned int verify_passes = 2;
module_param(verify_passes, passes, 0644);
MODULE_PARM_DESC(verify_passes, "times that each suspect is searched for anew before it is reported, 0 to 100");

static unsigned int workers;
module_param(workers, uint, 0644);
MODULE_PARM_DESC(workers, "CPUs that a scan on request marks on at once; 0 for all that there are");

static int param_set_percent(const char *text, const struct kernel_param *kp)
{
	return param_set_uint_minmax(text, kp, 1, 100);
}

static const struct kernel_param_ops param_ops_percent = {
	.set = param_set_percent,
	.get = param_get_uint,
};

#define param_check_percent	param_check_uint

static unsigned int cpu_budget = 25;
module_param(cpu_budget, percent, 0644);
MODULE_PARM_DESC(cpu_budget, "percent of one CPU that a background scan may take, 1 to 100");

static DEFINE_MUTEX(scan_mutex);
/* Number of tasks that wait for scan_mutex on behalf of a user. */
static atomic_t users_waiting;

/**
 * struct scan - one scan
 * @m: its marker
 * @automatic: requested by the thread, not by a user
 * @verifying: a pass that verifies the suspects is running
 * @tick: jiffies at the start of the first pass
 * @suspects: objects that may be leaked
 * @nr_suspects: number of suspects after the first pass
 * @slice_began: jiffies when the thread rested last
 * @slice_ran: CPU time that it had used by then, in ns
 */
struct scan {
	struct marker m;
	bool automatic;
	bool verifying;
	u64 tick;
	struct suspects suspects;
	unsigned long nr_suspects;
	unsigned long slice_began;
	u64 slice_ran;
};

static void sweep_white(struct scan *scan, struct slab_table *table,
			unsigned int i)
{
	struct object_ref ref = {
		.start = slab_object(table, i),
		.size = table->object_size,
		.slot = &table->slots[i],
		.table = table,
	};

	if (may_leak(&scan->suspects, ref.slot))
		suspect_add(&scan->suspects, &ref);
}

/*
 * Clear the marks of freed objects: such a mark would hide references to the end of the
 * object before it. Other workers may set marks meanwhile.
 */
static void unmark_dead(unsigned long *marks, unsigned long live)
{
	unsigned long dead = READ_ONCE(*marks) & ~live;
	unsigned int i;

	for_each_set_bit(i, &dead, BITS_PER_LONG)
		clear_bit(i, marks);
}

/*
 * Sweep the objects of one word of marks: objects born since the pass began turn grey,
 * and white ones may become suspects.
 */
static void sweep_group(struct scan *scan, struct mark_worker *w,
			struct slab_table *table, unsigned int first)
{
	unsigned int i, nr = min(table->count - first, (u32)BITS_PER_LONG);
	unsigned long *marks = slab_marks(table) + first / BITS_PER_LONG;
	unsigned long live = 0, newborn = 0, white;
	u32 birth, state, stamp = scan->m.stamp;

	for (i = 0; i < nr; i++) {
		slot_look(&table->slots[first + i], &birth, &state);
		live |= (unsigned long)!!(state & OBJ_LIVE) << i;
		newborn |= (unsigned long)birth_since(birth, stamp) << i;
	}
	unmark_dead(marks, live);
	newborn &= live;
	for_each_set_bit(i, &newborn, nr)
		mark_newborn_slot(w, table, first + i);
	if (scan->verifying)
		return;
	mark_seen(w, hweight_long(live));
	white = live & ~READ_ONCE(*marks);
	for_each_set_bit(i, &white, nr)
		sweep_white(scan, table, first + i);
}

static void sweep_table(struct slab_table *table, void *worker)
{
	struct scan *scan = container_of(mark_of(worker), struct scan, m);
	unsigned int first;

	for (first = 0; first < table->count; first += BITS_PER_LONG)
		sweep_group(scan, worker, table, first);
}

static void sweep_views(struct scan *scan, struct view_list *list)
{
	unsigned int i;

	for (i = 0; i < list->nr && !scan->m.stop; i++) {
		struct range_view *view = &list->view[i];
		struct tracked_range *range = view->range;
		struct object_ref ref = {
			.start = view->start,
			.size = view->last - view->start + 1,
			.slot = &range->slot,
			.range = range,
		};

		range->count = atomic_read(&view->count);
		if (!view_reached(view) && may_leak(&scan->suspects, &range->slot))
			suspect_add(&scan->suspects, &ref);
		mark_pause(&scan->m);
	}
}

static void tick_wait(u64 tick)
{
	while (!time_after64(get_jiffies_64(), tick))
		schedule_timeout_uninterruptible(1);
}

/* Pointers move while a pass runs, so a verifying pass reads the roots twice. */
static int mark_all(struct scan *scan)
{
	struct marker *m = &scan->m;
	int err;

	mark_grey(m, scan->verifying);
	roots_mark_pages(m);
	err = roots_mark(m);
	if (err)
		return err;
	if (!scan->verifying)
		tick_wait(scan->tick);
	mark_tables(m, sweep_table);
	if (!scan->verifying) {
		sweep_views(scan, &m->snapshot.virt);
		sweep_views(scan, &m->snapshot.percpu);
	}
	mark_newborn(m);
	if (!scan->verifying)
		return 0;
	mark_again(m);
	return roots_mark(m);
}

static unsigned int workers_wanted(const struct scan *scan)
{
	if (scan->automatic)
		return 1;
	return READ_ONCE(workers) ?: num_online_cpus();
}

static int mark_pass(struct scan *scan, bool verifying)
{
	struct marker *m = &scan->m;
	u64 tick = get_jiffies_64();
	int err;

	if (verifying ? !scan->suspects.min_age : scan->suspects.min_age < SHORT_AGE) {
		tick_wait(tick);
		tick = get_jiffies_64();
	}
	err = mark_begin(m, (u32)tick);
	if (err)
		return err;
	scan->verifying = verifying;
	if (!verifying) {
		scan->suspects.stamp = m->stamp;
		scan->tick = tick;
	}
	err = mark_all(scan);
	if (m->stop)
		err = -EINTR;
	if (err)
		mark_end(m);
	return err;
}

/*
 * The first pass. If it finds references to reported objects, it is repeated: a single
 * word of a process that has just read the report, in memory that is about to be freed,
 * would otherwise acquit them.
 */
static int first_pass(struct scan *scan)
{
	unsigned int pass = 0;
	int err = mark_pass(scan, false);

	while (!err && pass++ < READ_ONCE(verify_passes) &&
	       leaks_acquit(&scan->m, false)) {
		mark_end(&scan->m);
		suspects_free(&scan->suspects);
		scan->m.objects = 0;
		rcu_barrier();
		err = mark_pass(scan, false);
	}
	return err;
}

/* Run all passes. Returns the number of leaks or an error. */
static long scan_passes(struct scan *scan)
{
	unsigned int pass;
	unsigned long left;
	long leaks;
	int err;

	transience(false);
	scan->m.holder_scan = holders_begin(false);
	err = first_pass(scan);
	if (err)
		return err;
	/* Drop suspects that a newborn object refers to. */
	left = suspects_verify(&scan->suspects);
	scan->nr_suspects = left;

	for (pass = 0; pass < READ_ONCE(verify_passes) && left; pass++) {
		mark_end(&scan->m);
		/* Let RCU callbacks finish: they free objects or move them. */
		rcu_barrier();
		err = mark_pass(scan, true);
		if (err)
			return err;
		left = suspects_verify(&scan->suspects);
	}

	leaks_acquit(&scan->m, true);
	leaks = suspects_publish(&scan->suspects, events_print_leaks());
	graph_update(&scan->m);
	mark_end(&scan->m);
	transience(true);
	return leaks;
}

static void scan_account(const struct scan *scan,
			 const struct scan_result *result)
{
	stat_inc(STAT_SCANS);
	stat_set(STAT_SCAN_DURATION_US, result->duration_us);
	stat_set(STAT_SCAN_WORDS, scan->m.words);
	stat_set(STAT_SCAN_POINTERS, scan->m.pointers);
	stat_set(STAT_SCAN_OBJECTS, result->objects);
	stat_set(STAT_SCAN_SUSPECTS, result->suspects);
	stat_set(STAT_SCAN_VERIFIED, result->leaks);
	if (stat_get(STAT_SUSPECTS_LOST))
		pr_warn_once("no memory for some suspects: leaks among them are left to another scan\n");
}

/* @leaks is the result of the scan: the number of new leaks, or an error. */
static void scan_conclude(const struct scan *scan, ktime_t begin, long leaks)
{
	struct scan_result result = {
		.duration_us = ktime_us_delta(ktime_get(), begin),
		.objects = scan->m.objects,
		.suspects = scan->nr_suspects,
		.leaks = max(leaks, 0L),
		.err = min(leaks, 0L),
	};

	if (!result.err)
		scan_account(scan, &result);
	else if (result.err != -EINTR)
		pr_warn_ratelimited("scan skipped: %s\n",
				    result.err == -ENOMEM ? "no memory" :
							    "too many new objects");
	events_scan_end(&result);
}

static bool user_called_off(struct task_struct *scanner)
{
	return signal_pending(scanner);
}

static bool thread_called_off(struct task_struct *scanner)
{
	return kthread_should_stop() || atomic_read(&users_waiting);
}

/* The result has been published, so the rest of the work is done in any case. */
static bool never_called_off(struct task_struct *scanner)
{
	return false;
}

/* Let the thread rest according to its budget, a few ticks at a time. */
static void thread_pace(struct marker *m)
{
	struct scan *scan = container_of(m, struct scan, m);
	unsigned int percent = READ_ONCE(cpu_budget);
	u64 ran;

	if (percent == 100 || jiffies - scan->slice_began < SLICE_TICKS)
		return;
	ran = current->se.sum_exec_runtime - scan->slice_ran;
	schedule_timeout_idle(nsecs_to_jiffies(div_u64(ran * (100 - percent),
						       percent)));
	scan->slice_began = jiffies;
	scan->slice_ran = current->se.sum_exec_runtime;
}

static void scan_prepare(struct scan *scan, enum scan_kind kind,
			 unsigned long scanner_sp)
{
	struct marker *m = &scan->m;
	unsigned int age_ms;

	m->scanner = current;
	m->scanner_sp = scanner_sp;
	scan->automatic = kind == SCAN_AUTO;
	age_ms = scan->automatic ? READ_ONCE(auto_min_age_ms) : READ_ONCE(min_age_ms);
	suspects_begin(&scan->suspects, m, msecs_to_jiffies(age_ms));
	if (!scan->automatic) {
		m->called_off = user_called_off;
		return;
	}
	scan->slice_began = jiffies;
	scan->slice_ran = current->se.sum_exec_runtime;
	m->called_off = thread_called_off;
	m->pace = thread_pace;
}

static long scan_all(struct scan *scan)
{
	long leaks = mark_open(&scan->m, workers_wanted(scan));

	if (leaks)
		return leaks;
	leaks = scan_passes(scan);
	if (leaks >= 0) {
		scan->m.called_off = never_called_off;
		scan->m.stop = false;
		sites_update(&scan->m);
	}
	mark_close(&scan->m);
	return leaks;
}

static noinline int scan_run(enum scan_kind kind, unsigned long scanner_sp)
{
	ktime_t begin = ktime_get();
	struct scan *scan;
	long leaks;

	scan = scan_memory_get(sizeof(*scan));
	if (!scan)
		return -ENOMEM;
	scan_prepare(scan, kind, scanner_sp);
	events_scan_begin(scan->automatic);
	leaks = scan_all(scan);
	scan_conclude(scan, begin, leaks);
	suspects_free(&scan->suspects);
	scan_memory_put(scan, sizeof(*scan));
	return leaks < 0 ? leaks : 0;
}

/*
 * The lowest frame of this task's stack that is scanned. Callee-saved registers, in
 * which callers keep values, are spilled into it. It must not contain variables of the
 * scan, which would refer to the suspects themselves, so nothing is inlined here.
 */
static noinline int scan_locked(enum scan_kind kind)
{
	int err;

	__builtin_unwind_init();
	err = scan_run(kind, own_frame());
	/* Prevent a tail call, which would remove this frame. */
	barrier();
	return err;
}

/*
 * Wait for other scans on behalf of a user; a background scan ends early. With @finally,
 * only a fatal signal ends the wait.
 */
static int scan_lock(bool finally)
{
	int err;

	atomic_inc(&users_waiting);
	err = finally ? mutex_lock_killable(&scan_mutex) :
			mutex_lock_interruptible(&scan_mutex);
	atomic_dec(&users_waiting);
	return err;
}

/**
 * kmemleak_scan() - search memory for leaks now
 * @kind: who requested the scan
 *
 * Context: Sleeps, for as long as other scans and this one take.
 * Return: 0; -EINTR if a signal arrived, or if the thread is to give way to a user, who
 * scans or waits; -EPERM if the detector is off; -ENOMEM or -EAGAIN if there was no room
 * for the objects.
 */
int kmemleak_scan(enum scan_kind kind)
{
	int err = 0;

	if (kind == SCAN_EXPLICIT)
		err = scan_lock(false);
	else if (!mutex_trylock(&scan_mutex))
		err = -EINTR;
	if (err)
		return err;
	err = kmemleak_is_on() ? scan_locked(kind) : -EPERM;
	if (!err && (kind == SCAN_EXPLICIT || !thread_called_off(current)))
		comm_recycle();
	mutex_unlock(&scan_mutex);
	return err;
}

/* Run a pass that reports nothing. */
static int path_pass(struct scan *scan, enum range_space space,
		     unsigned long hidden)
{
	struct marker *m = &scan->m;
	int err = mark_open(m, workers_wanted(scan));

	if (err)
		return err;
	err = mark_pass(scan, false);
	if (!err) {
		err = path_make(space, hidden);
		mark_end(m);
	}
	mark_close(m);
	return err;
}

static noinline int path_run(enum range_space space, unsigned long hidden,
			     unsigned long scanner_sp)
{
	struct scan *scan = scan_memory_get(sizeof(*scan));
	int err = -ENOMEM;

	if (!scan)
		return -ENOMEM;
	scan_prepare(scan, SCAN_EXPLICIT, scanner_sp);
	scan->m.holder_scan = holders_begin(true);
	if (scan->m.holder_scan)
		err = path_pass(scan, space, hidden);
	holders_end();
	suspects_free(&scan->suspects);
	scan_memory_put(scan, sizeof(*scan));
	return err;
}

/* See scan_locked(). */
static noinline int path_locked(enum range_space space, unsigned long hidden)
{
	int err;

	__builtin_unwind_init();
	err = path_run(space, hidden, own_frame());
	barrier();
	return err;
}

/* Find out what kind of address it is. Returns false if no object has it. */
static noinline bool find_space(unsigned long hidden, enum range_space *space)
{
	unsigned long addr = ~hidden;
	struct object_ref ref;
	bool found;

	*space = RANGE_VIRT;
	rcu_read_lock();
	found = object_find(RANGE_VIRT, addr, &ref);
	if (!found) {
		*space = RANGE_PERCPU;
		found = object_find(RANGE_PERCPU, addr, &ref);
	}
	rcu_read_unlock();
	return found;
}

/**
 * scan_path() - find the chain of pointers that leads to an object
 * @hidden: complement of an address in it, or of a per-CPU pointer: the part of the
 *	caller's stack that is a root must not refer to the object
 *
 * The chain can be read from /sys/kernel/debug/kmemleak_path afterwards.
 *
 * Context: Sleeps, for as long as other scans and a pass take.
 * Return: 0; -EINVAL if there is no such object; else see kmemleak_scan().
 */
int scan_path(unsigned long hidden)
{
	enum range_space space;
	int err;

	if (!find_space(hidden, &space))
		return -EINVAL;
	err = scan_lock(false);
	if (err)
		return err;
	err = kmemleak_is_on() ? path_locked(space, hidden) : -EPERM;
	mutex_unlock(&scan_mutex);
	return err;
}

/**
 * scan_exclusive() - call a function while no scan runs
 * @run: the function
 *
 * Return: 0 or -EINTR.
 */
int scan_exclusive(void (*run)(void))
{
	int err = scan_lock(false);

	if (err)
		return err;
	run();
	mutex_unlock(&scan_mutex);
	return 0;
}

/**
 * scan_finally() - call a function while no scan runs, unless the caller is killed
 * @run: the function
 *
 * Context: Sleeps.
 * Return: 0; -EINTR if a fatal signal arrived, and the function was not called.
 */
int scan_finally(void (*run)(void))
{
	int err = scan_lock(true);

	if (err)
		return err;
	run();
	mutex_unlock(&scan_mutex);
	return 0;
}

/**
 * scan_clear() - empty the report for good: objects in it are no longer leaks
 *
 * What waits for another scan is no leak yet, and begins to wait anew.
 *
 * Return: 0 or -EINTR.
 */
int scan_clear(void)
{
	int err = scan_lock(false);

	if (err)
		return err;
	leaks_clear();
	suspects_forget();
	mutex_unlock(&scan_mutex);
	return 0;
}

static int holders_set(const char *text, const struct kernel_param *kp)
{
	bool wanted;
	int err = kstrtobool(text, &wanted);

	if (err)
		return err;
	WRITE_ONCE(holders_wanted, wanted);
	return scan_exclusive(holders_end);
}

static int holders_get(char *text, const struct kernel_param *kp)
{
	return sysfs_emit(text, "%s\n", str_on_off(READ_ONCE(holders_wanted)));
}

static const struct kernel_param_ops holders_ops = {
	.set = holders_set,
	.get = holders_get,
};
module_param_cb(holders, &holders_ops, NULL, 0644);
MODULE_PARM_DESC(holders, "remember where each object was referred to first; 8 bytes an object");
