// SPDX-License-Identifier: GPL-2.0
/*
 * mm/kmemleak/trace/comm.c: threads give objects the names of tasks, more than there is
 * room for, while names that no object has are dropped all the time. An object keeps its
 * name, or has none.
 *
 * Names are compared while a byte of them changes, on purpose: this is no test for
 * ThreadSanitizer.
 *
 * TAP on standard output, exit status 1 if the test fails.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "sim.h"

/* trace.h stands for what is tested here. */
#undef _MM_KMEMLEAK_TRACE_COMM_H
#define comm_table	real_comm_table
#define comm_current	real_comm_current
#define comm_at_hand	real_comm_at_hand
#define comm_recycle	real_comm_recycle

#define TASK_COMM_LEN	16
#define in_hardirq()	0
#define in_serving_softirq() 0

/* A thread is a CPU, and a task that is renamed again and again. */
struct comm_task {
	u32 pid;
	char comm[TASK_COMM_LEN];
};

static __thread struct comm_task this_task;
#define task_struct	comm_task
#undef current
#define current		(&this_task)
#undef for_each_possible_cpu
#define for_each_possible_cpu(cpu)	for ((cpu) = 0; (cpu) < SIM_CPUS; (cpu)++)

/* Objects are here, not in the store. */
#define slab_walk	walk_objects
#define range_walk	walk_no_ranges

struct slab_table;
struct tracked_range;

static bool walk_objects(unsigned long *pos, void (*visit)(struct slab_table *table, void *arg),
			 void *arg);

static void walk_no_ranges(void (*visit)(struct tracked_range *range, void *arg), void *arg)
{
	(void)visit;
	(void)arg;
}

#include "trace/comm.c"

#define MUTATORS	3
#define OBJECTS		256
#define NAMES		12000
#define RECYCLES	300

/**
 * struct object - an object of a mutator
 * @name: of the task that allocated it
 * @room: for its table, with one slot
 */
struct object {
	char name[TASK_COMM_LEN];
	char room[sizeof(struct slab_table) + sizeof(struct slot)] __aligned(16);
};

static struct object objects[MUTATORS][OBJECTS];
static struct slab_table *table_of(struct object *object)
{
	return (struct slab_table *)object->room;
}

static bool stop;
static unsigned long named, nameless, wrong;

static bool walk_objects(unsigned long *pos, void (*visit)(struct slab_table *table, void *arg),
			 void *arg)
{
	struct object *object = &objects[0][0];
	unsigned int i;

	(void)pos;
	for (i = 0; i < MUTATORS * OBJECTS; i++)
		visit(table_of(&object[i]), arg);
	return false;
}

static void object_check(struct object *object)
{
	u32 state = table_of(object)->slots[0].state;
	struct comm comm;

	rcu_read_lock();
	comm_name(state, &comm);
	rcu_read_unlock();
	if (!(state >> OBJ_COMM_SHIFT)) {
		__atomic_add_fetch(&nameless, 1, __ATOMIC_RELAXED);
		return;
	}
	__atomic_add_fetch(&named, 1, __ATOMIC_RELAXED);
	if (strcmp(comm.name, object->name)) {
		if (!__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED))
			printf("# \"%s\" became \"%s\"\n", object->name, comm.name);
	}
}

static void object_make(struct object *object)
{
	struct slot *slot = &table_of(object)->slots[0];
	u32 pid, index;

	memset(object->name, 0, sizeof(object->name));
	snprintf(object->name, sizeof(object->name), sim_random(2) ? "%u" : "worker/%u",
		 sim_random(NAMES));
	memcpy(this_task.comm, object->name, sizeof(this_task.comm));
	rcu_read_lock();
	index = comm_current(&pid);
	/* As an interrupt may. */
	if (!sim_random(16))
		usleep(1 + sim_random(100));
	WRITE_ONCE(slot->state, OBJ_LIVE | index << OBJ_COMM_SHIFT);
	rcu_read_unlock();
}

static void *mutate(void *arg)
{
	struct object *own = arg, *object;

	sim_start_any(NULL);
	while (!READ_ONCE(stop)) {
		object = &own[sim_random(OBJECTS)];
		if (table_of(object)->slots[0].state) {
			object_check(object);
			WRITE_ONCE(table_of(object)->slots[0].state, 0);
		} else {
			object_make(object);
		}
	}
	sim_end();
	return NULL;
}

int main(void)
{
	pthread_t thread[MUTATORS];
	unsigned int i, n;

	sim_start(0, NULL);
	sim_test("comm: objects keep the names of their tasks");
	for (i = 0; i < MUTATORS; i++) {
		for (n = 0; n < OBJECTS; n++)
			table_of(&objects[i][n])->count = 1;
		pthread_create(&thread[i], NULL, mutate, objects[i]);
	}
	for (i = 0; i < RECYCLES; i++) {
		usleep(2000);
		stat_inc(STAT_COMM_FULL);
		comm_recycle();
	}
	WRITE_ONCE(stop, true);
	for (i = 0; i < MUTATORS; i++)
		pthread_join(thread[i], NULL);
	printf("# %lu objects had names, %lu had none\n", named, nameless);
	printf("%s 0 - %s\n", wrong || !named ? "not ok" : "ok", sim_test_name);
	return wrong || !named;
}
