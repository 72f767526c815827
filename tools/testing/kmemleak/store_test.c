// SPDX-License-Identifier: GPL-2.0
/*
 * The store where the kernel seldom is: frees that make no sense, slabs whose table comes
 * late or never, directories of large machines.
 *
 * TAP on standard output, exit status 1 if a test fails.
 */
#include <stdio.h>

#include <linux/kmemleak.h>

#include "store/directory.h"
#include "store/slab.h"
#include "store/stats.h"

#include "memory.h"
#include "sim.h"

/* ---- Frees that make no sense ---- */

static void expect_bad_free(unsigned long addr)
{
	long before = stat_get(STAT_BAD_FREE);

	__kmemleak_slab_free((void *)addr);
	if (stat_get(STAT_BAD_FREE) != before + 1)
		sim_fail("the free of no object is not counted");
}

/*
 * The table of the first cache has no room behind its slots, so AddressSanitizer sees who
 * looks at one that is not there.
 */
static void bad_free(void)
{
	struct kmem_cache *tail = sim_cache_new("tail", 480, 0, 0);
	struct kmem_cache *padded = sim_cache_new("padded", 400, 64, 0);
	void *object = sim_alloc(tail), *other = sim_alloc(padded);
	struct slab_table *table = slab_table_of((unsigned long)object);

	expect_bad_free(slab_object(table, table->count));
	expect_bad_free(table->slab + PAGE_SIZE - 1);
	expect_bad_free(slab_object(table, table->count - 1) + 8);
	if (!(slot_flags(slab_slot_of(table, (unsigned long)object)) & OBJ_LIVE))
		sim_fail("a free that makes no sense forgets an object");
	table = slab_table_of((unsigned long)other);
	expect_bad_free(table->base - 8);
	expect_bad_free(table->slab);
	sim_free(other);
	sim_free(object);
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "a free before, between and behind objects", bad_free },
};

int main(void)
{
	static char name[128];
	unsigned int i;

	sim_start(0, NULL);
	sim_memory_init();
	kmemleak_init();
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		snprintf(name, sizeof(name), "store: %s", tests[i].name);
		sim_test(name);
		tests[i].run();
		rcu_barrier();
		printf("ok 0 - %s\n", name);
	}
	return 0;
}
