// SPDX-License-Identifier: GPL-2.0
/*
 * A machine of 1 TB and 256 CPUs: scans, walks and calls that meet very many objects, pages
 * or CPUs still let others run, and interrupts in, after a bounded number of steps
 * (linux/steps.h). Memory is sparse: there is what is used of it.
 *
 * TAP on standard output, exit status 1 if a test fails.
 */
#include <stdio.h>

#include <linux/kmemleak.h>
#include <linux/percpu.h>
#include <linux/pfn.h>

#include "store/directory.h"
#include "store/object.h"
#include "store/range.h"
#include "store/slab.h"
#include "mark/marker.h"
#include "mark/pass.h"
#include "mark/section.h"
#include "mark/snapshot.h"
#include "report/leaks.h"
#include "scan.h"

#include "memory.h"
#include "outside.h"
#include "sim.h"

/* What may happen while interrupts are off, in a section of RCU, or while others wait. */
#define STEPS_MAX	50000

#define GIGABYTES	1024
#define GIGABYTE	BIT(30)

/* Others are not counted: a tree is read without READ_ONCE(). */
struct pst_node *__real_pst_next_overlap(const struct pst_node *node, unsigned long start,
					 unsigned long last);
struct pst_node *__wrap_pst_next_overlap(const struct pst_node *node, unsigned long start,
					 unsigned long last);

struct pst_node *__wrap_pst_next_overlap(const struct pst_node *node, unsigned long start,
					 unsigned long last)
{
	sim_step();
	return __real_pst_next_overlap(node, start, last);
}

static void expect_bounded(const char *what)
{
	sim_yields();
	printf("# %s: %lu steps in one section, %lu without a pause, at most\n", what,
	       sim_most.section, sim_most.alone);
	if (sim_most.section > STEPS_MAX)
		sim_fail("a section has no bound");
	if (sim_most.alone > STEPS_MAX)
		sim_fail("others wait without a bound");
	sim_steps_reset();
	sim_test(sim_test_name);
}

static unsigned long scan_leaks(const char *what)
{
	sim_steps_reset();
	if (kmemleak_scan(SCAN_EXPLICIT))
		sim_fail("no scan");
	expect_bounded(what);
	return sim_result.leaks;
}

static void expect_leaks(const char *what, unsigned long leaks)
{
	unsigned long found = scan_leaks(what);

	if (found == leaks)
		return;
	printf("# %s: %lu leaks, not %lu\n", what, found, leaks);
	sim_fail("a scan does not find what leaked, and nothing else");
}

/* By one worker, then by as many as a scan has on so many CPUs. */
static void expect_leaks_both(const char *what, unsigned long leaks)
{
	*sim_param_workers = 1;
	expect_leaks(what, leaks);
	*sim_param_workers = 0;
	/* What was reported is not found anew. */
	expect_leaks("... again, on all CPUs", 0);
}

static unsigned long next_random(void)
{
	return (unsigned long)sim_random(1U << 16) << 16 | sim_random(1U << 16);
}

/* ---- Slabs all over the memory ---- */

#define SCATTERED	8192
#define LEAK_OF		16

static void *scattered[SCATTERED];
static const unsigned int scattered_sizes[] = { 32, 64, 192, 512, 2048 };

/* A slab of its own for each object, in every eighth gigabyte. */
static void scatter(void)
{
	unsigned long *last = &sim_roots[0], at;
	struct kmem_cache *cache;
	unsigned int i;

	for (i = 0; i < SCATTERED; i++) {
		at = i % (GIGABYTES / 8) * 8 * GIGABYTE + next_random() % (GIGABYTE / 2);
		sim_allocate_from(sim_linear + at);
		cache = sim_cache_new("scattered", scattered_sizes[i % ARRAY_SIZE(scattered_sizes)],
				      0, 0);
		scattered[i] = sim_alloc(cache);
		if (!scattered[i])
			sim_fail("no memory");
		WRITE_ONCE(*(unsigned long *)scattered[i], 0);
		if (i % LEAK_OF == 1)
			continue;
		WRITE_ONCE(*last, (unsigned long)scattered[i]);
		last = scattered[i];
	}
	sim_allocate_from(sim_linear);
}

