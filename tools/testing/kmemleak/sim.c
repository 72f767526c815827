// SPDX-License-Identifier: GPL-2.0
/* What the sources under test would find in the kernel, and the CPUs. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sim.h"

#define HANG_SECONDS	30

struct sim_cpu sim_cpus[MARK_WORKERS_MAX];
__thread struct sim_cpu *this_cpu = &sim_cpus[0];
static __thread unsigned int seed = 1;
static unsigned int other_threads;

const char *sim_test_name = "";

unsigned int sim_random(unsigned int limit)
{
	return rand_r(&seed) % limit;
}

void *scan_memory_get(size_t size)
{
	return calloc(1, size);
}

void scan_memory_put(void *memory, size_t size)
{
	(void)size;
	free(memory);
}

void *scan_page_get(void)
{
	return malloc(PAGE_SIZE);
}

void scan_page_put(void *page)
{
	free(page);
}

unsigned long range_address(const struct tracked_range *range)
{
	return range->node.start;
}

struct workqueue_struct *alloc_workqueue(const char *name, unsigned int flags, int max)
{
	static char one;

	(void)name;
	(void)flags;
	(void)max;
	return (struct workqueue_struct *)&one;
}

struct workqueue_attrs *alloc_workqueue_attrs(void)
{
	return NULL;
}

void free_workqueue_attrs(struct workqueue_attrs *attrs)
{
	(void)attrs;
}

int apply_workqueue_attrs(struct workqueue_struct *wq, const struct workqueue_attrs *attrs)
{
	(void)wq;
	(void)attrs;
	return 0;
}

void sim_start(unsigned int cpu, void (*interrupt)(void))
{
	sim_cpus[cpu] = (struct sim_cpu) { .interrupt = interrupt, .doing = "starts" };
	this_cpu = &sim_cpus[cpu];
	seed = cpu + 1;
	if (!cpu)
		other_threads = 0;
}

static void *work_thread(void *arg)
{
	struct work_struct *work = arg;

	sim_start(__atomic_add_fetch(&other_threads, 1, __ATOMIC_RELAXED), sim_cpus[0].interrupt);
	work->function(work);
	return NULL;
}

bool queue_work_on(unsigned int cpu, struct workqueue_struct *wq, struct work_struct *work)
{
	(void)cpu;
	(void)wq;
	work->queued = !pthread_create(&work->thread, NULL, work_thread, work);
	return work->queued;
}

bool cancel_work_sync(struct work_struct *work)
{
	return work->queued && !pthread_join(work->thread, NULL);
}

void sim_fail(const char *why)
{
	unsigned int i;

	printf("not ok 0 - %s\n# %s\n", sim_test_name, why);
	for (i = 0; i < ARRAY_SIZE(sim_cpus); i++)
		if (READ_ONCE(sim_cpus[i].doing))
			printf("# CPU %u %s%s\n", i, READ_ONCE(sim_cpus[i].doing),
			       READ_ONCE(sim_cpus[i].waits) ?
			       ", and an interrupt waits there, in pin_wait()" : "");
	fflush(stdout);
	_exit(1);
}

void sim_expect(bool right, const char *what)
{
	if (!right)
		sim_fail(what);
}

static void on_alarm(int signal)
{
	(void)signal;
	sim_fail("nothing goes on any more");
}

void sim_test(const char *name)
{
	sim_test_name = name;
	signal(SIGALRM, on_alarm);
	alarm(HANG_SECONDS);
}
