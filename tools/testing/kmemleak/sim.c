// SPDX-License-Identifier: GPL-2.0
/* CPUs, their interrupts, RCU and the workqueue: what runs the sources under test. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include "sim.h"

/*
 * A test hangs after so many seconds of CPU time of each CPU of the host, or of time if its
 * CPUs all sleep. Time alone would turn a test red that waits for a busy machine.
 */
#define HANG_CPU_SECONDS	30
#define HANG_SECONDS		600

struct sim_cpu sim_cpus[SIM_CPUS];
__thread struct sim_cpu *this_cpu = &sim_cpus[0];
static __thread unsigned int seed = 1;
static __thread struct task_struct task;

unsigned long sim_jiffies = 1000;
const char *sim_test_name = "";

/* ---- CPUs ---- */

void sim_seed(unsigned int new)
{
	seed = new;
}

unsigned int sim_random(unsigned int limit)
{
	return rand_r(&seed) % limit;
}

struct task_struct *sim_current(void)
{
	task.pid = this_cpu - sim_cpus + 1;
	return &task;
}

static void start(struct sim_cpu *cpu, void (*interrupt)(void))
{
	/* Others look at this one, to see whether it is in a section of RCU. */
	cpu->irqs_off = false;
	cpu->in_irq = false;
	cpu->pinned = false;
	cpu->raised = false;
	cpu->interrupt = interrupt;
	WRITE_ONCE(cpu->holds, NULL);
	WRITE_ONCE(cpu->wants, NULL);
	WRITE_ONCE(cpu->waits, false);
	WRITE_ONCE(cpu->doing, "works");
	this_cpu = cpu;
	seed = cpu - sim_cpus + 1;
}

void sim_start(unsigned int cpu, void (*interrupt)(void))
{
	__atomic_store_n(&sim_cpus[cpu].used, true, __ATOMIC_SEQ_CST);
	start(&sim_cpus[cpu], interrupt);
}

void sim_start_any(void (*interrupt)(void))
{
	unsigned int i;

	for (i = 1; i < SIM_CPUS; i++) {
		if (!__atomic_exchange_n(&sim_cpus[i].used, true, __ATOMIC_SEQ_CST)) {
			start(&sim_cpus[i], interrupt);
			return;
		}
	}
	sim_fail("there are not so many CPUs");
}

void sim_end(void)
{
	struct sim_cpu *cpu = this_cpu;

	WRITE_ONCE(cpu->doing, NULL);
	__atomic_store_n(&cpu->used, false, __ATOMIC_SEQ_CST);
}

void sim_waits(bool waits)
{
	WRITE_ONCE(this_cpu->waits, waits);
}

/* Of tests without interrupts. */
void __weak sim_locked(raw_spinlock_t *lock)
{
	(void)lock;
}

void __weak sim_irqs_on(void)
{
}

void __weak sim_cmpxchg(const void *p)
{
	(void)p;
}

void __weak sim_sleep(void)
{
}

/* ---- Mutexes ---- */

unsigned int sim_mutex_waiters;
bool sim_killed;

int sim_mutex_lock(struct mutex *mutex, bool killable)
{
	const struct timespec pause = { .tv_nsec = 100000 };
	bool locked = mutex_trylock(mutex);

	if (locked)
		return 0;
	__atomic_add_fetch(&sim_mutex_waiters, 1, __ATOMIC_SEQ_CST);
	if (!killable)
		locked = !pthread_mutex_lock(&mutex->mutex);
	while (!locked && !READ_ONCE(sim_killed)) {
		nanosleep(&pause, NULL);
		locked = mutex_trylock(mutex);
	}
	__atomic_sub_fetch(&sim_mutex_waiters, 1, __ATOMIC_SEQ_CST);
	return locked ? 0 : -EINTR;
}

/* ---- Steps ---- */

struct sim_most sim_most;

#ifdef SIM_STEPS
__thread unsigned long sim_steps;
static __thread unsigned long section_began, alone_since;

/* No lock: these programs are not for ThreadSanitizer. */
static void note_most(unsigned long *most, unsigned long since)
{
	*most = max(*most, sim_steps - since);
}

