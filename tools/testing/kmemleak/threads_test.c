// SPDX-License-Identifier: GPL-2.0
/*
 * Some cases in which all depends on one moment. Then everything at once: threads
 * allocate, annotate and free, interrupts free, one thread scans with several workers,
 * another one as the background thread does, one reads the report, and at last somebody
 * switches the detector off while all others go on.
 *
 * Some objects are held all the time, and must never be reported; some are lost, and must
 * be in the report after each scan. Once it is off, nothing of the detector may be left.
 *
 * "Off" is final, so each round has a process of its own. TAP on standard output, exit
 * status 1 if a test fails.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/kmemleak.h>
#include <linux/mutex.h>

#include "store/areas.h"
#include "store/object.h"
#include "report/leaks.h"
#include "kmemleak.h"
#include "life.h"
#include "scan.h"

#include "memory.h"
#include "outside.h"
#include "sim.h"

#define ROUND_SECONDS	2
#define MUTATORS	2
#define WORKERS		3

/* Each mutator refers to its objects by words of sim_roots[]. */
#define OWN_OBJECTS	64
#define HELD_ROOT	(MUTATORS * OWN_OBJECTS)
#define HELD		200
#define LOST		40
/* Objects that interrupts free. */
#define MAIL		32

static struct kmem_cache *caches[6], *lost_cache;
static unsigned long *held[HELD];
/* Complements of their addresses. */
static unsigned long lost[LOST];
static void *mail[MAIL];

static bool stop, off;
static unsigned int scans, leaks_read, freed_in_interrupts, round_nr;
/* What the detector keeps when it is off: records in reserve. */
static long reserve;

/* ---- How many areas go while interrupts are off ---- */

static bool count_areas;
static unsigned int areas_left, areas_most;

static void note_areas(void)
{
	unsigned int left;

	if (!READ_ONCE(count_areas))
		return;
	left = areas_count();
	if (areas_left > left)
		areas_most = max(areas_most, areas_left - left);
	areas_left = left;
}

/* ---- Interrupts ---- */

/* An object that was left there is freed; or one is allocated, for the next time. */
static void interrupt(void)
{
	void **slot = &mail[sim_random(MAIL)];
	void *object = __atomic_exchange_n(slot, NULL, __ATOMIC_ACQUIRE);

	if (!object) {
		object = sim_alloc(caches[sim_random(ARRAY_SIZE(caches))]);
		object = __atomic_exchange_n(slot, object, __ATOMIC_ACQ_REL);
	}
	if (!object)
		return;
	sim_free(object);
	__atomic_add_fetch(&freed_in_interrupts, 1, __ATOMIC_RELAXED);
}

void sim_locked(raw_spinlock_t *lock)
{
	(void)lock;
	if (!sim_random(16))
		sim_raise();
}

void sim_irqs_on(void)
{
	note_areas();
	if (!sim_random(32))
		sim_raise();
}

/* Memory is short: an allocation waits for some. */
void sim_sleep(void)
{
	const struct timespec pause = { .tv_nsec = 500000 };

	if (!sim_random(64))
		nanosleep(&pause, NULL);
}

/* ---- Mutators ---- */

enum own_kind { OWN_SLAB, OWN_LARGE, OWN_VMALLOC, OWN_PERCPU, OWN_NONE };

/**
 * struct own - an object of a mutator
 * @kind: who allocated it
 * @memory: its first byte, or its per-CPU pointer
 * @size: bytes
 */
struct own {
	enum own_kind kind;
	void *memory;
	size_t size;
};

static void own_alloc(struct own *own, unsigned long *root)
{
	struct kmem_cache *cache = caches[sim_random(ARRAY_SIZE(caches))];
	unsigned int what = sim_random(16);

	if (what == 0) {
		*own = (struct own) { OWN_LARGE, NULL, 1 + sim_random(3 * PAGE_SIZE) };
		own->memory = sim_large_alloc(own->size);
	} else if (what == 1) {
		*own = (struct own) { OWN_VMALLOC, NULL, PAGE_SIZE * (1 + sim_random(2)) };
		own->memory = sim_vmalloc(own->size);
	} else if (what == 2) {
		*own = (struct own) { OWN_PERCPU, NULL, 8 + sim_random(128) };
		own->memory = sim_percpu_alloc(own->size);
	} else {
		*own = (struct own) { OWN_SLAB, NULL, cache->object_size };
		own->memory = sim_alloc(cache);
	}
	if (!own->memory)
		own->kind = OWN_NONE;
	WRITE_ONCE(*root, (unsigned long)own->memory);
}

