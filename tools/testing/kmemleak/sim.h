/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads that stand for CPUs, and interrupts that come where a test wants them. See
 * linux/irqflags.h, spinlock.h, lockdep.h and rcupdate.h for what is simulated.
 */
#ifndef _HARNESS_SIM_H
#define _HARNESS_SIM_H

#include <pthread.h>

#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

/* The first one runs main(). */
#define SIM_CPUS	40

extern struct sim_cpu sim_cpus[SIM_CPUS];
extern const char *sim_test_name;

/* This thread is CPU number @cpu; @interrupt is what its interrupts do. */
void sim_start(unsigned int cpu, void (*interrupt)(void));

/* This thread, which has no number yet, takes one; and gives it back at its end. */
void sim_start_any(void (*interrupt)(void));
void sim_end(void);

/* What may sleep, and is free to: fails where nobody may. */
void sim_sleeps(void);

/* Sleeps, if the test wants it to. */
void sim_sleep(void);

/*
 * A test begins, or goes on: it fails if it does not for half a minute of CPU time on each
 * CPU.
 */
void sim_test(const char *name);

/* A test of a group of such. It fails by sim_fail(). */
struct sim_case {
	const char *name;
	void (*run)(void);
};

/* Each test of a group in turn, by the names "group: name". */
void sim_run(const char *group, const struct sim_case *cases, unsigned int nr);

/*
 * The most steps (linux/steps.h) that any thread made since sim_steps_reset(): in one
 * read-side section of RCU, of which one with interrupts off is one; and without a place
 * where others may run.
 */
struct sim_most {
	unsigned long section;
	unsigned long alone;
};

extern struct sim_most sim_most;

void sim_steps_reset(void);

/* The test fails here and now; tells what each CPU is doing. */
void sim_fail(const char *why);

/* Of the thread. */
void sim_seed(unsigned int seed);
unsigned int sim_random(unsigned int limit);

#endif /* _HARNESS_SIM_H */