static void steps_section_begins(void)
{
	section_began = sim_steps;
}

static void steps_section_ends(void)
{
	note_most(&sim_most.section, section_began);
}

void sim_yields(void)
{
	note_most(&sim_most.alone, alone_since);
	alone_since = sim_steps;
}

void sim_steps_reset(void)
{
	alone_since = sim_steps;
	sim_most = (struct sim_most) {};
}
#else
static void steps_section_begins(void)
{
}

static void steps_section_ends(void)
{
}

void sim_yields(void)
{
}
#endif

/* ---- Giving way ---- */

/*
 * On a busy host others keep the CPU for some milliseconds, each of a million times. So a
 * thread does not give way again before it has run for as long as it waited.
 */
void sim_give_way(void)
{
	static __thread u64 again;
	u64 before = ktime_get_mono_fast_ns(), after;

	if (before < again)
		return;
	sched_yield();
	after = ktime_get_mono_fast_ns();
	again = after + (after - before);
}

/* ---- RCU ---- */

static struct rcu_head *callbacks;

void rcu_read_lock(void)
{
	if (this_cpu->rcu_nesting++)
		return;
	steps_section_begins();
	__atomic_add_fetch(&this_cpu->rcu_seq, 1, __ATOMIC_SEQ_CST);
}

void rcu_read_unlock(void)
{
	if (--this_cpu->rcu_nesting)
		return;
	steps_section_ends();
	__atomic_add_fetch(&this_cpu->rcu_seq, 1, __ATOMIC_SEQ_CST);
}

void synchronize_rcu(void)
{
	unsigned long seq;
	unsigned int i;

	sim_expect(!this_cpu->rcu_nesting, "a read-side section waits for its own end");
	for (i = 0; i < SIM_CPUS; i++) {
		/* A write, as far as ThreadSanitizer knows, which orders both ways. */
		seq = __atomic_fetch_add(&sim_cpus[i].rcu_seq, 0, __ATOMIC_SEQ_CST);
		while (seq & 1 &&
		       __atomic_load_n(&sim_cpus[i].rcu_seq, __ATOMIC_ACQUIRE) == seq)
			sched_yield();
	}
}

void call_rcu(struct rcu_head *head, void (*function)(struct rcu_head *head))
{
	struct rcu_head *next = READ_ONCE(callbacks);

	head->function = function;
	do {
		head->next = next;
	} while (!__atomic_compare_exchange_n(&callbacks, &next, head, false,
					      __ATOMIC_RELEASE, __ATOMIC_RELAXED));
}

void rcu_barrier(void)
{
	static DEFINE_MUTEX(one_at_a_time);
	struct rcu_head *head, *next;

	mutex_lock(&one_at_a_time);
	head = __atomic_exchange_n(&callbacks, NULL, __ATOMIC_ACQUIRE);
	synchronize_rcu();
	for (; head; head = next) {
		next = head->next;
		head->function(head);
	}
	mutex_unlock(&one_at_a_time);
}

/* ---- Work ---- */

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

static void *work_thread(void *arg)
{
	struct work_struct *work = arg;

	sim_start_any(work->interrupt);
	work->function(work);
	sim_end();
	return NULL;
}

bool queue_work_on(unsigned int cpu, struct workqueue_struct *wq, struct work_struct *work)
{
	(void)cpu;
	(void)wq;
	work->interrupt = this_cpu->interrupt;
	work->queued = !pthread_create(&work->thread, NULL, work_thread, work);
	return work->queued;
}

bool cancel_work_sync(struct work_struct *work)
{
	return work->queued && !pthread_join(work->thread, NULL);
}

/* ---- Failures ---- */

/* The others go on meanwhile. */
__attribute__((no_sanitize("thread")))
static void tell_cpu(unsigned int i)
{
	const struct sim_cpu *cpu = &sim_cpus[i];
	const raw_spinlock_t *holds = READ_ONCE(cpu->holds);
	const char *wants = READ_ONCE(cpu->wants);

	if (!READ_ONCE(cpu->doing))
		return;
	printf("# CPU %u %s", i, READ_ONCE(cpu->doing));
	if (READ_ONCE(cpu->irqs_off))
		printf(", interrupts off");
	if (READ_ONCE(cpu->in_irq))
		printf(", in an interrupt");
	if (READ_ONCE(cpu->pinned))
		printf(", memory pinned");
	if (holds)
		printf(", has %s", holds->name);
	if (wants)
		printf(", waits for %s", wants);
	if (READ_ONCE(cpu->waits))
		printf(", waits in pin_wait()");
	printf("\n");
}

