// SPDX-License-Identifier: GPL-2.0
/*
 * The marker on slabs that come and go, and on data whose records were lost. Whoever reads
 * a page that is nobody's fails the test, see memory.h.
 *
 * TAP on standard output, exit status 1 if a test fails.
 */
#include <stdio.h>

#include <linux/kmemleak.h>

#include "store/directory.h"
#include "store/lost.h"
#include "store/range.h"
#include "store/slab.h"
#include "store/slot.h"
#include "store/stats.h"
#include "mark/grey.h"
#include "mark/marker.h"
#include "mark/pass.h"
#include "mark/roots.h"
#include "mark/unrecorded.h"

#include "memory.h"
#include "sim.h"

#define WORKERS		4
#define ROUNDS		25
#define ROOTS		64

static bool never_called_off(struct task_struct *scanner)
{
	(void)scanner;
	return false;
}

static void pass_begin(struct marker *m, unsigned int workers)
{
	*m = (struct marker) { .called_off = never_called_off };
	if (mark_open(m, workers) || mark_begin(m, 0))
		sim_fail("no memory");
}

static void pass_end(struct marker *m)
{
	mark_end(m);
	mark_close(m);
	rcu_barrier();
}

static bool is_marked(void *object)
{
	struct slab_table *table = slab_table_of((unsigned long)object);

	return test_bit(slab_index(table, (unsigned long)object), slab_marks(table));
}

/* Slabs of so many pages, as a power of two, full of objects of one size. */
static struct kmem_cache *cache_of(unsigned int size, unsigned int order)
{
	struct kmem_cache *cache = sim_cache_new("test", size, 0, 0);

	cache->order = order;
	return cache;
}

#define OBJECTS_MAX	64

/**
 * struct full_slab - a slab all of whose objects are in use
 * @nr: how many
 * @object: the objects
 */
struct full_slab {
	unsigned int nr;
	unsigned long *object[OBJECTS_MAX];
};

static void full_slab_make(struct full_slab *slab, struct kmem_cache *cache)
{
	unsigned int i;

	slab->nr = (PAGE_SIZE << cache->order) / cache->size;
	for (i = 0; i < slab->nr; i++)
		slab->object[i] = sim_alloc(cache);
}

static void full_slab_free(struct full_slab *slab)
{
	while (slab->nr)
		sim_free(slab->object[--slab->nr]);
}

/* ---- An address whose slab is gone ---- */

/**
 * struct stale_case - an object turns grey; its slab goes, and another one comes
 * @name: of the case
 * @grey: offset of the object in its page, which is the first slab
 * @order: of the slab that comes, so that its last page is that page
 * @size: of that slab's objects
 * @read: does one of them begin where the other object did?
 */
struct stale_case {
	const char *name;
	unsigned int grey;
	unsigned int order;
	unsigned int size;
	bool read;
};

static const struct stale_case stale_cases[] = {
	{ "where an object begins, as before", 2048, 0, 1024, true },
	{ "where a large object begins", 0, 1, PAGE_SIZE, true },
	{ "in the last object of a larger slab", 3072, 1, 2048, false },
	{ "in the last one of several pages", 0, 2, 2 * PAGE_SIZE, false },
	{ "in the middle of a large object", 1024, 2, PAGE_SIZE, false },
};

/* A slab whose last page is page number 3. What is allocated takes the first free pages. */
static void slab_up_to_page_3(struct full_slab *slab, unsigned int order, unsigned int size)
{
	unsigned int before = 4 - (1U << order);
	void *pages = before ? sim_pages_alloc(before) : NULL;

	full_slab_make(slab, cache_of(size, order));
	if ((char *)slab->object[0] != sim_linear + before * PAGE_SIZE)
		sim_fail("a slab is not where it should be");
	if (pages)
		sim_pages_free(pages);
}