static void own_free(struct own *own, unsigned long *root)
{
	void **slot;

	if (sim_random(2))
		WRITE_ONCE(*root, 0);
	switch (own->kind) {
	case OWN_SLAB:
		slot = &mail[sim_random(MAIL)];
		if (!sim_random(4))
			own->memory = __atomic_exchange_n(slot, own->memory, __ATOMIC_ACQ_REL);
		if (own->memory)
			sim_free(own->memory);
		break;
	case OWN_LARGE:
		sim_large_free(own->memory);
		break;
	case OWN_VMALLOC:
		sim_vfree(own->memory);
		break;
	case OWN_PERCPU:
		sim_percpu_free(own->memory);
		break;
	case OWN_NONE:
		break;
	}
	own->kind = OWN_NONE;
}

static void own_annotate(struct own *own)
{
	unsigned long at;

	if (own->kind == OWN_NONE)
		return;
	if (own->kind == OWN_PERCPU) {
		kmemleak_ignore_percpu(own->memory);
		return;
	}
	switch (sim_random(8)) {
	case 0:
		kmemleak_not_leak(own->memory);
		break;
	case 1:
		kmemleak_ignore(own->memory);
		break;
	case 2:
		kmemleak_no_scan(own->memory);
		break;
	case 3:
		kmemleak_transient_leak(own->memory);
		break;
	case 4:
		kmemleak_update_trace(own->memory);
		break;
	default:
		at = sim_random(own->size) / 8 * 8;
		kmemleak_scan_area((char *)own->memory + at, min(own->size - at, 16UL),
				   GFP_KERNEL);
	}
}

static void own_store(struct own *own, const struct own *other)
{
	unsigned long *word = own->memory;

	if (own->kind == OWN_NONE || own->kind == OWN_PERCPU || own->size < sizeof(long))
		return;
	word += sim_random(own->size / sizeof(long));
	WRITE_ONCE(*word, (unsigned long)other->memory);
}

static void *mutate(void *arg)
{
	const unsigned int first = (unsigned long)arg * OWN_OBJECTS;
	struct own own[OWN_OBJECTS];
	unsigned int i;

	sim_start_any(interrupt);
	for (i = 0; i < OWN_OBJECTS; i++)
		own[i] = (struct own) { OWN_NONE, NULL, 0 };
	while (!READ_ONCE(stop)) {
		i = sim_random(OWN_OBJECTS);
		switch (sim_random(8)) {
		case 0 ... 3:
			own_free(&own[i], &sim_roots[first + i]);
			own_alloc(&own[i], &sim_roots[first + i]);
			break;
		case 4:
			own_annotate(&own[i]);
			break;
		default:
			own_store(&own[i], &own[sim_random(OWN_OBJECTS)]);
		}
	}
	for (i = 0; i < OWN_OBJECTS; i++)
		own_free(&own[i], &sim_roots[first + i]);
	sim_end();
	return NULL;
}

/* ---- Scans, and who reads what comes of them ---- */

static bool is_reported(unsigned long addr)
{
	struct object_ref ref;
	bool reported;

	rcu_read_lock();
	reported = object_find(RANGE_VIRT, addr, &ref) &&
		   slot_state(ref.slot) & OBJ_REPORTED;
	rcu_read_unlock();
	return reported;
}

static void check_report(void)
{
	unsigned int i;

	for (i = 0; i < HELD; i++)
		if (is_reported((unsigned long)held[i]))
			sim_fail("an object is reported to which a root leads");
	/* "Off" may have come in between. */
	for (i = 0; i < LOST; i++)
		if (!is_reported(~lost[i]) && !READ_ONCE(off))
			sim_fail("an object is lost and not reported");
}

static void *scan(void *arg)
{
	(void)arg;
	sim_start_any(interrupt);
	while (!READ_ONCE(stop)) {
		if (!kmemleak_scan(SCAN_EXPLICIT)) {
			check_report();
			__atomic_add_fetch(&scans, 1, __ATOMIC_RELAXED);
		}
		sched_yield();
	}
	sim_end();
	return NULL;
}

