/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads that stand for CPUs, and interrupts that come where a test wants them. See
 * linux/irqflags.h, spinlock.h and lockdep.h for what is simulated.
 */
#ifndef _HARNESS_SIM_H
#define _HARNESS_SIM_H

#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "kmemleak.h"
#include "store/areas.h"
#include "store/directory.h"
#include "store/holes.h"
#include "store/lost.h"
#include "store/object.h"
#include "store/pin.h"
#include "store/range.h"
#include "store/slab.h"
#include "store/stats.h"
#include "mark/buffer.h"
#include "mark/grey.h"
#include "mark/marker.h"
#include "mark/pass.h"
#include "mark/snapshot.h"

/* The first one runs main(), those of the workqueue come next. */
extern struct sim_cpu sim_cpus[MARK_WORKERS_MAX];
extern const char *sim_test_name;

/* This thread is CPU number @cpu; @interrupt is what its interrupts do. */
void sim_start(unsigned int cpu, void (*interrupt)(void));

/* A test begins, or goes on: it fails if it does not for half a minute. */
void sim_test(const char *name);

/* The test fails here and now; tells what each CPU is doing. */
void sim_fail(const char *why);

unsigned int sim_random(unsigned int limit);

#endif /* _HARNESS_SIM_H */
