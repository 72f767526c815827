// SPDX-License-Identifier: GPL-2.0
/*
 * Suspects on their way to the report: how often a scan has to find them
 * (min_unref_scans), and what the kernel log has of those that are leaks.
 *
 * TAP on standard output, exit status 1 if a test fails.
 */
#include <stdio.h>

#include <linux/kmemleak.h>
#include <linux/sched/signal.h>

#include "store/object.h"
#include "store/range.h"
#include "store/slot.h"
#include "life.h"
#include "scan.h"

#include "memory.h"
#include "outside.h"
#include "sim.h"

/* More than fit into a page of suspects. */
#define MANY	1000

static bool failed;

static void expect(bool right, const char *what)
{
	printf("%s 0 - suspect: %s\n", right ? "ok" : "not ok", what);
	failed |= !right;
}

static unsigned long leaks_found(void)
{
	sim_log_lines = 0;
	if (kmemleak_scan(SCAN_EXPLICIT))
		sim_fail("no scan");
	return sim_result.leaks;
}

static struct slot *slot_of(void *object, enum range_space space)
{
	struct object_ref ref;

	if (!object_find(space, (unsigned long)object, &ref))
		sim_fail("no object");
	return ref.slot;
}

/* Scans up to the one that finds as many leaks; 0 if it is not among the first few. */
static unsigned int scans_until(unsigned long leaks)
{
	unsigned int n;

	for (n = 1; n < 10; n++)
		if (leaks_found() == leaks)
			return n;
	return 0;
}

/* ---- The kernel log ---- */

/* How the log has an object: -1 if it does not, else the number of leaks folded. */
static int logged(void *object)
{
	unsigned int i;

	for (i = 0; i < sim_log_lines && i < SIM_LOG; i++)
		if (sim_log[i].start == (unsigned long)object)
			return sim_log[i].others;
	return -1;
}

static void fold(void)
{
	struct kmem_cache *cache = sim_cache_new("fold", 64, 0, 0);
	void *object[4];
	int i, first = -1, lines = 0;

	for (i = 0; i < 4; i++) {
		object[i] = sim_alloc(cache);
		slot_of(object[i], RANGE_VIRT)->stack = i < 3 ? TRACE_STACK : TRACE_STACK_OTHER;
	}
	expect(leaks_found() == 4 && sim_log_lines == 2, "leaks of one stack are one entry");
	for (i = 0; i < 3; i++) {
		if (logged(object[i]) < 0)
			continue;
		first = logged(object[i]);
		lines++;
	}
	expect(lines == 1 && first == 2, "it has the number of the others");
	expect(!logged(object[3]), "a stack of one leak has no others");
	expect(!leaks_found() && !sim_log_lines, "what was printed is not printed again");
	for (i = 0; i < 4; i++)
		sim_free(object[i]);
}

static void fold_nothing(void)
{
	struct kmem_cache *cache = sim_cache_new("nameless", 64, 0, 0);
	void *object[3];
	int i;

	for (i = 0; i < 3; i++) {
		object[i] = sim_alloc(cache);
		slot_of(object[i], RANGE_VIRT)->stack = 0;
	}
	expect(leaks_found() == 3 && sim_log_lines == 3, "leaks without a stack are not folded");
	expect(!logged(object[0]) && !logged(object[1]) && !logged(object[2]), "... at all");
	for (i = 0; i < 3; i++)
		sim_free(object[i]);
}

static void fold_many(void)
{
	struct kmem_cache *cache = sim_cache_new("many", 64, 0, 0);
	static void *object[MANY];
	unsigned int i;

	for (i = 0; i < MANY; i++)
		object[i] = sim_alloc(cache);
	expect(leaks_found() == MANY && sim_log_lines == 1 && sim_log[0].others == MANY - 1,
	       "a thousand are one entry");
	for (i = 0; i < MANY; i++)
		sim_free(object[i]);

	for (i = 0; i < MANY; i++) {
		object[i] = sim_alloc(cache);
		slot_of(object[i], RANGE_VIRT)->stack = 1 + i / 2;
	}
	expect(leaks_found() == MANY && sim_log_lines == MANY / 2 && sim_log[0].others == 1 &&
	       sim_log[SIM_LOG - 1].others == 1, "two of each of many stacks are an entry each");
	for (i = 0; i < MANY; i++)
		sim_free(object[i]);
}

static void not_verbose(void)
{
	struct kmem_cache *cache = sim_cache_new("silent", 64, 0, 0);
	void *object = sim_alloc(cache);

	sim_verbose = false;
	expect(leaks_found() == 1 && !sim_log_lines, "nothing is printed unasked");
	sim_verbose = true;
	expect(!leaks_found() && !sim_log_lines, "nor later");
	sim_free(object);
}

/* ---- min_unref_scans ---- */

