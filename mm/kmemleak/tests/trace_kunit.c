// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the stack capture: whatever lies on the stack, the handle is that of the
 * stack that the unwinder sees, and a stack seen before is not unwound.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/ftrace.h>
#include <linux/irq_work.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/sched/task.h>
#include <linux/stacktrace.h>

#include "../store/stats.h"
#include "../trace/trace.h"
#include "../trace/walk.h"

#define TIMES	200
#define DEPTH	40
#define RACERS	4
#define LAPS	50000

/**
 * struct look - a stack, seen in two ways
 * @handle: the captured stack
 * @real: frames seen by the unwinder, from a caller of the capture on
 * @nr: number of frames in @real
 */
struct look {
	depot_stack_handle_t handle;
	unsigned long real[2 * STACK_FRAMES];
	unsigned int nr;
};

static noinline depot_stack_handle_t capture(void)
{
	depot_stack_handle_t handle;

	preempt_disable();
	handle = trace_seen(TRACE_HERE, 0, GFP_KERNEL);
	preempt_enable();
	return handle;
}

static noinline void look_around(struct look *look)
{
	look->handle = capture();
	look->nr = stack_trace_save(look->real, ARRAY_SIZE(look->real), 0);
	/* Like the depot, which drops all frames of what was interrupted. */
	look->nr = filter_irq_stacks(look->real, look->nr);
}

/*
 * The first address follows the call of capture(). The unwinder sees the address after
 * another call there; all other addresses are the same.
 */
static void expect_same(struct kunit *test, const struct look *look)
{
	unsigned long *stored;
	unsigned int nr, own, i;

	KUNIT_ASSERT_NE(test, look->handle, 0U);
	nr = stack_depot_fetch(look->handle, &stored);
	KUNIT_ASSERT_GT(test, nr, 1U);
	for (own = 0; own < look->nr && look->real[own] != stored[1]; own++)
		;
	KUNIT_ASSERT_LE(test, nr - 1, look->nr - own);
	for (i = 1; i < nr; i++)
		KUNIT_EXPECT_EQ(test, stored[i], look->real[own + i - 1]);
	/* Nothing is missing at the end unless there are too many frames. */
	if (nr < STACK_FRAMES)
		KUNIT_EXPECT_EQ(test, own + nr - 1, look->nr);
	else
		KUNIT_EXPECT_EQ(test, nr, STACK_FRAMES);
}

static noinline void look_deep(struct look *look, unsigned int depth)
{
	if (depth)
		look_deep(look, depth - 1);
	else
		look_around(look);
	barrier();
}

static void trace_depths(struct kunit *test)
{
	struct look looks[2];
	unsigned int i;

	/* Each depth twice, from the same call site. */
	for (i = 0; i < 2 * DEPTH; i++) {
		look_deep(&looks[i % 2], i / 2);
		expect_same(test, &looks[i % 2]);
		if (i % 2)
			KUNIT_EXPECT_EQ(test, looks[0].handle, looks[1].handle);
	}
}

/* A frame whose size is only known at run time, filled with return addresses. */
static noinline void look_dynamic(struct look *look, size_t words)
{
	unsigned long *room = __builtin_alloca(words * sizeof(*room));
	size_t i;

	for (i = 0; i < words; i++)
		room[i] = _THIS_IP_;
	barrier_data(room);
	look_around(look);
	barrier_data(room);
}

static void trace_dynamic_frames(struct kunit *test)
{
	struct look look;
	unsigned int i;

	for (i = 0; i < TIMES; i++) {
		look_dynamic(&look, i * 5 % 23);
		expect_same(test, &look);
	}
}

static noinline void look_left(struct look *look)
{
	look_around(look);
	barrier();
}

static noinline void look_right(struct look *look)
{
	look_around(look);
	barrier();
}

static void trace_two_callers(struct kunit *test)
{
	struct look left, right;

	look_left(&left);
	look_right(&right);
	expect_same(test, &left);
	expect_same(test, &right);
	KUNIT_EXPECT_NE(test, left.handle, right.handle);
}