static void stale(const struct stale_case *stale)
{
	unsigned long grey = (unsigned long)sim_linear + 3 * PAGE_SIZE + stale->grey;
	struct full_slab slab, victim;
	struct marker m;
	void *pages;

	sim_start(0, NULL);
	pages = sim_pages_alloc(4);
	full_slab_make(&victim, cache_of(64, 0));
	sim_pages_free(pages);
	slab_up_to_page_3(&slab, 0, 1024);
	pass_begin(&m, 1);
	grey_push(m.worker[0], grey);
	full_slab_free(&slab);

	slab_up_to_page_3(&slab, stale->order, stale->size);
	WRITE_ONCE(*(unsigned long **)(grey + 512), victim.object[1]);
	mark_drain(&m);
	if (is_marked(victim.object[1]) != stale->read)
		sim_fail(stale->read ? "an object is not read" :
			 "an address at which no object begins is read");
	full_slab_free(&slab);
	full_slab_free(&victim);
	pass_end(&m);
}

/* ---- Slabs come and go ---- */

#define PLACES		16

/**
 * struct place - a slab that goes, and comes again as another one
 * @slab: it
 * @busy: an interrupt is at it
 */
struct place {
	struct full_slab slab;
	bool busy;
};

static struct place places[PLACES];
static struct kmem_cache *place_caches[8];
static unsigned int slabs_gone;

static void *some_address(void)
{
	return sim_linear + sim_random((sim_used_end() - sim_linear) / 256) * 256;
}

static void place_fill(struct place *place)
{
	struct kmem_cache *cache = place_caches[sim_random(ARRAY_SIZE(place_caches))];
	unsigned int i, w;

	full_slab_make(&place->slab, cache);
	for (i = 0; i < place->slab.nr; i++)
		for (w = 0; w < cache->object_size / sizeof(long); w++)
			if (!sim_random(4))
				WRITE_ONCE(place->slab.object[i][w],
					   (unsigned long)some_address());
}

/* An interrupt. */
static void some_slab_goes(void)
{
	struct place *place = &places[sim_random(PLACES)];

	if (__atomic_exchange_n(&place->busy, true, __ATOMIC_ACQUIRE))
		return;
	full_slab_free(&place->slab);
	place_fill(place);
	__atomic_store_n(&place->busy, false, __ATOMIC_RELEASE);
	__atomic_add_fetch(&slabs_gone, 1, __ATOMIC_RELAXED);
}

static void come_and_go(void)
{
	static const unsigned int sizes[] = { 256, 512, 1024, 2048, PAGE_SIZE, 2 * PAGE_SIZE };
	struct marker m;
	unsigned int i, round;

	for (i = 0; i < ARRAY_SIZE(place_caches); i++)
		place_caches[i] = cache_of(sizes[i % ARRAY_SIZE(sizes)],
					   max(i % 3, i % ARRAY_SIZE(sizes) > 4 ? 1U : 0U));
	for (i = 0; i < PLACES; i++)
		place_fill(&places[i]);
	for (round = 0; round < ROUNDS; round++) {
		sim_start(0, some_slab_goes);
		sim_test(sim_test_name);
		pass_begin(&m, WORKERS);
		for (i = 0; i < ROOTS; i++)
			grey_push(m.worker[0], (unsigned long)some_address());
		mark_drain(&m);
		pass_end(&m);
		for (i = 0; i < PLACES; i++)
			some_slab_goes();
	}
	for (i = 0; i < PLACES; i++)
		full_slab_free(&places[i].slab);
	rcu_barrier();
}

/* ---- A pass that is called off ---- */

static void forget(void)
{
	struct full_slab slab;
	struct marker m;
	unsigned int i;

	sim_start(0, NULL);
	full_slab_make(&slab, cache_of(1024, 0));
	WRITE_ONCE(*slab.object[0], (unsigned long)slab.object[1]);
	pass_begin(&m, 1);
	for (i = 0; i <= GREY_ROOM; i++)
		grey_push(m.worker[0], (unsigned long)slab.object[0]);
	mark_end(&m);
	if (mark_begin(&m, 0))
		sim_fail("no memory");
	mark_drain(&m);
	if (is_marked(slab.object[1]))
		sim_fail("what one pass left is read by the next");
	full_slab_free(&slab);
	pass_end(&m);
}

/* ---- Data whose records were lost ---- */