/*
 * Slabs have been everywhere in memory, or in every @each th gigabyte: there the directory
 * has its lowest level, most of which is the same page here.
 */
static void slabs_were(unsigned int each)
{
	static struct dir_leaf empty;
	unsigned long page, i, first = PFN_DOWN(sim_linear);
	struct dir_mid *mid;

	for (page = first; page < first + PFN_DOWN(SIM_LINEAR_BYTES); page += DIR_TOP_PAGES) {
		if ((page - first) / DIR_TOP_PAGES % each)
			continue;
		if (IS_ERR(dir_entry(page, GFP_KERNEL)))
			sim_fail("no memory");
		mid = slab_dir->mid[(page - slab_dir->span.first) / DIR_TOP_PAGES];
		for (i = 0; i < BIT(DIR_MID_BITS); i++)
			if (!mid->leaf[i])
				mid->leaf[i] = &empty;
	}
}

static void visit_count(struct slab_table *table, void *arg)
{
	(void)table;
	++*(unsigned int *)arg;
}

static unsigned int walk_parts(void)
{
	unsigned long part = 0, pos;
	unsigned int tables = 0;

	for (; slab_next_part(&part); part++)
		for (pos = 0; slab_walk_part(part, &pos, visit_count, &tables); )
			;
	return tables;
}

static unsigned int reported(void)
{
	struct report_cursor cursor = {};
	unsigned int nr = 0;

	while (report_next_leak(&cursor))
		nr++;
	return nr;
}

static void terabyte(void)
{
	unsigned int tables = 0;
	unsigned long pos = 0;

	scatter();
	slabs_were(8);
	expect_leaks_both("a scan of 1 TB", SCATTERED / LEAK_OF);
	slabs_were(1);
	sim_steps_reset();
	while (slab_walk(&pos, visit_count, &tables))
		;
	expect_bounded("a walk over all tables");
	if (tables < SCATTERED || walk_parts() != tables)
		sim_fail("a walk does not find what there is");
	expect_bounded("a walk in parts");
	if (reported() != SCATTERED / LEAK_OF)
		sim_fail("a walk over all leaks does not find them");
	expect_bounded("a walk over all leaks");
	sim_steps_reset();
	if (scan_clear())
		sim_fail("no end of the report");
	expect_bounded("the end of the report");
}

/* ---- Per-CPU memory ---- */

#define PERCPU_NR	1000
#define PERCPU_LOST	10

/* Objects of a few bytes on each CPU; some refer to a slab object, on one CPU each. */
static void percpu(void)
{
	struct kmem_cache *cache = sim_cache_new("per-CPU", 64, 0, 0);
	unsigned long *object[PERCPU_NR], *pointers, *held;
	unsigned int i;

	pointers = sim_large_alloc(PERCPU_NR * sizeof(long));
	WRITE_ONCE(sim_roots[1], (unsigned long)pointers);
	for (i = 0; i < PERCPU_NR; i++) {
		object[i] = sim_percpu_alloc(sizeof(long));
		held = sim_alloc(cache);
		if (!object[i] || !held)
			sim_fail("no memory");
		WRITE_ONCE(*held, 0);
		WRITE_ONCE(*per_cpu_ptr(object[i], i % nr_cpu_ids), (unsigned long)held);
		if (i >= PERCPU_LOST)
			WRITE_ONCE(pointers[i], (unsigned long)object[i]);
	}
	/* Each of the lost ones, and what it refers to. */
	expect_leaks_both("a scan of per-CPU memory", 2 * PERCPU_LOST);
	sim_steps_reset();
	for (i = 0; i < PERCPU_NR; i++) {
		sim_free((void *)*per_cpu_ptr(object[i], i % nr_cpu_ids));
		sim_percpu_free(object[i]);
	}
	WRITE_ONCE(sim_roots[1], 0);
	sim_large_free(pointers);
}