void sim_fail(const char *why)
{
	static __thread bool fails;
	static bool failed;
	unsigned int i;

	/* One is enough; a signal while it is told must not wait for it. */
	if (fails)
		return;
	fails = true;
	if (__atomic_exchange_n(&failed, true, __ATOMIC_SEQ_CST))
		pause();
	printf("not ok 0 - %s\n# %s\n", sim_test_name, why);
	for (i = 0; i < SIM_CPUS; i++)
		tell_cpu(i);
	fflush(stdout);
	_exit(1);
}

void sim_expect(bool right, const char *what)
{
	if (!right)
		sim_fail(what);
}

void sim_may_fault(void)
{
	if (!this_cpu->faults_off)
		sim_fail("a word is read that may not be there, and page faults are not disabled");
}

void sim_lock_rules(raw_spinlock_t *lock)
{
	char why[128];

	if (!this_cpu->irqs_off)
		WRITE_ONCE(lock->irqs_on, true);
	if (this_cpu->pinned)
		WRITE_ONCE(lock->pinned, true);
	if (this_cpu->in_irq)
		WRITE_ONCE(lock->in_irq, true);
	if (!READ_ONCE(lock->irqs_on) ||
	    !(READ_ONCE(lock->pinned) || READ_ONCE(lock->in_irq)))
		return;
	snprintf(why, sizeof(why), "%s is taken %s, and with interrupts on", lock->name,
		 READ_ONCE(lock->pinned) ? "while memory is pinned" : "in interrupts");
	sim_fail(why);
}

void sim_sleeps(void)
{
	sim_expect(!this_cpu->irqs_off && !this_cpu->rcu_nesting && !this_cpu->holds,
		   "something may sleep where nobody must");
	sim_sleep();
}

void sim_might_lock(raw_spinlock_t *lock)
{
	if (!this_cpu->pinned)
		return;
	WRITE_ONCE(lock->pinned, true);
	sim_lock_rules(lock);
}

/* Whoever has it would wait for itself. */
void sim_not_held(const raw_spinlock_t *lock)
{
	const raw_spinlock_t *held;
	char why[128];

	for (held = this_cpu->holds; held; held = held->outer) {
		if (held != lock)
			continue;
		snprintf(why, sizeof(why), "%s is taken by a CPU that has it%s", lock->name,
			 this_cpu->in_irq ? ", in an interrupt" : "");
		sim_fail(why);
	}
}

void sim_map_sync(void)
{
	const raw_spinlock_t *lock;
	char why[128];

	sim_expect(!this_cpu->pinned, "a section waits for sections");
	for (lock = this_cpu->holds; lock; lock = lock->outer) {
		if (!READ_ONCE(lock->pinned))
			continue;
		snprintf(why, sizeof(why), "memory is freed under %s, which sections take",
			 lock->name);
		sim_fail(why);
	}
}

static void on_alarm(int number)
{
	(void)number;
	sim_fail("nothing goes on any more");
}

void sim_test(const char *name)
{
	const struct itimerval limit = {
		.it_value.tv_sec = HANG_CPU_SECONDS * sysconf(_SC_NPROCESSORS_ONLN),
	};

	sim_test_name = name;
	signal(SIGPROF, on_alarm);
	setitimer(ITIMER_PROF, &limit, NULL);
	signal(SIGALRM, on_alarm);
	alarm(HANG_SECONDS);
}

void sim_run(const char *group, const struct sim_case *cases, unsigned int nr)
{
	static char name[128];
	unsigned int i;

	for (i = 0; i < nr; i++) {
		snprintf(name, sizeof(name), "%s: %s", group, cases[i].name);
		sim_test(name);
		cases[i].run();
		rcu_barrier();
		printf("ok 0 - %s\n", name);
	}
}