/* Physical addresses without memory. */
#define NOWHERE		BIT(40)
/* The word of the data that is freed, words before and behind it, and one of no data. */
#define CUT		(SIM_ROOTS / 2)
#define BEFORE		3
#define BEHIND		(SIM_ROOTS - 3)
#define UNREAD		(CUT + 3)

/* Lose records until so many are noted. Returns how many it took. */
static unsigned long lose_records(unsigned int noted)
{
	const struct slot slot = { .state = OBJ_LIVE | OBJ_IGNORE };
	unsigned long nr;

	for (nr = 0; lost_nr < noted; nr++)
		range_insert(RANGE_PHYS, NOWHERE + 16 * nr, 16, 0, &slot, GFP_NOWAIT);
	return nr;
}

/* A part of the data is freed while no record can be had: the others are still read. */
static void lose_data(unsigned int noted)
{
	const struct slot slot = { .state = OBJ_LIVE | OBJ_GREY };
	static bool unread_told;
	struct full_slab slab;
	struct marker m;
	unsigned long nr;

	sim_start(0, NULL);
	/* At boot. */
	if (!unread_told)
		data_unread(&sim_roots[UNREAD], &sim_roots[UNREAD + 1]);
	unread_told = true;
	full_slab_make(&slab, cache_of(1024, 0));
	WRITE_ONCE(sim_roots[BEFORE], (unsigned long)slab.object[0]);
	WRITE_ONCE(sim_roots[BEHIND], (unsigned long)slab.object[1]);
	WRITE_ONCE(sim_roots[UNREAD], (unsigned long)slab.object[2]);
	sim_failures = 1000000;
	nr = lose_records(noted);
	range_cut(RANGE_VIRT, (unsigned long)&sim_roots[CUT], sizeof(long));
	sim_failures = 0;

	pass_begin(&m, 1);
	mark_grey(&m, false);
	if (roots_mark(&m))
		sim_fail("no memory");
	if (!is_marked(slab.object[0]) || !is_marked(slab.object[1]))
		sim_fail("a piece of the data is not read");
	if (is_marked(slab.object[2]))
		sim_fail("a piece of the data is read that holds no references");
	pass_end(&m);

	full_slab_free(&slab);
	WRITE_ONCE(sim_roots[BEFORE], 0);
	WRITE_ONCE(sim_roots[BEHIND], 0);
	WRITE_ONCE(sim_roots[UNREAD], 0);
	range_cut(RANGE_PHYS, NOWHERE, 16 * nr);
	range_cut(RANGE_VIRT, (unsigned long)sim_roots, sizeof(sim_roots));
	range_insert(RANGE_VIRT, (unsigned long)sim_roots, sizeof(sim_roots), 0, &slot,
		     GFP_KERNEL);
	stat_set(STAT_UNTRACKED_UNKNOWN, 0);
	lost_in_reserved = false;
	rcu_barrier();
}

/* No word of an object is left out where two chunks meet, if it begins between words. */
static void read_between_words(bool lost)
{
	const struct slot slot = { .state = OBJ_LIVE | OBJ_GREY };
	unsigned long nr = 0, *words;
	struct full_slab slab;
	struct marker m;
	unsigned int i;

	sim_start(0, NULL);
	full_slab_make(&slab, cache_of(64, 0));
	words = sim_pages_alloc(2);
	memset(words, 0, 2 * PAGE_SIZE);
	if (lost) {
		sim_failures = 1000000;
		nr = lose_records(1);
	}
	range_insert(RANGE_VIRT, (unsigned long)words + 4, 2 * PAGE_SIZE - 4, 0, &slot,
		     GFP_NOWAIT);
	sim_failures = 0;
	for (i = 1; i < 2 * PAGE_SIZE / sizeof(long); i++) {
		WRITE_ONCE(words[i], (unsigned long)slab.object[0]);
		pass_begin(&m, 1);
		mark_grey(&m, false);
		if (roots_mark(&m))
			sim_fail("no memory");
		if (!is_marked(slab.object[0]))
			sim_fail("a word is not read");
		pass_end(&m);
		WRITE_ONCE(words[i], 0);
	}
	range_remove(RANGE_VIRT, (unsigned long)words + 4);
	if (lost)
		range_cut(RANGE_PHYS, NOWHERE, 16 * nr);
	sim_pages_free(words);
	full_slab_free(&slab);
	rcu_barrier();
}