/* ---- Many ranges ---- */

#define RANGES		100000
#define RANGE_BYTES	64
/* An entry, an eighth in reserve, and little that does not depend on their number. */
#define SNAPSHOT_BYTES	80

/* Records made by hand, which an array refers to. */
static void *ranges_make(unsigned long **pointers)
{
	char *memory = sim_pages_alloc(DIV_ROUND_UP(RANGES * RANGE_BYTES, PAGE_SIZE));
	unsigned int i;

	*pointers = sim_large_alloc(RANGES * sizeof(long));
	if (!memory || !*pointers)
		sim_fail("no memory");
	WRITE_ONCE(sim_roots[2], (unsigned long)*pointers);
	memset(memory, 0, RANGES * RANGE_BYTES);
	for (i = 0; i < RANGES; i++) {
		kmemleak_alloc(memory + i * RANGE_BYTES, RANGE_BYTES, 1, GFP_KERNEL);
		WRITE_ONCE((*pointers)[i], (unsigned long)memory + i * RANGE_BYTES);
	}
	return memory;
}

static void ranges_free(char *memory, unsigned long *pointers)
{
	unsigned int i;

	for (i = 0; i < RANGES; i++)
		kmemleak_free(memory + i * RANGE_BYTES);
	WRITE_ONCE(sim_roots[2], 0);
	sim_large_free(pointers);
	sim_pages_free(memory);
}

static bool never_called_off(struct task_struct *scanner)
{
	(void)scanner;
	return false;
}

/*
 * More words may refer to an area than 32 bits can count: they are counted as long as the
 * area needs more of them.
 */
static void refer_often(void)
{
	struct marker m = { .called_off = never_called_off };
	void *memory = sim_vmalloc(PAGE_SIZE);
	const struct range_view *view;
	unsigned int i;

	if (!memory || mark_open(&m, 1) || mark_begin(&m, 0))
		sim_fail("no memory");
	view = &m.snapshot.virt.view[views_up_to(&m.snapshot.virt, (unsigned long)memory) - 1];
	for (i = 0; i < 100; i++)
		mark_memory(&m, &memory, sizeof(memory));
	printf("# %d references are counted of %u, %u are needed\n", atomic_read(&view->count), i,
	       view->range->min_count);
	if (!view_reached(view))
		sim_fail("an area is not reached");
	if (atomic_read(&view->count) > view->range->min_count)
		sim_fail("references are counted without end");
	mark_end(&m);
	mark_close(&m);
	sim_vfree(memory);
}

static void many_ranges(void)
{
	unsigned long *pointers;
	void *memory = ranges_make(&pointers);

	WRITE_ONCE(pointers[7], 0);
	sim_scan_bytes_max = 0;
	*sim_param_workers = 1;
	expect_leaks("a scan of many ranges by one CPU", 1);
	printf("# a scan takes %zu bytes for each of %u ranges\n", sim_scan_bytes_max / RANGES,
	       RANGES);
	if (sim_scan_bytes_max > RANGES * SNAPSHOT_BYTES)
		sim_fail("a scan takes more memory than it has to");
	if (sim_scan_bytes)
		sim_fail("a scan keeps memory");
	WRITE_ONCE(pointers[8], 0);
	expect_leaks_both("a scan of many ranges", 1);
	sim_steps_reset();
	if (reported() != 2)
		sim_fail("a walk over all leaks does not find both");
	expect_bounded("a walk over all leaks");
	ranges_free(memory, pointers);
}

/* A range around all of them, as of a pool that hands out what it has. */
static void nested(void)
{
	unsigned long *pointers;
	char *memory = ranges_make(&pointers);

	WRITE_ONCE(sim_roots[3], (unsigned long)memory);
	sim_steps_reset();
	/* It does not begin where the first one in it does. */
	kmemleak_alloc(memory - 8, RANGES * RANGE_BYTES + 16, 0, GFP_KERNEL);
	expect_bounded("a record around many others");
	expect_leaks_both("a scan of ranges in a range", 0);
	kmemleak_free(memory - 8);
	WRITE_ONCE(sim_roots[3], 0);
	ranges_free(memory, pointers);
}