/* ---- On several CPUs at the same time ---- */

struct racer {
	struct task_struct *task;
	struct completion done;
	unsigned int wrong;
};

/* More stacks than fit into a set of seen_stacks[]: they evict each other. */
static noinline void capture_all(depot_stack_handle_t handles[2 * SEEN_WAYS])
{
	unsigned int i = 0;

	BUILD_BUG_ON(SEEN_WAYS != 4);
	handles[i++] = capture();
	handles[i++] = capture();
	handles[i++] = capture();
	handles[i++] = capture();
	handles[i++] = capture();
	handles[i++] = capture();
	handles[i++] = capture();
	handles[i++] = capture();
}

static int race(void *arg)
{
	struct racer *racer = arg;
	depot_stack_handle_t lap[2][2 * SEEN_WAYS] = {};
	unsigned int i, j;

	/* Keep the compiler from duplicating the call, which must have one address. */
	for (i = 0; i < LAPS; i++) {
		capture_all(lap[!!i]);
		racer->wrong += (i != 0) & (memcmp(lap[0], lap[1], sizeof(lap[0])) != 0);
		OPTIMIZER_HIDE_VAR(i);
		if (i % 1024 == 0)
			cond_resched();
	}
	for (i = 0; i < ARRAY_SIZE(lap[0]); i++)
		for (j = 0; j < i; j++)
			racer->wrong += lap[0][i] == lap[0][j];
	complete(&racer->done);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static void trace_race(struct kunit *test)
{
	struct racer racers[RACERS] = {};
	unsigned int i;

	for (i = 0; i < RACERS; i++) {
		init_completion(&racers[i].done);
		racers[i].task = kthread_run(race, &racers[i], "kmemleak_race");
		KUNIT_EXPECT_FALSE(test, IS_ERR(racers[i].task));
	}
	for (i = 0; i < RACERS; i++) {
		if (IS_ERR(racers[i].task))
			continue;
		wait_for_completion(&racers[i].done);
		kthread_stop(racers[i].task);
		KUNIT_EXPECT_EQ(test, racers[i].wrong, 0U);
	}
}

/* ---- In an interrupt ---- */

struct interrupt {
	struct irq_work work;
	struct completion done;
	struct look look;
};

static void interrupt_run(struct irq_work *work)
{
	struct interrupt *interrupt = container_of(work, struct interrupt, work);

	look_around(&interrupt->look);
	complete(&interrupt->done);
}

static void interrupt_look(struct interrupt *interrupt)
{
	init_completion(&interrupt->done);
	irq_work_queue(&interrupt->work);
	wait_for_completion(&interrupt->done);
	irq_work_sync(&interrupt->work);
}

static void trace_interrupts(struct kunit *test)
{
	struct interrupt *interrupt = kunit_kzalloc(test, sizeof(*interrupt),
						    GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, interrupt);
	init_irq_work(&interrupt->work, interrupt_run);
	for (i = 0; i < TIMES / 4; i++) {
		interrupt_look(interrupt);
		expect_same(test, &interrupt->look);
	}
}

/* ---- Under tracers ---- */

#ifdef CONFIG_KPROBES
/* A probe's handler has no other place to store to; one test runs at a time. */
static struct look *probed;

static noinline void look_probed(struct look *look)
{
	look_around(look);
	barrier();
}

/* Called repeatedly from one place: from the second time on, the stack may be known. */
static noinline void look_probed_again(struct kunit *test, struct look *look)
{
	unsigned int i;

	for (i = 0; i < TIMES / 4; i++) {
		look_probed(look);
		expect_same(test, look);
		if (probed)
			expect_same(test, probed);
	}
}

static int probe_enter(struct kprobe *probe, struct pt_regs *regs)
{
	look_around(probed);
	return 0;
}

static void trace_kprobe(struct kunit *test)
{
	struct kprobe probe = {
		.addr = (kprobe_opcode_t *)look_probed,
		.pre_handler = probe_enter,
	};
	struct look look, inner;

	/* Other kprobes use a breakpoint, whose context is like NMI. */
	if (!IS_ENABLED(CONFIG_KPROBES_ON_FTRACE))
		kunit_skip(test, "no kprobes on ftrace");
	look_probed_again(test, &look);
	probed = &inner;
	KUNIT_ASSERT_EQ(test, register_kprobe(&probe), 0);
	look_probed_again(test, &look);
	unregister_kprobe(&probe);
	probed = NULL;
	look_probed_again(test, &look);
}
#else
static void trace_kprobe(struct kunit *test)
{
	kunit_skip(test, "no kprobes");
}
#endif

#ifdef CONFIG_KRETPROBES
static int probe_leave(struct kretprobe_instance *instance,
		       struct pt_regs *regs)
{
	return 0;
}

static void trace_kretprobe(struct kunit *test)
{
	struct kretprobe probe = {
		.kp.addr = (kprobe_opcode_t *)look_probed,
		.handler = probe_leave,
		.maxactive = RACERS,
	};
	struct look look;

	look_probed_again(test, &look);
	/* The address of a trampoline is on the stack, but not in what is stored. */
	KUNIT_ASSERT_EQ(test, register_kretprobe(&probe), 0);
	look_probed_again(test, &look);
	unregister_kretprobe(&probe);
	KUNIT_EXPECT_EQ(test, probe.nmissed, 0);
	look_probed_again(test, &look);
}
#else
static void trace_kretprobe(struct kunit *test)
{
	kunit_skip(test, "no kretprobes");
}
#endif

#ifdef CONFIG_DYNAMIC_FTRACE
static struct look traced;

static noinline void look_traced(struct look *look)
{
	look_around(look);
	barrier();
}

static void tracer_called(unsigned long ip, unsigned long parent,
			  struct ftrace_ops *ops, struct ftrace_regs *regs)
{
	look_around(&traced);
}

static void trace_ftrace(struct kunit *test)
{
	static struct ftrace_ops tracer = { .func = tracer_called };
	struct look look;
	unsigned int i;

	KUNIT_ASSERT_EQ(test,
			ftrace_set_filter_ip(&tracer,
					     (unsigned long)look_traced, 0, 0),
			0);
	KUNIT_ASSERT_EQ(test, register_ftrace_function(&tracer), 0);
	for (i = 0; i < TIMES / 4; i++) {
		traced.handle = 0;
		look_traced(&look);
		expect_same(test, &look);
		/* The look from under the trampoline. */
		expect_same(test, &traced);
	}
	KUNIT_EXPECT_EQ(test, unregister_ftrace_function(&tracer), 0);
	ftrace_free_filter(&tracer);
}
#else
static void trace_ftrace(struct kunit *test)
{
	kunit_skip(test, "no ftrace");
}
#endif

/* ---- Cost ---- */

static void trace_known(struct kunit *test)
{
	unsigned long before = 0;
	struct look look;
	int i;

	/* The second call may learn the stack again: others evict entries. */
	for (i = 0; i < TIMES; i++) {
		if (i == 2)
			before = stat_get(STAT_STACK_UNWOUND);
		look_left(&look);
	}
	/* The rest of the kernel also allocates, but not that much. */
	if (WALK_SAME)
		KUNIT_EXPECT_LT(test, stat_get(STAT_STACK_UNWOUND) - before,
				(unsigned long)TIMES / 2);
}

static struct kunit_case trace_cases[] = {
	KUNIT_CASE(trace_depths),
	KUNIT_CASE(trace_dynamic_frames),
	KUNIT_CASE(trace_two_callers),
	KUNIT_CASE(trace_race),
	KUNIT_CASE(trace_interrupts),
	KUNIT_CASE(trace_kprobe),
	KUNIT_CASE(trace_kretprobe),
	KUNIT_CASE(trace_ftrace),
	KUNIT_CASE(trace_known),
	{}
};

static struct kunit_suite trace_suite = {
	.name = "kmemleak_trace",
	.test_cases = trace_cases,
};

kunit_test_suite(trace_suite);
