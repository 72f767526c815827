// SPDX-License-Identifier: GPL-2.0
/*
 * The marker of mm/kmemleak/mark/, and pin.c, on slabs of this program. Pages that are no
 * slab's cannot be read: whoever reads them fails the test. So does who reads the
 * memory of a slab behind its last object, as slabs have a page of their own behind.
 *
 * TAP on standard output, exit status 1 if a test fails.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sim.h"

#define ARENA_PAGES	128
#define NR_PLACES	16
#define PLACE_PAGES	(ARENA_PAGES / NR_PLACES)
#define SLOTS_MAX	64

#define WORKERS		4
#define ROUNDS		80
#define ROOTS		64

static char *arena;

/* ---- What other files would do ---- */

struct slab_dir *slab_dir;
struct lost_range lost_ranges[LOST_RANGES];
atomic_long_t kmemleak_stats[STAT_NR];
char *high_memory;

int range_snapshot_take(struct range_snapshot *snapshot)
{
	static struct range_view none;

	memset(snapshot, 0, sizeof(*snapshot));
	snapshot->virt.view = &none;
	snapshot->percpu.view = &none;
	return 0;
}

void range_snapshot_drop(struct range_snapshot *snapshot)
{
	(void)snapshot;
}

unsigned int views_up_to(const struct view_list *list, unsigned long addr)
{
	(void)list;
	(void)addr;
	return 0;
}

bool range_referred(unsigned long start, unsigned long last, unsigned long addr)
{
	return addr - start <= last - start;
}

void range_walk(void (*visit)(struct tracked_range *range, void *arg), void *arg)
{
	(void)visit;
	(void)arg;
}

bool area_next(unsigned long *addr, struct area_view *area)
{
	(void)addr;
	(void)area;
	return false;
}

void areas_might_lock(void)
{
}

void slab_span(unsigned long *start, unsigned long *end)
{
	*start = (unsigned long)arena;
	*end = *start + ARENA_PAGES * PAGE_SIZE;
}

/* None is. */
bool lost_within(enum range_space space, unsigned long start, unsigned long last)
{
	(void)space;
	(void)start;
	(void)last;
	return false;
}

const struct kmemleak_hole *slab_kfence_holes(unsigned long start, size_t size)
{
	(void)start;
	(void)size;
	return NULL;
}

/* Sweeps look for objects that were left over: there is one part, with all slabs. */
bool slab_next_part(unsigned long *part)
{
	return !*part;
}

bool slab_walk_part(unsigned long part, unsigned long *pos,
		    void (*visit)(struct slab_table *table, void *arg), void *arg)
{
	struct slab_table *table = slab_table_of((unsigned long)arena + *pos);

	(void)part;
	if (table && table->slab == (unsigned long)arena + *pos)
		visit(table, arg);
	*pos += PAGE_SIZE;
	return *pos < ARENA_PAGES * PAGE_SIZE;
}

/* ---- Slabs ---- */

/* The arena may lie across a border of the top level's entries. */
static void dir_make(void)
{
	const unsigned int entries = 2;

	slab_dir = calloc(1, sizeof(*slab_dir) + entries * sizeof(slab_dir->mid[0]));
	slab_dir->span.first = ((unsigned long)arena >> PAGE_SHIFT) & ~(DIR_TOP_PAGES - 1);
	slab_dir->span.pages = entries * DIR_TOP_PAGES;
}

static struct slab_table **arena_entry(unsigned long addr)
{
	unsigned long page = dir_index(&slab_dir->span, addr);
	struct dir_mid **mid = &slab_dir->mid[page / DIR_TOP_PAGES];
	struct dir_leaf **leaf;

	if (!*mid)
		*mid = calloc(1, sizeof(**mid));
	leaf = &(*mid)->leaf[(page >> DIR_LEAF_BITS) & (BIT(DIR_MID_BITS) - 1)];
	if (!*leaf)
		*leaf = calloc(1, sizeof(**leaf));
	return &(*leaf)->table[page & (BIT(DIR_LEAF_BITS) - 1)];
}