/* ---- Memory that is absent, and objects that cannot be that large ---- */

static void absent(void)
{
	char *memory = sim_linear + 512 * GIGABYTE;

	kmemleak_alloc(memory, GIGABYTE, 1, GFP_KERNEL);
	WRITE_ONCE(sim_roots[4], (unsigned long)memory);
	expect_leaks_both("a scan of 1 GB of pages that are not there", 0);
	WRITE_ONCE(sim_roots[4], 0);
	kmemleak_free(memory);
}

static bool called_off_soon(struct task_struct *scanner)
{
	static unsigned int pauses;

	(void)scanner;
	return ++pauses > 1000;
}

/* Somebody registers an object of 2^32 pieces that are read at once. */
static void huge(void)
{
	struct marker m = { .called_off = called_off_soon };

	kmemleak_alloc(sim_linear, CHUNK_BYTES << 32, 0, GFP_KERNEL);
	if (mark_open(&m, 1) || mark_begin(&m, 0))
		sim_fail("no memory");
	sim_steps_reset();
	mark_grey(&m, false);
	expect_bounded("a pass that is called off amid an object of 8 TB");
	if (!m.stop)
		sim_fail("an object of 8 TB is not read");
	mark_end(&m);
	mark_close(&m);
	kmemleak_free(sim_linear);
}

/* ---- Slabs that had leaks ---- */

#define HAD_LEAKS	1000
#define SLOTS		(PAGE_SIZE / sizeof(long))

/* One object in each of many slabs is reported, and freed. */
static void had_leaks(void)
{
	struct kmem_cache *cache = sim_cache_new("had leaks", sizeof(long), 0, 0);
	static unsigned long *object[HAD_LEAKS][SLOTS];
	unsigned long *pointers = sim_large_alloc(HAD_LEAKS * sizeof(long));
	unsigned int i, n;

	WRITE_ONCE(sim_roots[5], (unsigned long)pointers);
	for (i = 0; i < HAD_LEAKS; i++) {
		for (n = 0; n < SLOTS; n++) {
			object[i][n] = sim_alloc(cache);
			WRITE_ONCE(*object[i][n], 0);
		}
		WRITE_ONCE(pointers[i], (unsigned long)object[i][0]);
	}
	for (i = 0; i < HAD_LEAKS; i++)
		for (n = 2; n < SLOTS; n++)
			sim_free(object[i][n]);
	expect_leaks_both("a scan of slabs with a leak each", HAD_LEAKS);
	for (i = 0; i < HAD_LEAKS; i++)
		sim_free(object[i][1]);
	sim_steps_reset();
	if (reported())
		sim_fail("what was freed is reported");
	expect_bounded("a walk over slabs that had leaks");
	for (i = 0; i < HAD_LEAKS; i++)
		sim_free(object[i][0]);
	WRITE_ONCE(sim_roots[5], 0);
	sim_large_free(pointers);
}

static const struct sim_case tests[] = {
	{ "per-CPU memory of 256 CPUs", percpu },
	{ "references", refer_often },
	{ "ranges", many_ranges },
	{ "ranges in a range", nested },
	{ "absent memory", absent },
	{ "an object of 8 TB", huge },
	{ "slabs that had leaks", had_leaks },
	{ "slabs in 1 TB", terabyte },
};

int main(void)
{
	sim_start(0, NULL);
	sim_memory_init();
	kmemleak_init();
	*sim_param_min_age_ms = 0;
	/* So that it does not depend on the machine how much is done in a section. */
	mark_section_ns = UINT_MAX;
	sim_run("scale", tests, ARRAY_SIZE(tests));
	return 0;
}