static void *scan_in_background(void *arg)
{
	const struct timespec pause = { .tv_nsec = 20000000 };

	(void)arg;
	sim_start_any(interrupt);
	while (!READ_ONCE(stop)) {
		kmemleak_scan(SCAN_AUTO);
		nanosleep(&pause, NULL);
	}
	sim_end();
	return NULL;
}

static void read_leak(unsigned long addr, enum range_space space)
{
	unsigned long word;
	struct object_ref ref;

	rcu_read_lock();
	if (object_find(space, addr, &ref)) {
		object_peek(&ref, 0, &word, min(ref.size, sizeof(word)));
		object_crc(&ref);
	}
	rcu_read_unlock();
	__atomic_add_fetch(&leaks_read, 1, __ATOMIC_RELAXED);
}

static void *read_report(void *arg)
{
	(void)arg;
	sim_start_any(interrupt);
	while (!READ_ONCE(stop)) {
		struct report_cursor cursor = {};

		while (report_next_leak(&cursor))
			read_leak(cursor.shown, cursor.in_ranges ? cursor.space : RANGE_VIRT);
		sched_yield();
	}
	sim_end();
	return NULL;
}

static void *end_grace_periods(void *arg)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	(void)arg;
	sim_start_any(interrupt);
	while (!READ_ONCE(stop)) {
		rcu_barrier();
		nanosleep(&pause, NULL);
	}
	sim_end();
	return NULL;
}

/* ---- A round ---- */

static void begin(void)
{
	static const unsigned int sizes[] = { 24, 64, 200, 1000, 4096 };
	unsigned int i;

	/* No interrupts yet. */
	sim_start(0, NULL);
	sim_seed(round_nr + 1);
	sim_memory_init();
	kmemleak_init();
	/* All that there is now, but for the data. */
	reserve = sim_metadata_live() - 1;
	*sim_param_min_age_ms = 0;
	*sim_param_verify_passes = 1;
	*sim_param_workers = WORKERS;
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		caches[i] = sim_cache_new("test", sizes[i], 0, 0);
	caches[i] = sim_cache_new("by-rcu", 96, 0, SLAB_TYPESAFE_BY_RCU);
	/* Else a stale pointer to an object is the end of the one before, once that is free. */
	lost_cache = sim_cache_new("lost", 64, 0, 0);
	for (i = 0; i < HELD; i++) {
		held[i] = sim_alloc(caches[i % ARRAY_SIZE(caches)]);
		WRITE_ONCE(*(i ? held[i - 1] : &sim_roots[HELD_ROOT]), (unsigned long)held[i]);
	}
	for (i = 0; i < LOST; i++)
		lost[i] = ~(unsigned long)sim_alloc(lost_cache);
	this_cpu->interrupt = interrupt;
}

static int run_round(void)
{
	static void *(*const functions[])(void *arg) = {
		scan, scan_in_background, read_report, end_grace_periods,
	};
	pthread_t thread[MUTATORS + ARRAY_SIZE(functions)];
	const struct timespec running = { .tv_sec = ROUND_SECONDS };
	const struct timespec moment = { .tv_nsec = 100000000 };
	unsigned long i, nr = 0;

	begin();
	for (i = 0; i < MUTATORS; i++)
		pthread_create(&thread[nr++], NULL, mutate, (void *)i);
	for (i = 0; i < ARRAY_SIZE(functions); i++)
		pthread_create(&thread[nr++], NULL, functions[i], NULL);
	nanosleep(&running, NULL);
	/* Slow machines take longer; too long is what sim_test() waits for. */
	while (!READ_ONCE(scans))
		nanosleep(&moment, NULL);
	WRITE_ONCE(off, true);
	if (life_end())
		sim_fail("the detector cannot be switched off");
	nanosleep(&moment, NULL);
	WRITE_ONCE(stop, true);
	while (nr)
		pthread_join(thread[--nr], NULL);
	rcu_barrier();
	if (sim_metadata_live() != reserve)
		sim_fail("something is left of the detector that is off");
	if (kmemleak_scan(SCAN_EXPLICIT) != -EPERM)
		sim_fail("a detector scans that is off");
	printf("# %u scans, %u leaks read, %u objects freed in interrupts\n", scans,
	       leaks_read, freed_in_interrupts);
	fflush(stdout);
	return 0;
}

