// SPDX-License-Identifier: GPL-2.0
/*
 * A scan: mark, find what stayed white, verify, publish; and the thread that
 * does so from time to time.
 *
 * May call: mark, roots, slab, range, report, graph, sites, events,
 * modules, holders, path. Invariants:
 *
 * - scan_mutex is held through a scan, through "clear" and through "off".
 * - An object is reported only if it was white at the end of a first pass and
 *   of each verifying one, had the same content each time, and was born, and
 *   not freed, before the first. A scan that was cut short reports nothing.
 * - Births are compared in jiffies, which may be late. Ages are looked at once a
 *   tick has come since the scan began, so that who has waited for min_age_ms
 *   has waited enough. What was born in the tick in which a pass began counts as
 *   born since; where that is a part of the age that is asked of a leak, the
 *   pass begins on a fresh tick.
 * - A scan of the background thread gives way to whoever waits for scan_mutex.
 */
#define pr_fmt(fmt) "kmemleak: " fmt

#include <linux/delay.h>
#include <linux/freezer.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <uapi/linux/sched/types.h>
#include <linux/wait.h>

#include "kmemleak.h"

#define FIRST_SCAN_SECONDS	60
#define DEFAULT_PERIOD_SECONDS	600
#define GIVEN_WAY_SECONDS	10U

/* An age, in jiffies, against which the tick that a scan begins in counts. */
#define SHORT_AGE		(HZ / 10)

/* Ticks for which the background thread runs before it rests. */
#define SLICE_TICKS		2

static unsigned int min_age_ms = 1000;
module_param(min_age_ms, uint, 0644);
MODULE_PARM_DESC(min_age_ms, "age in ms from which an object can be a leak, in a scan on request");

static unsigned int auto_min_age_ms = 5000;
module_param(auto_min_age_ms, uint, 0644);
MODULE_PARM_DESC(auto_min_age_ms, "the same, in a scan of the background thread");

static unsigned int verify_passes = 2;
module_param(verify_passes, uint, 0644);
MODULE_PARM_DESC(verify_passes, "times that each suspect is searched for anew before it is reported");

static unsigned int workers;
module_param(workers, uint, 0644);
MODULE_PARM_DESC(workers, "CPUs that a scan on request marks on at once; 0 for all that there are");

static unsigned int cpu_budget = 25;
module_param(cpu_budget, uint, 0644);
MODULE_PARM_DESC(cpu_budget, "percent of one CPU that a background scan may take, 1 to 100");

static DEFINE_MUTEX(scan_mutex);
/* Tasks that wait for scan_mutex on behalf of a user. */
static atomic_t users_waiting;

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
 * @automatic: the thread's, not a user's
 * @verifying: suspects are known and searched for anew
 * @min_age: in jiffies
 * @stamp: jiffies at the start of the first pass
 * @tick: all 64 bits of them
 * @suspects: what may be leaked
 * @suspects_lock: guards @suspects
 * @nr_suspects: how many the first pass found
 * @slice_began: jiffies when the thread rested last
 * @slice_ran: the CPU time it had got by then, in ns
 */
