// SPDX-License-Identifier: GPL-2.0
/*
 * mm/kmemleak/mark/grey.c and store/pin.c, run by threads that stand for CPUs. An interrupt
 * comes whenever a CPU has taken a lock and interrupts are on, or when they are on
 * again: it frees a slab, and waits in pin_wait() for whoever reads that.
 *
 * The slabs' memory is written without a lock once pin_wait() has returned, so
 * ThreadSanitizer sees a reader that is still there.
 *
 * TAP on standard output, exit status 1 if a test fails. A test that hangs fails, and
 * tells what each CPU is doing.
 */
#include <stdio.h>
#include <string.h>

#include "store/pin.h"
#include "mark/grey.h"
#include "mark/marker.h"

#include "sim.h"

/* Slabs that are read and freed. */
#define NR_SLABS	16
#define SLAB_WORDS	32
#define SLABS_AT_ONCE	8

/* Objects that lead to more than a stack has room for: from i to i * FANOUT + 1 and so on. */
#define NR_OBJECTS	20000
#define FANOUT		5000
/* Large objects, which all workers read piece by piece, and those of the pieces. */
#define NR_VIEWS	3
#define VIEW_CHUNKS	500

#define ROUNDS		4
#define WORKERS		4

struct sim_slab {
	bool dead;
	bool busy;
	unsigned long word[SLAB_WORDS];
};

static struct sim_slab slabs[NR_SLABS];
static unsigned int frees;
static unsigned int torn_reads;

static struct marker marker;
static unsigned int visits[NR_OBJECTS];
static unsigned int chunks[NR_VIEWS];
static unsigned int left_over;

/* ---- Slabs ---- */

/* Who reads them holds them pinned. */
static void slab_fill_words(struct sim_slab *slab, unsigned long value)
{
	unsigned int i;

	for (i = 0; i < SLAB_WORDS; i++)
		slab->word[i] = value;
}

static void slab_read(const struct sim_slab *slab)
{
	unsigned int i;

	/* Pairs with slab_take_again(). */
	if (smp_load_acquire(&slab->dead))
		return;
	for (i = 1; i < SLAB_WORDS; i++)
		if (slab->word[i] != slab->word[0])
			__atomic_add_fetch(&torn_reads, 1, __ATOMIC_RELAXED);
}

static void slab_free_pages(struct sim_slab *slab)
{
	WRITE_ONCE(slab->dead, true);
	pin_wait(slab);
}

static void slab_take_again(struct sim_slab *slab)
{
	slab_fill_words(slab, sim_random(1000));
	/* Pairs with slab_read(). */
	smp_store_release(&slab->dead, false);
}

/* What an interrupt does: a slab is freed, and its pages are another one. */
static void some_slab_goes(void)
{
	struct sim_slab *slab = &slabs[sim_random(NR_SLABS)];

	if (__atomic_exchange_n(&slab->busy, true, __ATOMIC_ACQUIRE))
		return;
	slab_free_pages(slab);
	slab_take_again(slab);
	__atomic_store_n(&slab->busy, false, __ATOMIC_RELEASE);
	__atomic_add_fetch(&frees, 1, __ATOMIC_RELAXED);
}

static void some_slabs_pin(struct mark_worker *w, unsigned int *first, unsigned int *nr)
{
	unsigned int i;

	*first = sim_random(NR_SLABS);
	*nr = 1 + sim_random(SLABS_AT_ONCE);
	for (i = 0; i < *nr; i++)
		pin_announce(w->reader, i, &slabs[(*first + i) % NR_SLABS]);
	pin_open(w->reader, *nr);
}

/* ---- An interrupt at each lock ---- */

static bool interrupts_anywhere;

/* Set once the first CPU has the lock and, unless they are off, is in its interrupt. */
static bool lock_is_held;
static bool lock_is_awaited;

void sim_locked(raw_spinlock_t *lock)
{
	(void)lock;
	if (READ_ONCE(interrupts_anywhere) && !sim_random(3)) {
		sim_raise();
	} else if (READ_ONCE(lock_is_awaited) && this_cpu == &sim_cpus[0]) {
		WRITE_ONCE(this_cpu->doing, "has the pool's lock");
		WRITE_ONCE(lock_is_held, true);
		sim_raise();
	}
}

void sim_irqs_on(void)
{
	if (READ_ONCE(interrupts_anywhere) && !sim_random(8))
		sim_raise();
}

/* ---- One interrupt, where it once hung ---- */

static void first_slab_goes(void)
{
	slab_free_pages(&slabs[0]);
}

static void fill_stack(struct mark_worker *w, unsigned int nr)
{
	while (nr--)
		grey_push(w, 4);
}

/* A worker that has a slab pinned, and finds its stack full. */
static void *pinning_cpu(void *arg)
{
	struct mark_worker *w = arg;
	unsigned long flags;

	sim_start(1, some_slab_goes);
	fill_stack(w, GREY_ROOM);
	local_irq_save(flags);
	pin_announce(w->reader, 0, &slabs[0]);
	pin_open(w->reader, 1);
	grey_might_lock(w->m);
	WRITE_ONCE(lock_is_awaited, true);
	while (!READ_ONCE(lock_is_held))
		cpu_relax();
	WRITE_ONCE(this_cpu->doing, "has a slab pinned, interrupts off, and wants the pool's lock");
	fill_stack(w, 1);
	pin_close(w->reader);
	local_irq_restore(flags);
	WRITE_ONCE(this_cpu->doing, "is done");
	sim_end();
	return NULL;
}