static struct slab_table *slab_new(unsigned long start, unsigned int order, unsigned int size)
{
	struct slab_table *table = calloc(1, sizeof(*table) + SLOTS_MAX * sizeof(struct slot));
	size_t bytes = PAGE_SIZE << order;
	unsigned int i;

	table->slab = start;
	table->base = start;
	table->stride = size;
	table->object_size = size;
	table->recip = slab_recip(size);
	table->order = order;
	table->count = bytes / size;
	for (i = 0; i < table->count; i++)
		table->slots[i].state = OBJ_LIVE;
	return table;
}

static void slab_show(struct slab_table *table)
{
	unsigned int i;

	for (i = 0; i < 1U << table->order; i++)
		/* Pairs with slab_table_of(). */
		smp_store_release(arena_entry(table->slab + i * PAGE_SIZE), table);
}

static void slab_map(const struct slab_table *table, bool mapped)
{
	if (mprotect((void *)table->slab, PAGE_SIZE << table->order,
		     mapped ? PROT_READ | PROT_WRITE : PROT_NONE))
		sim_fail("no memory");
}

/* Tables that RCU is to free. */
static struct slab_table *gone;

static void gone_add(struct slab_table *table)
{
	struct slab_table *next = READ_ONCE(gone);

	do {
		table->rcu.unused = next;
	} while (!__atomic_compare_exchange_n(&gone, &next, table, false, __ATOMIC_RELEASE,
					      __ATOMIC_RELAXED));
}

/* The end of a pass is a grace period. */
static void gone_free(void)
{
	struct slab_table *table;

	while ((table = gone)) {
		gone = table->rcu.unused;
		free(table);
	}
}

/* As slab_table_drop() does it. */
static void slab_gone(struct slab_table *table)
{
	unsigned int i;

	for (i = 0; i < 1U << table->order; i++)
		WRITE_ONCE(*arena_entry(table->slab + i * PAGE_SIZE), NULL);
	set_bit(TABLE_DEAD, &table->flags);
	WRITE_ONCE(this_cpu->waits, true);
	pin_wait(table);
	WRITE_ONCE(this_cpu->waits, false);
	slab_map(table, false);
	gone_add(table);
}

static void on_fault(int signal)
{
	(void)signal;
	sim_fail("memory is read that is no slab's");
}

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
	gone_free();
}