struct scan {
	struct marker m;
	bool automatic;
	bool verifying;
	u32 min_age;
	u32 stamp;
	u64 tick;
	struct suspect_block *suspects;
	/* Workers sweep at once. */
	spinlock_t suspects_lock;
	unsigned long nr_suspects;
	unsigned long slice_began;
	u64 slice_ran;
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
static void suspect_put(struct scan *scan, const struct suspect *suspect)
{
	struct suspect_block *block = scan->suspects;

	lockdep_assert_held(&scan->suspects_lock);
	if (!block || block->nr == SUSPECT_BLOCK) {
		block = scan_page_get();
		if (!block)
			return;
		block->nr = 0;
		block->next = scan->suspects;
		scan->suspects = block;
	}
	block->suspect[block->nr++] = *suspect;
}

static void suspect_add(struct scan *scan, const struct object_ref *ref)
{
	struct suspect suspect = {
		.start = ref->start,
		.percpu = ref->range && ref->range->space == RANGE_PERCPU,
		.then = *ref->slot,
		.crc = report_crc(ref),
	};

	spin_lock(&scan->suspects_lock);
	suspect_put(scan, &suspect);
	spin_unlock(&scan->suspects_lock);
}

static void suspects_free(struct scan *scan)
{
	struct suspect_block *block;

	while ((block = scan->suspects)) {
		scan->suspects = block->next;
		scan_page_put(block);
	}
}

static void sweep_white(struct scan *scan, struct slab_table *table,
			unsigned int i)
{
	struct object_ref ref = {
		.start = slab_object(table, i),
		.size = table->object_size,
		.slot = &table->slots[i],
		.table = table,
	};

	if (may_leak(scan, ref.slot))
		suspect_add(scan, &ref);
}

/*
 * A freed object loses its mark: else it would stand in the way of references to
 * the end of the object before it. Other workers may set marks meanwhile.
 */
static void unmark_dead(unsigned long *marks, unsigned long live)
{
	unsigned long dead = READ_ONCE(*marks) & ~live;
	unsigned int i;

	for_each_set_bit(i, &dead, BITS_PER_LONG)
		clear_bit(i, marks);
}

/*
 * A word of marks: what was born since the pass began turns grey, what is white
 * may be a suspect.
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

	for (i = 0; i < list->nr; i++) {
		struct range_view *view = &list->view[i];
		struct tracked_range *range = view->range;
		struct object_ref ref = {
			.start = view->start,
			.size = view->last - view->start + 1,
			.slot = &range->slot,
			.range = range,
		};

		range->count = atomic_read(&view->count);
		if (!view_reached(view) && may_leak(scan, &range->slot))
			suspect_add(scan, &ref);
		mark_pause(&scan->m);
	}
}

/**
 * struct acquittal - reported objects that the last pass refers to
 * @nr: how many
 * @carry_out: they are no leaks, and leave the report
 */
struct acquittal {
	unsigned long nr;
	bool carry_out;
};

static void acquit_slot(struct slot *slot, struct acquittal *acquittal)
{
	if (!(slot_flags(slot) & OBJ_REPORTED))
		return;
	acquittal->nr++;
	if (acquittal->carry_out)
		slot_change(slot, 0, OBJ_REPORTED);
}

static void acquit_table(struct slab_table *table, void *acquittal)
{
	unsigned int i;

	if (!test_bit(TABLE_REPORTED, &table->flags))
		return;
	for_each_set_bit(i, slab_marks(table), table->count)
		acquit_slot(&table->slots[i], acquittal);
}

static void acquit_views(struct view_list *list, struct acquittal *acquittal)
{
	unsigned int i;

	for (i = 0; i < list->nr; i++)
		if (view_reached(&list->view[i]))
			acquit_slot(&list->view[i].range->slot, acquittal);
}

/* How many reported objects are referred to after all. */
static unsigned long acquit(struct scan *scan, bool carry_out)
{
	struct acquittal acquittal = { .carry_out = carry_out };
	unsigned long pos = 0;

	if (!walk_wanted(WALK_REPORTED))
		return 0;
	while (slab_walk(&pos, acquit_table, &acquittal))
		;
	acquit_views(&scan->m.snapshot.virt, &acquittal);
	acquit_views(&scan->m.snapshot.percpu, &acquittal);
	return acquittal.nr;
}

static void tick_wait(u64 tick)
{
	while (!time_after64(get_jiffies_64(), tick))
		schedule_timeout_uninterruptible(1);
}

/* Things move while a pass runs: a verifying one looks at roots twice. */
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

static unsigned int nr_workers(const struct scan *scan)
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

