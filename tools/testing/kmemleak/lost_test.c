// SPDX-License-Identifier: GPL-2.0
/*
 * What the detector cannot cover: it is counted, what it refers to is no leak, and
 * coverage comes back.
 *
 * TAP on standard output, exit status 1 if a test fails.
 */
#include <stdio.h>

#include <linux/kmemleak.h>

#include "store/directory.h"
#include "store/range.h"
#include "store/slot.h"
#include "store/stats.h"
#include "record.h"
#include "scan.h"

#include "memory.h"
#include "outside.h"
#include "sim.h"

static bool failed;

static void expect(bool right, const char *what)
{
	printf("%s 0 - lost: %s\n", right ? "ok" : "not ok", what);
	failed |= !right;
}

static unsigned long leaks_found(void)
{
	if (kmemleak_scan(SCAN_EXPLICIT))
		sim_fail("no scan");
	return sim_result.leaks;
}

/*
 * A leak that a scan has no memory to note is counted, and reported by the next one. Let
 * one page after the other be missing until it is that for suspects.
 */
static void lose_suspects(void)
{
	struct kmem_cache *cache = sim_cache_new("lost", 64, 0, 0);
	unsigned int nth;
	void *leak;
	int err;

	for (nth = 1; nth < 100; nth++) {
		leak = sim_alloc(cache);
		sim_page_fails = nth;
		err = kmemleak_scan(SCAN_EXPLICIT);
		sim_page_fails = 0;
		if (stat_get(STAT_SUSPECTS_LOST))
			break;
		sim_free(leak);
		rcu_barrier();
	}
	expect(nth < 100 && !err && !sim_result.leaks && stat_get(STAT_SUSPECTS_LOST) == 1,
	       "a suspect that is lost is counted");
	if (nth == 100)
		return;
	expect(leaks_found() == 1 && stat_get(STAT_SUSPECTS_LOST) == 1, "the next scan reports it");
	sim_free(leak);
}

/* A slab of 8 MB has no table, and is a root. */
static void grow_slab(void)
{
	struct kmem_cache *large = sim_cache_new("large", PAGE_SIZE, 0, 0);
	struct kmem_cache *small = sim_cache_new("small", 64, 0, 0);
	void **object, *inner = sim_alloc(small);

	large->order = 11;
	object = sim_alloc(large);
	if (!object || !inner)
		sim_fail("no memory");
	WRITE_ONCE(*object, inner);
	expect(!slab_table_of((unsigned long)object) && stat_get(STAT_UNTRACKED_SLAB_LARGE) &&
	       !stat_get(STAT_UNTRACKED_SLAB_NOMEM), "a slab that is too large is counted as such");
	expect(!leaks_found(), "what it refers to is no leak");
	sim_free(object);
	expect(leaks_found() == 1, "until it is freed");
	sim_free(inner);
}

/* An object where a slab has none is a root. */
static void misplace(void)
{
	struct kmem_cache *cache = sim_cache_new("misplaced", 256, 0, 0);
	struct slot slot = { .state = OBJ_LIVE };
	unsigned long *object = sim_alloc(cache), *inner = sim_alloc(cache);

	kmemleak_not_leak(object);
	kmemleak_no_scan(object);
	record_slab_alloc((unsigned long)(object + 8), 64, 1, slot, GFP_KERNEL);
	expect(stat_get(STAT_BAD_SLAB) == 1, "an object where a slab has none is counted");
	WRITE_ONCE(object[12], (unsigned long)inner);
	expect(!leaks_found(), "what it refers to is no leak");
	sim_free(object);
	sim_free(inner);
	expect(!leaks_found(), "nothing of it is left");
	rcu_barrier();
}

/* So is one in other memory; that may be gone by the next scan. */
static void misplace_outside(void)
{
	struct slot slot = { .state = OBJ_LIVE };
	void *page = sim_pages_alloc(1);

	record_slab_alloc((unsigned long)page, 64, 1, slot, GFP_KERNEL);
	expect(stat_get(STAT_BAD_SLAB) == 2, "an object outside of slabs is counted");
	sim_pages_free(page);
	expect(!leaks_found(), "its memory is not read");
}

int main(void)
{
	sim_start(0, NULL);
	sim_memory_init();
	sim_test("lost");
	kmemleak_init();
	*sim_param_min_age_ms = 0;
	*sim_param_workers = 1;
	lose_suspects();
	grow_slab();
	misplace();
	misplace_outside();
	return failed;
}
