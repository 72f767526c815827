// SPDX-License-Identifier: GPL-2.0
/*
 * An interrupt at each lock of the detector in turn, on whichever CPU takes it: while it
 * is held if interrupts are on then, else as soon as they are. It frees an object of
 * each kind, with all that is behind that: slabs go, ranges go, and wait in pin_wait()
 * for whoever reads them.
 *
 * The rules are checked where locks are taken, see linux/spinlock.h and lockdep.h: so who
 * takes a lock with interrupts on is told so, whether or not two CPUs meet there.
 *
 * TAP on standard output, exit status 1 if a test fails.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/kmemleak.h>

#include "store/object.h"
#include "report/leaks.h"
#include "scan.h"

#include "memory.h"
#include "outside.h"
#include "sim.h"

#define WORKERS		3
#define TURN_MS		200
#define MAIL		16

static const char * const locks[] = {
	"range_lock", "dir_lock", "peek_lock", "&pool->lock", "&suspects->lock",
};

static struct kmem_cache *small, *whole;
static void *mail_small[MAIL], *mail_whole[MAIL], *mail_large[MAIL];
static const char *turn;
static unsigned int taken, frees;
static bool stop;

/* ---- Interrupts ---- */

static void *mail_swap(void **mail, void *object)
{
	return __atomic_exchange_n(&mail[sim_random(MAIL)], object, __ATOMIC_ACQ_REL);
}

/* What is found in the mail is freed, and what is allocated goes there. */
static void interrupt(void)
{
	void *object = mail_swap(mail_small, sim_alloc(small));

	if (object)
		sim_free(object);
	/* It is all that there is in its slab. */
	object = mail_swap(mail_whole, sim_alloc(whole));
	if (object)
		sim_free(object);
	object = mail_swap(mail_large, sim_large_alloc(PAGE_SIZE + 100));
	if (object)
		sim_large_free(object);
	__atomic_add_fetch(&frees, 1, __ATOMIC_RELAXED);
}

void sim_locked(raw_spinlock_t *lock)
{
	const char *name = READ_ONCE(turn);

	if (!name || strcmp(lock->name, name))
		return;
	__atomic_add_fetch(&taken, 1, __ATOMIC_RELAXED);
	sim_raise();
}

/* ---- What takes the locks ---- */

/* Objects that refer to each other; each has an area, and none is held for long. */
static void chain(unsigned int nr)
{
	void *object[64] = {}, *large;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		object[i] = sim_alloc(sim_random(2) ? small : whole);
		if (!object[i])
			break;
		if (!sim_random(4))
			kmemleak_scan_area(object[i], 16, GFP_KERNEL);
		WRITE_ONCE(*(void **)object[i], i ? object[i - 1] : NULL);
	}
	WRITE_ONCE(sim_roots[sim_random(SIM_ROOTS)], (unsigned long)object[nr - 1]);
	large = sim_large_alloc(3 * PAGE_SIZE);
	kmemleak_free_part((char *)large + PAGE_SIZE, PAGE_SIZE);
	kmemleak_not_leak(large);
	sched_yield();
	kmemleak_free((char *)large + 2 * PAGE_SIZE);
	sim_large_free(large);
	while (i--)
		sim_free(object[i]);
}

/* Slabs beyond all others, where the directory has to grow. */
static void grow(void)
{
	static void *pages[SIM_LINEAR_BYTES / PAGE_SIZE / 8];
	static unsigned int nr;

	if (nr == ARRAY_SIZE(pages))
		while (nr)
			sim_pages_free(pages[--nr]);
	pages[nr] = sim_pages_alloc(4);
	nr += !!pages[nr];
}

static void *mutate(void *arg)
{
	(void)arg;
	sim_start_any(interrupt);
	while (!READ_ONCE(stop)) {
		chain(1 + sim_random(64));
		grow();
	}
	sim_end();
	return NULL;
}

static void read_report(void)
{
	struct report_cursor cursor = {};
	struct object_ref ref;
	unsigned long word;

	while (report_next_leak(&cursor)) {
		rcu_read_lock();
		if (object_find(cursor.in_ranges ? cursor.space : RANGE_VIRT, cursor.shown,
				&ref))
			object_peek(&ref, 0, &word, sizeof(word));
		rcu_read_unlock();
	}
}

static unsigned long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Some objects that nobody refers to are there each time, to be suspects. */
static void take_turn(const char *lock, unsigned long ms)
{
	unsigned long end = now_ms() + ms;
	void *lost[8];
	unsigned int i;

	WRITE_ONCE(taken, 0);
	WRITE_ONCE(frees, 0);
	WRITE_ONCE(turn, lock);
	do {
		sim_test(sim_test_name);
		for (i = 0; i < ARRAY_SIZE(lost); i++)
			lost[i] = sim_alloc(small);
		/* One that is older would do, but there may be no scan before. */
		kmemleak_scan(SCAN_EXPLICIT);
		read_report();
		for (i = 0; i < ARRAY_SIZE(lost); i++)
			sim_free(lost[i]);
		rcu_barrier();
	} while (now_ms() < end || !READ_ONCE(frees));
	WRITE_ONCE(turn, NULL);
}

int main(int argc, char **argv)
{
	unsigned long ms = argc > 2 ? atoi(argv[2]) * 1000 / ARRAY_SIZE(locks) : TURN_MS;
	static char name[128];
	pthread_t thread;
	unsigned int i;

	sim_start(0, NULL);
	sim_memory_init();
	kmemleak_init();
	*sim_param_min_age_ms = 0;
	*sim_param_verify_passes = 1;
	*sim_param_workers = WORKERS;
	small = sim_cache_new("small", 64, 0, 0);
	whole = sim_cache_new("whole", 3000, 0, 0);
	whole->order = 0;
	this_cpu->interrupt = interrupt;
	if (pthread_create(&thread, NULL, mutate, NULL))
		return 2;
	for (i = 0; i < ARRAY_SIZE(locks); i++) {
		snprintf(name, sizeof(name), "interrupts%s: memory is freed by whoever has %s",
			 argc > 1 ? argv[1] : "", locks[i]);
		sim_test(name);
		take_turn(locks[i], ms);
		printf("ok 0 - %s\n# taken %u times, %u interrupts\n", name,
		       READ_ONCE(taken), READ_ONCE(frees));
	}
	WRITE_ONCE(stop, true);
	pthread_join(thread, NULL);
	return 0;
}