/* After how many scans an object of each kind is reported. */
static void counts(unsigned int wanted, unsigned int scans)
{
	struct kmem_cache *cache = sim_cache_new("counted", 64, 0, 0);
	void *small, *large, *percpu;
	char what[80];

	*sim_param_min_unref_scans = wanted;
	small = sim_alloc(cache);
	snprintf(what, sizeof(what), "min_unref_scans %u: a slab object takes %u", wanted, scans);
	expect(scans_until(1) == scans, what);
	large = sim_large_alloc(4 * PAGE_SIZE);
	snprintf(what, sizeof(what), "min_unref_scans %u: a large object takes %u", wanted, scans);
	expect(scans_until(1) == scans, what);
	percpu = sim_percpu_alloc(64);
	snprintf(what, sizeof(what), "min_unref_scans %u: per-CPU memory takes %u", wanted, scans);
	expect(scans_until(1) == scans, what);
	sim_free(small);
	sim_large_free(large);
	sim_percpu_free(percpu);
	*sim_param_min_unref_scans = 1;
}

/* Objects that wait, and such as come while they do. */
static void counts_many(void)
{
	struct kmem_cache *cache = sim_cache_new("crowd", 64, 0, 0);
	static void *object[MANY + 1];
	unsigned int i;

	*sim_param_min_unref_scans = 2;
	for (i = 0; i < MANY; i++)
		object[i] = sim_alloc(cache);
	expect(!leaks_found(), "a thousand wait");
	object[MANY] = sim_alloc(cache);
	/* Every third is freed, its neighbour is in use. */
	for (i = 0; i < MANY; i += 3) {
		sim_free(object[i]);
		object[i] = NULL;
	}
	for (i = 1; i < SIM_ROOTS / 2; i += 3)
		WRITE_ONCE(sim_roots[i], (unsigned long)object[i]);
	expect(!leaks_found(), "... for another scan");
	expect(leaks_found() == MANY - (MANY + 2) / 3 - (SIM_ROOTS / 2 + 1) / 3,
	       "... and are reported, but for those that were freed or are in use");
	expect(leaks_found() == 1, "one that came later is reported later");
	for (i = 1; i < SIM_ROOTS / 2; i += 3)
		WRITE_ONCE(sim_roots[i], 0);
	expect(!leaks_found() && !leaks_found(), "what was in use begins to wait");
	expect(leaks_found() == (SIM_ROOTS / 2 + 1) / 3, "... from then on");
	for (i = 0; i <= MANY; i++)
		if (object[i])
			sim_free(object[i]);
	*sim_param_min_unref_scans = 1;
}

/* Whatever says that it is not simply lost begins the count anew. */
static void counts_in_a_row(void)
{
	struct kmem_cache *cache = sim_cache_new("row", 64, 0, 0);
	unsigned long *object = sim_alloc(cache);

	*sim_param_min_unref_scans = 2;
	expect(!leaks_found() && !leaks_found(), "two scans of three");
	WRITE_ONCE(sim_roots[3], (unsigned long)object);
	expect(!leaks_found(), "a scan that finds a reference");
	WRITE_ONCE(sim_roots[3], 0);
	expect(scans_until(1) == 3, "... begins the count anew");
	sim_free(object);

	object = sim_alloc(cache);
	expect(!leaks_found() && !leaks_found(), "two scans of three, of another");
	WRITE_ONCE(object[2], 77);
	expect(scans_until(1) == 3, "an object that is written to begins anew");
	sim_free(object);

	object = sim_alloc(cache);
	expect(!leaks_found() && !leaks_found(), "two scans of three, of a third");
	slot_of(object, RANGE_VIRT)->stack = TRACE_STACK_OTHER;
	expect(leaks_found() == 1, "names for its stack do not");
	sim_free(object);
	*sim_param_min_unref_scans = 1;
}

/* A scan that is interrupted is none. */
static void cut_short(void)
{
	struct kmem_cache *cache = sim_cache_new("short", 64, 0, 0);
	void *object = sim_alloc(cache);

	*sim_param_min_unref_scans = 2;
	expect(!leaks_found() && !leaks_found(), "two scans of three, and one cut short");
	sim_signal = true;
	expect(kmemleak_scan(SCAN_EXPLICIT) == -EINTR, "... is interrupted");
	sim_signal = false;
	expect(leaks_found() == 1, "... and counts neither for it nor against it");
	sim_free(object);
	*sim_param_min_unref_scans = 1;
}

static void changes_its_mind(void)
{
	struct kmem_cache *cache = sim_cache_new("mind", 64, 0, 0);
	void *object = sim_alloc(cache);

	*sim_param_min_unref_scans = 5;
	expect(!leaks_found() && !leaks_found(), "what waits for five scans");
	*sim_param_min_unref_scans = 1;
	expect(leaks_found() == 1, "... is reported at once when one is enough");
	expect(!sim_scan_pages, "... and waits no more");
	sim_free(object);
}

static void switched_off(void)
{
	struct kmem_cache *cache = sim_cache_new("off", 64, 0, 0);
	void *object = sim_alloc(cache);

	*sim_param_min_unref_scans = 5;
	expect(!leaks_found() && sim_scan_pages == 1, "suspects that wait take a page");
	expect(!life_end() && !sim_scan_pages, "\"off\" forgets them");
	sim_free(object);
}

int main(void)
{
	sim_start(0, NULL);
	sim_memory_init();
	sim_test("suspect");
	kmemleak_init();
	*sim_param_min_age_ms = 0;
	*sim_param_workers = 1;
	fold();
	fold_nothing();
	fold_many();
	not_verbose();
	counts(1, 1);
	counts(2, 3);
	counts(3, 4);
	counts_many();
	counts_in_a_row();
	cut_short();
	changes_its_mind();
	switched_off();
	return failed;
}