/* ---- Another object takes the place of one while its flags change ---- */

static unsigned long place;
static const u32 *place_state;
/* Changes of the flags before the one in question. */
static unsigned int place_changes;
static void (*take_over)(const void *object);

static void swap_object(void)
{
	void *object;

	sim_free((void *)place);
	do
		object = sim_alloc(lost_cache);
	while (object && (unsigned long)object != place);
	if (!object)
		sim_fail("the place of an object stays free");
	take_over(object);
}

void sim_cmpxchg(const void *p)
{
	if (p != READ_ONCE(place_state) || place_changes--)
		return;
	WRITE_ONCE(place_state, NULL);
	this_cpu->interrupt = swap_object;
	sim_raise();
}

static const u32 *state_at(unsigned long addr)
{
	const u32 *state = NULL;
	struct object_ref ref;

	rcu_read_lock();
	if (object_find(RANGE_VIRT, addr, &ref))
		state = &ref.slot->state;
	rcu_read_unlock();
	return state;
}

/* ---- Cases ---- */

/* A machine with nothing but the objects of begin(), and no interrupts. */
static void begin_quietly(void)
{
	begin();
	this_cpu->interrupt = NULL;
}

static int off_in_steps(void)
{
	unsigned int i;

	begin_quietly();
	for (i = 0; i < 1000; i++)
		kmemleak_scan_area(sim_alloc(lost_cache), 16, GFP_KERNEL);
	areas_left = areas_count();
	WRITE_ONCE(count_areas, true);
	if (life_end())
		sim_fail("the detector cannot be switched off");
	WRITE_ONCE(count_areas, false);
	printf("# %u areas at a time\n", areas_most);
	if (areas_left || !areas_most || areas_most > 16)
		sim_fail("areas are dropped too many at a time");
	return 0;
}

static void do_nothing(const void *object)
{
	(void)object;
}

static int clear_spares_next(void)
{
	const u32 *state;

	begin_quietly();
	if (kmemleak_scan(SCAN_EXPLICIT))
		sim_fail("the detector does not scan");
	place = ~lost[0];
	take_over = do_nothing;
	state = state_at(place);
	place_state = state;
	if (scan_clear() || place_state)
		sim_fail("clear changes nothing");
	if (READ_ONCE(*state) & OBJ_GREY)
		sim_fail("clear made an object grey that was not reported");
	return 0;
}

static int transience_spares_next(void)
{
	const u32 *state;

	begin_quietly();
	place = ~lost[0];
	kmemleak_transient_leak((void *)place);
	take_over = kmemleak_transient_leak;
	/* The first change is at the beginning of the scan. */
	place_changes = 1;
	state = state_at(place);
	place_state = state;
	if (kmemleak_scan(SCAN_EXPLICIT) || place_state)
		sim_fail("a scan does not end what is transient");
	if (!(READ_ONCE(*state) & OBJ_TRANSIENT))
		sim_fail("a scan ended the exemption of an object that is reported next");
	return 0;
}

static bool hold_scans, scan_is_held;

void sim_scan_begins(bool automatic)
{
	(void)automatic;
	while (READ_ONCE(hold_scans)) {
		WRITE_ONCE(scan_is_held, true);
		sched_yield();
	}
}

static void *scan_once(void *kind)
{
	long err;

	sim_start_any(NULL);
	err = kmemleak_scan((enum scan_kind)(unsigned long)kind);
	sim_end();
	return (void *)err;
}

static void *switch_off(void *arg)
{
	long err;

	(void)arg;
	sim_start_any(NULL);
	err = life_end();
	sim_end();
	return (void *)err;
}

static pthread_t begin_scan(enum scan_kind kind)
{
	pthread_t thread;

	WRITE_ONCE(hold_scans, true);
	pthread_create(&thread, NULL, scan_once, (void *)(unsigned long)kind);
	while (!READ_ONCE(scan_is_held))
		sched_yield();
	return thread;
}

/* "Off" waits for a scan. */
static pthread_t begin_off(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, switch_off, NULL);
	while (!READ_ONCE(sim_mutex_waiters))
		sched_yield();
	return thread;
}