static bool interrupt_in_lock(void)
{
	pthread_t thread;

	marker = (struct marker) {};
	sim_start(0, first_slab_goes);
	if (grey_open(&marker, 2) || marker.nr_workers != 2)
		return false;
	fill_stack(marker.worker[0], GREY_CHUNK);
	if (pthread_create(&thread, NULL, pinning_cpu, marker.worker[1]))
		return false;
	while (!READ_ONCE(lock_is_awaited))
		cpu_relax();
	grey_make_room(marker.worker[0]);
	WRITE_ONCE(this_cpu->doing, "is done");
	pthread_join(thread, NULL);
	lock_is_awaited = false;
	grey_close(&marker);
	return true;
}

/* ---- Whole drains ---- */

static void visit(struct mark_worker *w, unsigned int object)
{
	unsigned int child, i;

	__atomic_add_fetch(&visits[object], 1, __ATOMIC_RELAXED);
	for (i = 1; i <= FANOUT; i++) {
		child = object * FANOUT + i;
		if (child >= NR_OBJECTS)
			return;
		if (!grey_push(w, (unsigned long)child << GREY_SHIFT))
			__atomic_add_fetch(&left_over, 1, __ATOMIC_RELAXED);
	}
}

/* One entry, as blacken.c reads some: interrupts off, slabs pinned. */
static void visit_top(struct mark_worker *w)
{
	unsigned long entry = grey_top(w), flags;
	unsigned int first, nr, i;

	local_irq_save(flags);
	WRITE_ONCE(this_cpu->doing, "reads, with slabs pinned and interrupts off");
	some_slabs_pin(w, &first, &nr);
	for (i = 0; i < nr; i++)
		slab_read(&slabs[(first + i) % NR_SLABS]);
	if (!grey_is_view(entry))
		visit(w, grey_pop(w) >> GREY_SHIFT);
	else if (__atomic_fetch_add(&chunks[entry >> GREY_SHIFT], 1, __ATOMIC_RELAXED) >=
		 VIEW_CHUNKS)
		grey_pop(w);
	pin_close(w->reader);
	WRITE_ONCE(this_cpu->doing, "works");
	local_irq_restore(flags);
}

static void step(struct mark_worker *w)
{
	unsigned int i;

	for (i = 0; i < 16 && grey_nr(w); i++)
		visit_top(w);
	sched_yield();
}

static const char *drain_once(void)
{
	struct mark_worker *w = marker.worker[0];
	unsigned int i, unseen = 0;

	memset(visits, 0, sizeof(visits));
	memset(chunks, 0, sizeof(chunks));
	left_over = 0;
	for (i = 0; i < NR_VIEWS; i++)
		grey_push(w, (unsigned long)i << GREY_SHIFT | GREY_VIRT);
	grey_push(w, 0);
	grey_drain(&marker, step);
	for (i = 0; i < NR_OBJECTS; i++) {
		if (visits[i] > 1)
			return "an object is read twice";
		unseen += !visits[i];
	}
	/* Below what was left over there may be more. */
	if (unseen && !left_over)
		return "an object is lost";
	for (i = 0; i < NR_VIEWS; i++)
		if (chunks[i] <= VIEW_CHUNKS)
			return "a piece of a large object is lost";
	return NULL;
}

static const char *drains(void)
{
	const char *wrong = NULL;
	unsigned int i;

	marker = (struct marker) {};
	sim_start(0, some_slab_goes);
	for (i = 0; i < NR_SLABS; i++)
		slab_take_again(&slabs[i]);
	if (grey_open(&marker, WORKERS) || marker.nr_workers != WORKERS)
		return "no memory";
	WRITE_ONCE(interrupts_anywhere, true);
	for (i = 0; i < ROUNDS && !wrong; i++) {
		sim_test(sim_test_name);
		wrong = drain_once();
	}
	grey_close(&marker);
	WRITE_ONCE(interrupts_anywhere, false);
	if (torn_reads)
		wrong = "memory is read that was freed";
	if (!frees)
		wrong = "no interrupt came";
	return wrong;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "", *wrong;
	char names[2][128];

	snprintf(names[0], sizeof(names[0]),
		 "grey%s: an interrupt waits for a reader that waits for the pool", name);
	snprintf(names[1], sizeof(names[1]),
		 "grey%s: workers read while slabs are freed by interrupts", name);
	sim_test(names[0]);
	if (!interrupt_in_lock()) {
		printf("not ok 0 - %s\n", sim_test_name);
		return 1;
	}
	printf("ok 0 - %s\n", sim_test_name);
	sim_test(names[1]);
	wrong = drains();
	if (wrong)
		printf("# %s\n", wrong);
	printf("%s 0 - %s\n# %u slabs were freed\n", wrong ? "not ok" : "ok",
	       sim_test_name, frees);
	return wrong ? 1 : 0;
}