static bool is_marked(struct slab_table *table, unsigned int i)
{
	return test_bit(i, slab_marks(table));
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

static void stale(const struct stale_case *stale)
{
	unsigned long page = (unsigned long)arena + 3 * PAGE_SIZE;
	unsigned long grey = page + stale->grey, *word;
	struct slab_table *first, *second, *victim;
	struct marker m;

	sim_start(0, NULL);
	pass_begin(&m, 1);
	victim = slab_new((unsigned long)arena + 8 * PAGE_SIZE, 0, 64);
	first = slab_new(page, 0, 1024);
	slab_map(victim, true);
	slab_map(first, true);
	slab_show(victim);
	slab_show(first);
	grey_push(m.worker[0], grey);
	slab_gone(first);

	second = slab_new(page + PAGE_SIZE - (PAGE_SIZE << stale->order), stale->order,
			  stale->size);
	slab_map(second, true);
	memset((void *)second->slab, 0, PAGE_SIZE << stale->order);
	word = (unsigned long *)(grey + 512);
	*word = victim->base + 64;
	slab_show(second);
	mark_drain(&m);
	if (is_marked(victim, 1) != stale->read)
		sim_fail(stale->read ? "an object is not read" :
			 "an address at which no object begins is read");
	slab_gone(second);
	slab_gone(victim);
	pass_end(&m);
}

/* ---- Slabs come and go ---- */

static struct slab_table *place[NR_PLACES];
static bool place_busy[NR_PLACES];
static unsigned int slabs_gone;

static void place_fill(unsigned int i)
{
	static const unsigned int sizes[] = { 256, 512, 1024, 2048, PAGE_SIZE, 2 * PAGE_SIZE };
	unsigned int order = sim_random(3), size = sizes[sim_random(ARRAY_SIZE(sizes))], w;
	unsigned long room = PLACE_PAGES - (1U << order), *word;
	struct slab_table *table;

	if (size > PAGE_SIZE << order || (PAGE_SIZE << order) / size > SLOTS_MAX)
		size = PAGE_SIZE << order;
	table = slab_new((unsigned long)arena + (i * PLACE_PAGES + sim_random(room)) * PAGE_SIZE,
			 order, size);
	slab_map(table, true);
	word = (unsigned long *)table->slab;
	for (w = 0; w < (PAGE_SIZE << order) / sizeof(*word); w++)
		word[w] = sim_random(4) ? 0 : (unsigned long)arena +
			  sim_random(ARENA_PAGES * PAGE_SIZE / 256) * 256;
	place[i] = table;
	slab_show(table);
}

/* An interrupt. */
static void some_slab_goes(void)
{
	unsigned int i = sim_random(NR_PLACES);

	if (__atomic_exchange_n(&place_busy[i], true, __ATOMIC_ACQUIRE))
		return;
	slab_gone(place[i]);
	place_fill(i);
	__atomic_store_n(&place_busy[i], false, __ATOMIC_RELEASE);
	__atomic_add_fetch(&slabs_gone, 1, __ATOMIC_RELAXED);
}

static void come_and_go(void)
{
	struct marker m;
	unsigned int i, round;

	for (i = 0; i < NR_PLACES; i++)
		place_fill(i);
	for (round = 0; round < ROUNDS; round++) {
		sim_start(0, some_slab_goes);
		sim_test(sim_test_name);
		pass_begin(&m, WORKERS);
		for (i = 0; i < ROOTS; i++)
			grey_push(m.worker[0], (unsigned long)arena +
				  sim_random(ARENA_PAGES * PAGE_SIZE / 256) * 256);
		mark_drain(&m);
		pass_end(&m);
		for (i = 0; i < NR_PLACES; i++) {
			slab_gone(place[i]);
			place_fill(i);
		}
	}
	for (i = 0; i < NR_PLACES; i++)
		slab_gone(place[i]);
	gone_free();
}

/* ---- A pass that is called off ---- */

static void forget(void)
{
	unsigned int i;
	struct slab_table *table;
	struct marker m;

	sim_start(0, NULL);
	table = slab_new((unsigned long)arena, 0, 1024);
	slab_map(table, true);
	*(unsigned long *)table->base = table->base + 1024;
	slab_show(table);
	pass_begin(&m, 1);
	for (i = 0; i <= GREY_ROOM; i++)
		grey_push(m.worker[0], table->base);
	mark_end(&m);
	if (mark_begin(&m, 0))
		sim_fail("no memory");
	mark_drain(&m);
	if (is_marked(table, 1))
		sim_fail("what one pass left is read by the next");
	slab_gone(table);
	pass_end(&m);
}

void sim_locked(void)
{
	if (!sim_random(4))
		sim_raise();
}

void sim_irqs_on(void)
{
	if (!sim_random(4))
		sim_raise();
}

int main(int argc, char **argv)
{
	const char *variant = argc > 1 ? argv[1] : "";
	static char name[128];
	unsigned int i;

	signal(SIGSEGV, on_fault);
	arena = mmap(NULL, (ARENA_PAGES + 1) * PAGE_SIZE, PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (arena == MAP_FAILED)
		return 2;
	high_memory = arena + ARENA_PAGES * PAGE_SIZE;
	dir_make();
	for (i = 0; i < ARENA_PAGES; i++)
		arena_entry((unsigned long)arena + i * PAGE_SIZE);
	for (i = 0; i < ARRAY_SIZE(stale_cases); i++) {
		snprintf(name, sizeof(name), "mark%s: a grey address %s", variant,
			 stale_cases[i].name);
		sim_test(name);
		stale(&stale_cases[i]);
		printf("ok 0 - %s\n", name);
	}
	snprintf(name, sizeof(name), "mark%s: a pass leaves nothing to the next", variant);
	sim_test(name);
	forget();
	printf("ok 0 - %s\n", name);
	snprintf(name, sizeof(name), "mark%s: slabs come and go while workers mark", variant);
	sim_test(name);
	come_and_go();
	printf("ok 0 - %s\n# %u slabs went in interrupts\n", name, slabs_gone);
	return 0;
}