static long result_of(pthread_t thread)
{
	void *err;

	pthread_join(thread, &err);
	return (long)err;
}

static int off_is_killed(void)
{
	pthread_t scanner, killed;

	begin_quietly();
	scanner = begin_scan(SCAN_EXPLICIT);
	if (kmemleak_scan(SCAN_AUTO) != -EINTR)
		sim_fail("a background scan does not give way to one that runs");
	killed = begin_off();
	WRITE_ONCE(sim_killed, true);
	if (result_of(killed) != -EINTR)
		sim_fail("off that was killed goes on");
	WRITE_ONCE(sim_killed, false);
	if (!kmemleak_is_on() || sim_thread_stops)
		sim_fail("off that was killed has changed something");
	WRITE_ONCE(hold_scans, false);
	if (result_of(scanner))
		sim_fail("off that was killed ended a scan");
	if (life_end() || kmemleak_is_on() || !sim_thread_stops)
		sim_fail("the detector cannot be switched off");
	return 0;
}

static int off_ends_background_scan(void)
{
	pthread_t scanner, killer;

	begin_quietly();
	scanner = begin_scan(SCAN_AUTO);
	killer = begin_off();
	WRITE_ONCE(hold_scans, false);
	if (result_of(scanner) != -EINTR)
		sim_fail("a background scan goes on while off waits");
	if (result_of(killer) || kmemleak_is_on())
		sim_fail("the detector cannot be switched off");
	return 0;
}

static bool hold_readers, reader_is_held;

/* "Off" waits for it, before it frees any record. */
static void *read_for_long(void *arg)
{
	(void)arg;
	sim_start_any(NULL);
	rcu_read_lock();
	WRITE_ONCE(reader_is_held, true);
	while (READ_ONCE(hold_readers))
		sched_yield();
	rcu_read_unlock();
	sim_end();
	return NULL;
}

static unsigned int leaks_now(void)
{
	struct report_cursor cursor = {};
	unsigned int nr = 0;

	while (report_next_leak(&cursor))
		nr++;
	return nr;
}

static int off_empties_report(void)
{
	pthread_t reader, killer;
	unsigned int before, now;

	begin_quietly();
	if (kmemleak_scan(SCAN_EXPLICIT))
		sim_fail("the detector does not scan");
	before = leaks_now();
	WRITE_ONCE(hold_readers, true);
	pthread_create(&reader, NULL, read_for_long, NULL);
	while (!READ_ONCE(reader_is_held))
		sched_yield();
	pthread_create(&killer, NULL, switch_off, NULL);
	while (kmemleak_is_on())
		sched_yield();
	now = leaks_now();
	printf("# %u leaks, then %u\n", before, now);
	if (before < LOST || now)
		sim_fail("a leak is read of a detector that is off");
	WRITE_ONCE(hold_readers, false);
	if (result_of(reader) || result_of(killer))
		sim_fail("the detector cannot be switched off");
	return 0;
}

static const struct {
	const char *name;
	int (*run)(void);
} cases[] = {
	{ "clear spares an object in the place of a leak", clear_spares_next },
	{ "a scan spares a transient one in the place of another", transience_spares_next },
	{ "off can be killed while it waits", off_is_killed },
	{ "off ends a background scan early", off_ends_background_scan },
	{ "off empties the report at once", off_empties_report },
	{ "off drops areas a few at a time", off_in_steps },
};

/* In a process of its own, as what is off stays off. */
static bool passes(int (*run)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		sim_test(sim_test_name);
		status = run();
		fflush(stdout);
		exit(status);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

int main(int argc, char **argv)
{
	unsigned int seconds = argc > 2 ? atoi(argv[2]) : ROUND_SECONDS;
	const char *kind = argc > 1 ? argv[1] : "";
	static char name[128];
	unsigned int i;

	sim_test_name = name;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(name, sizeof(name), "threads%s: %s", kind, cases[i].name);
		if (!passes(cases[i].run))
			return 1;
		printf("ok 0 - %s\n", name);
	}
	snprintf(name, sizeof(name), "threads%s: all at once, and off", kind);
	do {
		if (!passes(run_round))
			return 1;
	} while (++round_nr * ROUND_SECONDS < seconds);
	printf("ok 0 - %s\n", name);
	return 0;
}
