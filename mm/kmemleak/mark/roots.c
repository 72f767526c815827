// SPDX-License-Identifier: GPL-2.0
/*
 * Roots: the memory that is referred to by being what it is.
 *
 * Data and BSS are grey ranges, made once at boot, so that parts of them can be
 * given back like any other range; modules' data are grey because the module
 * loader says so. The rest is found anew by each pass, below, one function for
 * each source.
 *
 * Invariant: dead memory is no root. A stack is
 * read from its stack pointer up, never from its lowest address. The stack of a
 * dead task is not read.
 *
 * Dead is a task in state TASK_DEAD, and nothing else tells:
 *
 *	task that exits				marker
 *	do_task_dead():				find_ge_pid(), get_task_struct()
 *	  __state = TASK_DEAD			try_get_task_stack()
 *	  __schedule()				__state == TASK_DEAD: skip it
 *	next task, finish_task_switch():	read its thread.sp, its stack
 *	  on_cpu = 0				put_task_stack()
 *	  put_task_stack()
 *
 * The state is final. Whoever reads TASK_DEAD, however early, skips a task that will not
 * return to any frame on its stack, even while it is still on its CPU: no live stack is
 * missed. Whoever does not read it yet looks at a task that dies beside the scan, and
 * leaves what its stack refers to for the next one. So the two sides need no barrier. A
 * zombie may still be on its way to do_task_dead(); idle tasks never die.
 *
 * The reference to the stack keeps its memory, not its task. The detector writes nothing
 * to a task: show_stack(), /proc/PID/stack and get_wchan() unwind dead stacks, too, from
 * the stack pointer in task->thread. What is stale in a task's structure is a hole there
 * (holes.c).
 */
#include <linux/kmemleak.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <linux/smp.h>
#include <asm/kmemleak.h>
#include <asm/sections.h>

#include "../../../kernel/time/tick-internal.h"

#include "store/holes.h"
#include "store/lost.h"
#include "store/range.h"
#include "store/slot.h"
#include "mark/blacken.h"
#include "mark/buffer.h"
#include "mark/marker.h"
#include "mark/pass.h"
#include "mark/roots.h"
#include "mark/section.h"

/* Are task stacks roots? Set by "stack=on" and "stack=off". */
bool roots_scan_stacks = true;

/* A task's own stack, those of interrupts on top of it, and registers. */
#define STACK_PIECES	16

/*
 * What a CPU was doing, copied there by stack_capture() and marked later: its
 * current task's live stack and, if that was interrupted, the live part of the
 * interrupt stack.
 */
struct stack_copy {
	struct task_struct *scanner;
	struct task_struct *task;
	size_t bytes;
	unsigned int nr_pieces;
	struct {
		unsigned long from;
		size_t bytes;
	} piece[STACK_PIECES];
	unsigned long words[2 * THREAD_SIZE / sizeof(long)];
};

static void copy_words(void *data, unsigned long from, unsigned long to)
{
	struct stack_copy *copy = data;

	from = ALIGN(from, sizeof(long));
	if (from >= to || to - from > sizeof(copy->words) - copy->bytes ||
	    copy->nr_pieces == STACK_PIECES)
		return;
	copy->piece[copy->nr_pieces].from = from;
	copy->piece[copy->nr_pieces++].bytes = to - from;
	memcpy((void *)copy->words + copy->bytes, (void *)from, to - from);
	copy->bytes += to - from;
}

static unsigned long stack_end(struct task_struct *task)
{
	return (unsigned long)task_stack_page(task) + THREAD_SIZE;
}

/**
 * __kmemleak_clear_dead_frames() - forget what has run below the caller's frame
 *
 * For a frame that stays for good: those of the functions that it calls next have
 * holes, where words of what has run before would hold objects.
 *
 * Context: A task's stack with 1 KB left.
 */
noinline void __kmemleak_clear_dead_frames(void)
{
	unsigned long frames[128];

	memzero_explicit(frames, sizeof(frames));
}

/*
 * Runs on the CPU whose stack it copies. Callee-saved registers are forced into
 * this very frame, below which nothing is copied.
 */
static noinline void stack_capture(void *arg)
{
	struct stack_copy *copy = arg;

	__builtin_unwind_init();
	copy->task = current;
	copy->bytes = 0;
	copy->nr_pieces = 0;
	/* The scanning task has its own way, mark_current(). */
	if (current == copy->scanner)
		return;
	kmemleak_live_stacks(own_frame(), copy_words, copy);
}

