// SPDX-License-Identifier: GPL-2.0
/*
 * What a scan is measured against: the time that the Boehm collector takes to
 * mark as many objects, in the shape that "link" of kmemleak_bench makes.
 *
 *	GC_MARKERS=1 boehm_mark <objects> <times>
 *
 * prints the best time, in ns. Objects have 64 bytes; an array holds them, and
 * each refers to a random earlier one.
 */
#include <err.h>
#include <gc/gc.h>
#include <gc/gc_mark.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static unsigned long long begun, best = ~0ULL;

static unsigned long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static void on_event(GC_EventType event)
{
	if (event == GC_EVENT_MARK_START)
		begun = now();
	if (event == GC_EVENT_MARK_END) {
		unsigned long long ns = now() - begun;

		if (ns < best)
			best = ns;
	}
}

/* Any fixed sequence without a pattern will do. */
static unsigned int next_random(void)
{
	static unsigned long long state = 1;

	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return state >> 32;
}

int main(int argc, char **argv)
{
	size_t objects = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	unsigned long times = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	void **held;

	if (!objects || !times)
		errx(2, "usage: boehm_mark <objects> <times>");
	GC_INIT();
	GC_disable();
	held = GC_MALLOC(objects * sizeof(*held));
	if (!held)
		errx(1, "no memory");
	for (size_t i = 0; i < objects; i++) {
		held[i] = GC_MALLOC(64);
		if (!held[i])
			errx(1, "no memory");
		if (i)
			*(void **)held[i] = held[((unsigned long long)next_random() * i) >> 32];
	}
	GC_enable();
	GC_set_on_collection_event(on_event);
	while (times--)
		GC_gcollect();
	if (best == ~0ULL)
		errx(1, "no collection was seen");
	GC_reachable_here(held);
	printf("%llu\n", best);
	return 0;
}
