// SPDX-License-Identifier: GPL-2.0
/*
 * What happens to suspects between the first pass and the report: their stacks get names,
 * they wait for another scan that passes them over, "clear" is written, whoever reads the
 * log is killed.
 *
 * TAP on standard output, exit status 1 if a test fails.
 */
#include <stdio.h>

#include <linux/kmemleak.h>
#include <linux/sched/signal.h>

#include "store/object.h"
#include "store/slot.h"
#include "store/stats.h"
#include "scan.h"

#include "memory.h"
#include "outside.h"
#include "sim.h"

#define LEAKS		5
/* More than there are pages in a scan of so few objects. */
#define PAGES_MAX	200

static struct kmem_cache *cache;
static void *object[LEAKS];
static bool failed;

static void expect(bool right, const char *what)
{
	printf("%s 0 - verdict: %s\n", right ? "ok" : "not ok", what);
	failed |= !right;
}

static void objects_make(void)
{
	unsigned int i;

	for (i = 0; i < LEAKS; i++)
		object[i] = sim_alloc(cache);
}

static void objects_free(void)
{
	unsigned int i;

	for (i = 0; i < LEAKS; i++)
		sim_free(object[i]);
	*sim_param_min_unref_scans = 1;
	*sim_param_min_age_ms = 0;
}

static unsigned long leaks_found(void)
{
	sim_log_lines = 0;
	if (kmemleak_scan(SCAN_EXPLICIT))
		sim_fail("no scan");
	return sim_result.leaks;
}

static void stacks_become(u32 stack)
{
	struct object_ref ref;
	unsigned int i;

	for (i = 0; i < LEAKS; i++) {
		if (!object_find(RANGE_VIRT, (unsigned long)object[i], &ref))
			sim_fail("no object");
		WRITE_ONCE(ref.slot->stack, stack);
	}
}

/* ---- A module goes during a scan ---- */

static void module_goes(struct rcu_head *head)
{
	(void)head;
	stacks_become(TRACE_STACK_OTHER);
}

static void named_between_passes(void)
{
	struct rcu_head head;

	objects_make();
	call_rcu(&head, module_goes);
	expect(leaks_found() == LEAKS, "names between two passes leave a leak one");
	expect(sim_log_lines == 1, "... and in the log");
	objects_free();
}

static void named_while_waiting(void)
{
	struct rcu_head head;

	objects_make();
	*sim_param_min_unref_scans = 2;
	expect(!leaks_found(), "leaks that wait");
	call_rcu(&head, module_goes);
	expect(!leaks_found(), "... and get names in the second of three scans");
	expect(leaks_found() == LEAKS, "... are reported by the third");
	objects_free();
}

/* What happens when the log has so many lines. */
static void (*logged)(void);
static unsigned int logged_lines;

void sim_logs(void)
{
	if (logged && sim_log_lines == logged_lines)
		logged();
}

static void module_goes_now(void)
{
	stacks_become(TRACE_STACK_OTHER);
}

static void named_while_printing(void)
{
	objects_make();
	stacks_become(0);
	logged = module_goes_now;
	logged_lines = 1;
	expect(leaks_found() == LEAKS && sim_log_lines == LEAKS,
	       "names while leaks are printed keep none from the log");
	logged = NULL;
	objects_free();
}

/* ---- A user is killed ---- */

static void interrupt_now(void)
{
	sim_signal = true;
}

static void kill_now(void)
{
	sim_signal = true;
	sim_killed = true;
}

/* Print two of the leaks before @happens; return how many are printed then. */
static unsigned int printed_when(void (*happens)(void))
{
	objects_make();
	stacks_become(0);
	logged = happens;
	logged_lines = 2;
	expect(leaks_found() == LEAKS, "a scan that is interrupted at its end has found leaks");
	sim_signal = false;
	sim_killed = false;
	logged = NULL;
	objects_free();
	return sim_log_lines;
}

static void killed_while_printing(void)
{
	expect(printed_when(kill_now) == 2, "to a user who is killed, the rest is not printed");
	expect(printed_when(interrupt_now) == LEAKS, "... but to one who gets another signal");
	sim_panic = true;
	expect(printed_when(kill_now) == LEAKS, "... and before a panic");
	sim_panic = false;
}

/* ---- min_unref_scans ---- */

/* As a background scan does after one on request. */
static void passed_over(void)
{
	objects_make();
	*sim_param_min_unref_scans = 2;
	expect(!leaks_found() && !leaks_found(), "two scans of three");
	*sim_param_min_age_ms = 50000;
	expect(!leaks_found(), "... and one for which the leaks are too young");
	*sim_param_min_age_ms = 0;
	expect(leaks_found() == LEAKS, "... which does not count for nor against them");
	objects_free();
}

static void passed_over_in_use(void)
{
	objects_make();
	*sim_param_min_unref_scans = 2;
	expect(!leaks_found() && !leaks_found(), "two scans of three, again");
	*sim_param_min_age_ms = 50000;
	WRITE_ONCE(sim_roots[3], (unsigned long)object[1]);
	WRITE_ONCE(((unsigned long *)object[2])[1], 77);
	sim_free(object[3]);
	object[3] = sim_alloc(cache);
	expect(!leaks_found(), "... and one that finds an object in use, changed or new");
	WRITE_ONCE(sim_roots[3], 0);
	*sim_param_min_age_ms = 0;
	expect(leaks_found() == LEAKS - 3, "... for which the count begins anew");
	expect(!leaks_found() && leaks_found() == 3, "... as it should");
	objects_free();
}

/* The third of three scans has no memory for a page. Returns the suspects that it lost. */
static unsigned long some_lost(unsigned int page, unsigned long *leaks)
{
	long lost = stat_get(STAT_SUSPECTS_LOST);

	objects_make();
	*sim_param_min_unref_scans = 2;
	leaks_found();
	leaks_found();
	sim_page_fails = page;
	kmemleak_scan(SCAN_EXPLICIT);
	sim_page_fails = 0;
	lost = stat_get(STAT_SUSPECTS_LOST) - lost;
	*leaks = lost ? leaks_found() : 0;
	objects_free();
	return lost;
}

static void no_memory(void)
{
	unsigned long lost = 0, leaks;
	unsigned int page;

	for (page = 1; page < PAGES_MAX && !lost; page++)
		lost = some_lost(page, &leaks);
	expect(lost, "a scan that has no memory for suspects");
	expect(leaks == lost, "... does not count for nor against them");
}

/* ---- "clear" ---- */

static void cleared(void)
{
	objects_make();
	*sim_param_min_unref_scans = 2;
	expect(!leaks_found() && !leaks_found(), "two scans of three, and \"clear\"");
	if (scan_clear())
		sim_fail("no clear");
	expect(!sim_scan_pages, "... which forgets what waits");
	expect(!leaks_found(), "... so that the next scan does not report it");
	expect(!leaks_found() && leaks_found() == LEAKS, "... but later ones do");
	objects_free();
}

int main(void)
{
	sim_start(0, NULL);
	sim_memory_init();
	sim_test("verdict");
	kmemleak_init();
	*sim_param_min_age_ms = 0;
	*sim_param_workers = 1;
	cache = sim_cache_new("verdict", 64, 0, 0);
	named_between_passes();
	named_while_waiting();
	named_while_printing();
	killed_while_printing();
	passed_over();
	passed_over_in_use();
	no_memory();
	cleared();
	return failed;
}