/* Pointers in a copy are where they were copied from. */
static void mark_copy(struct marker *m, const struct stack_copy *copy)
{
	const void *start = copy->words;
	unsigned int i;

	for (i = 0; i < copy->nr_pieces; i++) {
		mark_copied_memory(m, start, copy->piece[i].bytes,
				   copy->piece[i].from);
		start += copy->piece[i].bytes;
	}
}

static void mark_cpus(struct marker *m, struct stack_copy *copy)
{
	int cpu;

	/* One that goes offline meanwhile refuses, and runs nothing. */
	for_each_online_cpu(cpu) {
		if (smp_call_function_single(cpu, stack_capture, copy, 1))
			continue;
		mark_copy(m, copy);
		if (mark_should_stop(m))
			break;
	}
}

/*
 * A switched-out task: its stack from where it left off, and what was in its
 * registers. Where that is not on its stack, it is in its thread structure.
 */
static void mark_sleeper(struct marker *m, struct task_struct *task)
{
	unsigned long sp;

	/* It may die right behind this, see above. */
	if (READ_ONCE(task->__state) == TASK_DEAD)
		return;
	sp = kmemleak_saved_sp(task);
	if (!kmemleak_on_stack(task, sp))
		sp = (unsigned long)end_of_stack(task);
	mark_memory(m, (void *)sp, stack_end(task) - sp);
	mark_memory(m, &task->thread, kmemleak_thread_size());
}

/*
 * A task may start or stop running at any moment. One that runs is asked for
 * its stack where it runs; by then it may have moved on, and is tried again.
 */
static void mark_task(struct marker *m, struct task_struct *task,
		      struct stack_copy *copy)
{
	int tries;

	for (tries = 0; tries < 3 && task_curr(task); tries++) {
		if (smp_call_function_single(task_cpu(task), stack_capture,
					     copy, 1))
			break;
		if (copy->task == task) {
			mark_copy(m, copy);
			return;
		}
	}
	mark_sleeper(m, task);
}

static void mark_tasks(struct marker *m, struct stack_copy *copy)
{
	struct task_struct *task;
	struct pid *pid;
	int nr = 1, cpu;

	for (; !mark_should_stop(m); nr++) {
		rcu_read_lock();
		pid = find_ge_pid(nr, &init_pid_ns);
		task = pid ? pid_task(pid, PIDTYPE_PID) : NULL;
		if (task)
			get_task_struct(task);
		nr = pid ? pid_nr(pid) : 0;
		rcu_read_unlock();
		if (!pid)
			break;
		if (task) {
			if (task != current && try_get_task_stack(task)) {
				mark_task(m, task, copy);
				put_task_stack(task);
			}
			put_task_struct(task);
		}
		cond_resched();
	}

	for_each_online_cpu(cpu) {
		task = idle_task(cpu);
		if (!task_curr(task))
			mark_sleeper(m, task);
	}
}

/*
 * The task that scans: from the frame of its caller up. All below belongs to
 * the scan itself, which handles addresses of objects.
 */
static void mark_current(struct marker *m)
{
	mark_memory(m, (void *)m->scanner_sp,
		    stack_end(current) - m->scanner_sp);
}

#ifdef CONFIG_SMP
/* Some memory, less the holes of a structure that lies in it. */
static void mark_around(struct marker *m, void *start, void *end, void *object,
			const struct kmemleak_hole *hole)
{
	for (; hole->end; hole++) {
		mark_memory(m, start, object + hole->start - start);
		start = object + hole->end;
	}
	mark_memory(m, start, end - start);
}

static void mark_percpu_of(struct marker *m, int cpu)
{
	void *start = __per_cpu_start + per_cpu_offset(cpu);
	void *end = __per_cpu_end + per_cpu_offset(cpu);
	size_t size = 0;
	void *stack = kmemleak_percpu_stack(cpu, &size);

	/* Whole pages come first. */
	if (stack) {
		mark_memory(m, start, stack - start);
		start = stack + size;
	}
	mark_around(m, start, end, per_cpu_ptr(&hrtimer_bases, cpu), timer_holes);
}
#endif