/* Read page @nr of three, of which the second is gone, from word @first of all on. */
static void read_around(char *pages, unsigned int nr, unsigned int first, void *object)
{
	unsigned long *words = (unsigned long *)(pages + nr * PAGE_SIZE);
	unsigned int i, page_words = PAGE_SIZE / sizeof(long);
	struct marker m;

	for (i = nr ? 0 : first; i < page_words; i += 1 + sim_random(8)) {
		WRITE_ONCE(words[i], (unsigned long)object);
		pass_begin(&m, 1);
		mark_grey(&m, false);
		mark_fleeting_memory(m.worker[0], (unsigned long *)pages + first,
				     3 * PAGE_SIZE - first * sizeof(long));
		mark_drain(&m);
		if (!is_marked(object))
			sim_fail("a word before or behind a page that is gone is not read");
		pass_end(&m);
		WRITE_ONCE(words[i], 0);
	}
}

static void read_with_hole(void)
{
	static const unsigned int firsts[] = { 0, 1, 100, 255 };
	char *pages[3], *end = NULL;
	struct full_slab slab;
	unsigned int i;

	sim_start(0, NULL);
	full_slab_make(&slab, cache_of(64, 0));
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		pages[i] = sim_pages_alloc(1);
		memset(pages[i], 0, PAGE_SIZE);
		if (end && pages[i] != end)
			sim_fail("the pages are not where they should be");
		end = pages[i] + PAGE_SIZE;
	}
	sim_pages_free(pages[1]);
	for (i = 0; i < ARRAY_SIZE(firsts); i++) {
		read_around(pages[0], 0, firsts[i], slab.object[0]);
		read_around(pages[0], 2, firsts[i], slab.object[0]);
	}
	sim_pages_free(pages[0]);
	sim_pages_free(pages[2]);
	full_slab_free(&slab);
	rcu_barrier();
}

static bool interrupts;

void sim_locked(raw_spinlock_t *lock)
{
	(void)lock;
	if (interrupts && !sim_random(4))
		sim_raise();
}

void sim_irqs_on(void)
{
	if (interrupts && !sim_random(4))
		sim_raise();
}

static void lose_noted(void)
{
	lose_data(1);
}

static void lose_unknown(void)
{
	lose_data(LOST_RANGES);
}

static void read_recorded(void)
{
	read_between_words(false);
}

static void read_unrecorded(void)
{
	read_between_words(true);
}

static const struct sim_case tests[] = {
	{ "a pass leaves nothing to the next", forget },
	{ "data with a piece that has no record", lose_noted },
	{ "data with a piece that is not even noted", lose_unknown },
	{ "each word of an object with a record", read_recorded },
	{ "each word of an object without a record", read_unrecorded },
	{ "each word around a page that is gone", read_with_hole },
};

static char test_name[128];

static void begin(const char *variant, const char *what, const char *which)
{
	snprintf(test_name, sizeof(test_name), "mark%s: %s%s", variant, what, which);
	sim_test(test_name);
}

int main(int argc, char **argv)
{
	const char *variant = argc > 1 ? argv[1] : "";
	unsigned int i;

	sim_start(0, NULL);
	sim_memory_init();
	kmemleak_init();
	for (i = 0; i < ARRAY_SIZE(stale_cases); i++) {
		begin(variant, "a grey address ", stale_cases[i].name);
		stale(&stale_cases[i]);
		printf("ok 0 - %s\n", test_name);
	}
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		begin(variant, tests[i].name, "");
		tests[i].run();
		printf("ok 0 - %s\n", test_name);
	}
	begin(variant, "slabs come and go while workers mark", "");
	interrupts = true;
	come_and_go();
	printf("ok 0 - %s\n# %u slabs went in interrupts\n", test_name, slabs_gone);
	return 0;
}