	if (verifying ? !scan->min_age : scan->min_age < SHORT_AGE) {
		tick_wait(tick);
		tick = get_jiffies_64();
	}
	err = mark_begin(m, (u32)tick);
	if (err)
		return err;
	scan->verifying = verifying;
	if (!verifying) {
		scan->stamp = m->stamp;
		scan->tick = tick;
	}
	err = mark_all(scan);
	if (m->stop)
		err = -EINTR;
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

/* Drop the suspects that this pass has cleared; how many there are then. */
static unsigned long suspects_verify(struct scan *scan)
{
	struct suspect_block *block;
	unsigned long i, kept, nr = 0;
	struct object_ref ref;

	for (block = scan->suspects; block; block = block->next) {
		for (i = 0, kept = 0; i < block->nr; i++) {
			rcu_read_lock();
			if (suspect_holds(scan, &block->suspect[i], &ref))
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

static bool suspect_publish(const struct suspect *suspect,
			    const struct object_ref *ref, bool print)
{
	if (!suspect_enter(suspect, ref))
		return false;
	events_leak(ref);
	if (print)
		report_log(ref);
	return true;
}

/* Put the suspects that are left into the report; how many there are. */
static unsigned long suspects_publish(struct scan *scan)
{
	bool print = events_print_leaks(scan->automatic);
	struct suspect_block *block;
	unsigned long i, leaks = 0;
	struct object_ref ref;

	for (block = scan->suspects; block; block = block->next) {
		for (i = 0; i < block->nr; i++) {
			rcu_read_lock();
			if (suspect_holds(scan, &block->suspect[i], &ref))
				leaks += suspect_publish(&block->suspect[i],
							 &ref, print);
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
struct transience {
	bool ended;
	unsigned long nr;	/* of such objects */
};

static void transience_step(struct slot *slot, struct transience *transience)
{
	u32 state = slot_state(slot);

	if (!(state & OBJ_TRANSIENT))
		return;
	transience->nr++;
	if (!transience->ended)
		slot_change(slot, OBJ_TRANSIENT_SEEN, 0);
	else if (state & OBJ_TRANSIENT_SEEN)
		slot_change(slot, 0, OBJ_TRANSIENT | OBJ_TRANSIENT_SEEN);
}

static void transience_table(struct slab_table *table, void *transience)
{
	unsigned int i;

	if (!test_bit(TABLE_SPECIAL, &table->flags))
		return;
	for (i = 0; i < table->count; i++)
		transience_step(&table->slots[i], transience);
}

static void transience_range(struct tracked_range *range, void *transience)
{
	transience_step(&range->slot, transience);
}

static void transience(bool ended)
{
	struct transience transience = { .ended = ended };
	unsigned long pos = 0;

	if (!walk_wanted(WALK_TRANSIENT))
		return;
	clear_bit(WALK_TRANSIENT, &walks_wanted);
	/* Who makes one now changes its slot first: one of the two is seen. */
	smp_mb__after_atomic();
	while (slab_walk(&pos, transience_table, &transience))
		;
	range_walk(transience_range, &transience);
	if (transience.nr)
		walk_want(WALK_TRANSIENT);
}

/*
 * The first pass. What it says of objects that were reported is asked again, as
 * one word of a process that has just read the report, and is on its way to be
 * freed, would acquit them.
 */
static int first_pass(struct scan *scan)
{
	unsigned int pass = 0;
	int err = mark_pass(scan, false);

	while (!err && pass++ < READ_ONCE(verify_passes) &&
	       acquit(scan, false)) {
		mark_end(&scan->m);
		suspects_free(scan);
		scan->m.objects = 0;
		rcu_barrier();
		err = mark_pass(scan, false);
	}
	return err;
}

/* All passes; returns the number of leaks or an error. */
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
	/* Not those that only a newborn object refers to. */
	left = suspects_verify(scan);
	scan->nr_suspects = left;

	for (pass = 0; pass < READ_ONCE(verify_passes) && left; pass++) {
		mark_end(&scan->m);
		/* What is on its way to be freed, or elsewhere, has arrived then. */
		rcu_barrier();
		err = mark_pass(scan, true);
		if (err)
			return err;
		left = suspects_verify(scan);
	}

	acquit(scan, true);
	leaks = suspects_publish(scan);
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
}

/* @leaks is what came of the scan: new leaks, or an error. */
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

/* The verdict is out: what is left to do is done. */
static bool never_called_off(struct task_struct *scanner)
{
	return false;
}

/* Have the thread rest as its budget says, a few ticks at a time. */
static void thread_pace(struct marker *m)
{
	struct scan *scan = container_of(m, struct scan, m);
	unsigned int percent = clamp(READ_ONCE(cpu_budget), 1U, 100U);
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

	spin_lock_init(&scan->suspects_lock);
	m->scanner = current;
	m->scanner_sp = scanner_sp;
	scan->automatic = kind == SCAN_AUTO;
	if (!scan->automatic) {
		scan->min_age = msecs_to_jiffies(READ_ONCE(min_age_ms));
		m->called_off = user_called_off;
		return;
	}
	scan->min_age = msecs_to_jiffies(READ_ONCE(auto_min_age_ms));
	scan->slice_began = jiffies;
	scan->slice_ran = current->se.sum_exec_runtime;
	m->called_off = thread_called_off;
	m->pace = thread_pace;
}

static long scan_all(struct scan *scan)
{
	long leaks = mark_open(&scan->m, nr_workers(scan));

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

/* Wait for other scans to end; a background scan then ends early. */
static int scan_lock(enum scan_kind kind)
{
	bool user = kind != SCAN_AUTO;
	int err;

	atomic_add(user, &users_waiting);
	err = mutex_lock_interruptible(&scan_mutex);
	atomic_sub(user, &users_waiting);
	return err;
}

/**
 * kmemleak_scan() - search memory for leaks now
 * @kind: who asks
 *
 * Context: Sleeps, for as long as other scans and this one take.
 * Return: 0; -EINTR if a signal came, or if a user waits for the thread's scan;
 * -EPERM if the detector is off; -ENOMEM or -EAGAIN if the objects found no
 * room.
 */
int kmemleak_scan(enum scan_kind kind)
{
	int err = scan_lock(kind);

	if (err)
		return err;
	err = kmemleak_is_on() ? scan_locked(kind) : -EPERM;
	mutex_unlock(&scan_mutex);
	return err;
}

/* A pass that reports nothing. */
static int path_pass(struct scan *scan, enum range_space space,
		     unsigned long hidden)
{
	struct marker *m = &scan->m;
	int err = mark_open(m, nr_workers(scan));

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
	suspects_free(scan);
	scan_memory_put(scan, sizeof(*scan));
	return err;
}

/* As scan_locked() has it. */
static noinline int path_locked(enum range_space space, unsigned long hidden)
{
	int err;

	__builtin_unwind_init();
	err = path_run(space, hidden, own_frame());
	barrier();
	return err;
}

/* The kind of address that is asked for, if an object has it. */
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
 * @hidden: complement of an address in it, or of a per-CPU pointer: that of the
 *	caller's stack which is a root must not refer to it
 *
 * The chain is in /sys/kernel/debug/kmemleak_path then.
 *
 * Context: Sleeps, for as long as other scans and a pass take.
 * Return: 0; -EINVAL if there is no such object, else as kmemleak_scan().
 */
int scan_path(unsigned long hidden)
{
	enum range_space space;
	int err;

	if (!find_space(hidden, &space))
		return -EINVAL;
	err = scan_lock(SCAN_EXPLICIT);
	if (err)
		return err;
	err = kmemleak_is_on() ? path_locked(space, hidden) : -EPERM;
	mutex_unlock(&scan_mutex);
	return err;
}

/**
 * scan_exclusive() - do something while no scan runs
 * @run: what to do
 *
 * Return: 0 or -EINTR.
 */
int scan_exclusive(void (*run)(void))
{
	int err = scan_lock(SCAN_EXPLICIT);

	if (err)
		return err;
	run();
	mutex_unlock(&scan_mutex);
	return 0;
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
	int err = scan_lock(SCAN_EXPLICIT);

	if (err)
		return err;
	while (slab_walk(&pos, clear_table, NULL))
		;
	range_walk(clear_range, NULL);
	/* None is reported now, and none can be before the lock is free. */
	clear_bit(WALK_REPORTED, &walks_wanted);
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
	static const struct sched_param param;
	unsigned int pause;

	sched_setscheduler_nocheck(current, SCHED_IDLE, &param);
	if (first) {
		first = false;
		if (!thread_wait(FIRST_SCAN_SECONDS))
			return 0;
	}
	do {
		pause = READ_ONCE(period_seconds);
		/* A scan that gave way to another is made up for. */
		if (kmemleak_scan(SCAN_AUTO) == -EINTR)
			pause = min(pause, GIVEN_WAY_SECONDS);
	} while (thread_wait(pause));
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
		graph_teardown();
		path_teardown();
		sites_teardown();
		modules_teardown();
		err = 0;
	}
	mutex_unlock(&scan_mutex);
	/* One may have been started while the first was stopped. */
	scan_thread_stop();
	return err;
}