/*
 * Static per-CPU variables of every possible CPU, less its interrupt stack and what
 * its timers' base remembers. Without SMP they are data like any other.
 */
static void mark_percpu(struct marker *m)
{
#ifdef CONFIG_SMP
	int cpu;

	for_each_possible_cpu(cpu)
		mark_percpu_of(m, cpu);
#endif
}

/*
 * A lost object, or one of its copies, of which @start is the first byte. Any part of it
 * may be freed meanwhile.
 */
static void mark_lost_copy(struct marker *m, const struct lost_range *lost,
			   unsigned long start)
{
	const unsigned long bytes = lost->last - lost->start;
	unsigned long at = 0, size;

	do {
		size = min(bytes - at, CHUNK_BYTES - 1UL) + 1;
		mark_lost_chunk(m->worker[0], lost->space, lost->start + at, start + at, size);
		at += size;
	} while (at <= bytes && at && !m->stop);
}

/* Objects that could not be recorded, by where they are. */
static void mark_lost(struct marker *m)
{
	unsigned int nr = UINT_MAX;
	struct lost_range lost;
	unsigned long start;
	int cpu;

	while (!m->stop && lost_before(&nr, &lost)) {
		start = space_address(lost.space, lost.start, lost.last);
		if (lost.space == RANGE_PERCPU)
			for_each_possible_cpu(cpu)
				mark_lost_copy(m, &lost, (unsigned long)
					       per_cpu_ptr((void __percpu __force *)start, cpu));
		else if (start)
			mark_lost_copy(m, &lost, start);
		mark_drain(m);
	}
}

/**
 * roots_mark() - mark what lost objects, per-CPU variables and stacks refer to
 * @m: the marker
 *
 * Context: Sleeps. The caller's own stack is a root from the frame of its
 * caller on.
 * Return: 0, or -ENOMEM if there is no memory to copy stacks to.
 */
noinline int roots_mark(struct marker *m)
{
	struct stack_copy *copy;

	mark_lost(m);
	mark_percpu(m);
	mark_drain(m);

	if (!READ_ONCE(roots_scan_stacks))
		return 0;
	copy = scan_memory_get(sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	copy->scanner = current;
	mark_current(m);
	mark_cpus(m, copy);
	mark_tasks(m, copy);
	mark_drain(m);
	scan_memory_put(copy, sizeof(*copy));
	return 0;
}

static void __init root_range(void *start, void *end)
{
	struct slot slot = {
		.birth = (u32)jiffies,
		.state = OBJ_LIVE | OBJ_GREY,
	};

	if (start < end)
		range_insert(RANGE_VIRT, (unsigned long)start, end - start, 0,
			     &slot, GFP_KERNEL);
}

/* Nothing happens where no part of it is a root. */
static void __init no_root(const void *start, const void *end)
{
	if (start < end)
		range_cut(RANGE_VIRT, (unsigned long)start, end - start);
}

/**
 * roots_init() - make the kernel's data grey
 */
void __init roots_init(void)
{
	void *stack = init_stack;
	void *ro_start = __start_ro_after_init, *ro_end = __end_ro_after_init;

	/* The stack of the first task lies amid the data and is none of it. */
	if (stack >= (void *)_sdata && stack < (void *)_edata) {
		root_range(_sdata, stack);
		root_range(stack + THREAD_SIZE, _edata);
	} else {
		root_range(_sdata, _edata);
	}
	root_range(__bss_start, __bss_stop);
	/* Where it is no part of the above. */
	if (ro_start < (void *)_sdata || ro_end > (void *)_edata)
		root_range(ro_start, ro_end);
	if (!IS_ENABLED(CONFIG_SMP)) {
		void *timers = this_cpu_ptr(&hrtimer_bases);
		const struct kmemleak_hole *hole;

		for (hole = timer_holes; hole->end; hole++)
			no_root(timers + hole->start, timers + hole->end);
	}
	/* Before a scan, init memory is freed or, on um, dead where it lies. */
	no_root(__init_begin, __init_end);
	/* On um constants lie amid the data: text and numbers, and no references. */
	if (ro_start >= (void *)__start_rodata && ro_end <= (void *)__end_rodata) {
		no_root(__start_rodata, ro_start);
		no_root(ro_end, __end_rodata);
	} else {
		no_root(__start_rodata, __end_rodata);
	}
}
