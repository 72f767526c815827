// SPDX-License-Identifier: GPL-2.0
/*
 * Roots: memory that counts as referenced whether or not a reference to it exists.
 *
 * Data and BSS are grey ranges, created once at boot, so that parts of them can be
 * freed like any other range. The module loader makes the data of modules grey. Each
 * pass finds the other roots anew, with one function for each source.
 *
 * Invariants: a root that cannot be read ends the scan without a result. Dead memory is
 * no root. A stack is read from its stack pointer up; it is
 * read as a whole only if the stack pointer is not known. The stack of a dead task is
 * not read, except while the task is still on its CPU. Stacks that belong to a CPU, for
 * interrupts and exceptions, are not read as the per-CPU variables or vmalloc memory that
 * they are.
 *
 * A task is dead if its state is TASK_DEAD; nothing else tells:
 *
 *	task that exits				marker
 *	do_task_dead():				find_ge_pid(), get_task_struct()
 *	  __state = TASK_DEAD			try_get_task_stack()
 *	  __schedule()				__state == TASK_DEAD: skip it
 *	next task, finish_task_switch():	read its thread.sp, its stack
 *	  on_cpu = 0				put_task_stack()
 *	  put_task_stack()
 *
 * The state is final. A marker that reads TASK_DEAD, however early, skips a task that
 * will not return to any frame on its stack, even if it is still on its CPU: no live
 * stack is missed. A marker that does not read it yet looks at a task that dies during
 * the scan; what the stack refers to is then left for the next scan. The two sides
 * therefore need no barrier. A zombie may still be on its way to do_task_dead(), so it
 * is not skipped; idle tasks never die.
 *
 * The reference to the stack keeps the memory of the stack, not the task. The detector
 * does not write to a task, not even to clear what is stale: show_stack(),
 * /proc/PID/stack and get_wchan() also unwind dead stacks, from the stack pointer in
 * task->thread. Stale members of a task's structure are holes instead (holes.c).
 *
 * A CPU is interrupted to copy what it holds, except in user mode, if the kernel promised
 * not to disturb it (nohz_full). Context tracking tells: its state is a counter that
 * changes with each entry to the kernel, NMIs included, and with each exit.
 *
 *	CPU that returns to user mode		marker
 *	stores of the kernel's code		state says user (acquire)
 *	state = user (full barrier)		cpu_curr_snapshot(), for mark_task()
 *	user mode				state is the same
 *
 * A CPU in user mode has no frame on its stacks, and its registers are the user's. What
 * it stored before is read later, as after an interrupt. It may enter the kernel right
 * after the check, and move an address from memory not yet read to memory already read:
 * so may a CPU that was interrupted, and verifying passes find that. A CPU's current task
 * changes in the kernel only: if the state stays the same, it was the task that was in
 * user mode, and not one that was there before or after it, whose frames matter. A guest
 * has another state, and its CPU's stack is copied.
 */
#define pr_fmt(fmt) "kmemleak: " fmt

#include <linux/atomic.h>
#include <linux/context_tracking_state.h>
#include <linux/kmemleak.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/printk.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <linux/smp.h>
#include <linux/tick.h>
#include <asm/kmemleak.h>
#include <asm/sections.h>

#include "kmemleak.h"
#include "store/hint.h"
#include "store/object.h"
#include "store/range.h"
#include "store/slot.h"
#include "store/stats.h"
#include "mark/buffer.h"
#include "mark/dead.h"
#include "mark/marker.h"
#include "mark/pass.h"
#include "mark/roots.h"
#include "mark/section.h"
#include "mark/unrecorded.h"

/* Are task stacks roots? Set by "stack=on" and "stack=off". */
bool roots_scan_stacks = true;

/* Room for a task's own stack, those of interrupts on top of it, and registers. */
#define STACK_PIECES	16

/*
 * What a CPU was doing: the live stack of its current task and, if the task was
 * interrupted, registers and the live parts of interrupt stacks. stack_capture() copies
 * them on that CPU; the copy is marked later. @lost stays set once a part found no room.
 */
struct stack_copy {
	struct task_struct *scanner;
	struct task_struct *task;
	bool lost;
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
	if (from >= to)
		return;
	if (to - from > sizeof(copy->words) - copy->bytes ||
	    copy->nr_pieces == STACK_PIECES) {
		copy->lost = true;
		return;
	}
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
 * __kmemleak_clear_dead_frames() - clear what is left of frames below the caller's
 *
 * Call this before a function that does not return soon, or ever: its frame and those
 * that it calls have gaps, where words of earlier frames would keep objects referenced.
 *
 * Context: Task; 1 KB of its stack is left.
 */
noinline void __kmemleak_clear_dead_frames(void)
{
	unsigned long frames[128];

	memzero_explicit(frames, sizeof(frames));
}

/*
 * Runs on the CPU whose stack it copies. Callee-saved registers are spilled to its own
 * frame, because nothing below that is copied.
 */
static noinline void stack_capture(void *arg)
{
	struct stack_copy *copy = arg;

	__builtin_unwind_init();
	copy->task = current;
	copy->bytes = 0;
	copy->nr_pieces = 0;
	/* mark_current() handles the scanning task. */
	if (current == copy->scanner)
		return;
	kmemleak_live_stacks(own_frame(), copy_words, copy);
}

/* Pointers in a copy count as found where they were copied from. */
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

#ifdef CONFIG_NO_HZ_FULL
/*
 * Get the state of a CPU that is in user mode and must not be disturbed; 0 for others. RCU
 * does not watch such a CPU. On those that are not in nohz_full, the state is not kept.
 */
static int undisturbed_state(int cpu)
{
	int state;

	if (!tick_nohz_full_cpu(cpu))
		return 0;
	/* Pairs with the full barrier in ct_kernel_exit_state(). */
	state = atomic_read_acquire(&per_cpu(context_tracking.state, cpu));
	if ((state & CT_RCU_WATCHING) || (state & CT_STATE_MASK) != CT_STATE_USER)
		return 0;
	return state;
}
#else
static int undisturbed_state(int cpu)
{
	return 0;
}
#endif

/* Is a task in user mode on a CPU that must not be disturbed? See above. */
static bool task_undisturbed(struct task_struct *task)
{
	int cpu = task_cpu(task), state = undisturbed_state(cpu);
	bool current_there;

	if (!state)
		return false;
	rcu_read_lock();
	current_there = cpu_curr_snapshot(cpu) == task;
	rcu_read_unlock();
	/* If the state is the same, it was when the task was looked at: barriers there. */
	return current_there && undisturbed_state(cpu) == state;
}

static void mark_cpus(struct marker *m, struct stack_copy *copy)
{
	int cpu;

	/* The call fails for a CPU that goes offline meanwhile, and runs nothing. */
	for_each_online_cpu(cpu) {
		if (undisturbed_state(cpu))
			continue;
		if (smp_call_function_single(cpu, stack_capture, copy, 1))
			continue;
		mark_copy(m, copy);
		if (mark_should_stop(m))
			break;
	}
}

/*
 * Read a task that is switched out: its stack from the saved stack pointer up, and its
 * registers. Those that are not on the stack are in its thread structure.
 */
static void mark_sleeper(struct marker *m, struct task_struct *task)
{
	unsigned long sp;

	/* The task may die right after this check, see above. */
	if (READ_ONCE(task->__state) == TASK_DEAD)
		return;
	sp = kmemleak_saved_sp(task);
	if (!kmemleak_on_stack(task, sp))
		sp = (unsigned long)end_of_stack(task);
	mark_memory(m, (void *)sp, stack_end(task) - sp);
	mark_memory(m, &task->thread, kmemleak_thread_size());
}

/*
 * Read a task, which may start or stop running at any moment. If it runs, have its CPU
 * copy the stack, unless that is empty; if it has left the CPU by then, try again.
 */
static void mark_task(struct marker *m, struct task_struct *task,
		      struct stack_copy *copy)
{
	int tries;

	for (tries = 0; tries < 3 && task_curr(task); tries++) {
		if (task_undisturbed(task))
			return;
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
 * Read the stack of the scanning task from @m->scanner_sp up. Frames below belong to
 * the scan itself, which handles addresses of objects.
 */
static void mark_current(struct marker *m)
{
	mark_memory(m, (void *)m->scanner_sp,
		    stack_end(current) - m->scanner_sp);
}

#ifdef CONFIG_SMP
/*
 * Get the first part of a CPU's static variables that is not read and ends after @from:
 * a stack, or a part of which the variable's owner said so. If there is none, it begins
 * at @end. The order of these variables in memory is not known.
 */
static struct dead_part dead_after(int cpu, unsigned long from, unsigned long end)
{
	struct dead_part first = { end, end };
	const struct kmemleak_hole *hole;
	const struct percpu_hint *hint;
	unsigned long variable;
	unsigned int nr;
	void *stack;
	size_t size;

	for (nr = 0; (stack = kmemleak_cpu_stack(cpu, nr, &size)); nr++)
		dead_first(&first, from, (unsigned long)stack, (unsigned long)stack + size);
	for (nr = 0; (hint = percpu_hint_nth(nr)); nr++) {
		variable = (unsigned long)per_cpu_ptr(hint->variable, cpu);
		for (hole = hint->holes; hole->end; hole++)
			dead_first(&first, from, variable + hole->start, variable + hole->end);
	}
	return first;
}

static void mark_percpu_of(struct marker *m, int cpu)
{
	unsigned long from = (unsigned long)__per_cpu_start + per_cpu_offset(cpu);
	unsigned long end = (unsigned long)__per_cpu_end + per_cpu_offset(cpu);
	struct dead_part dead;

	for (; from < end; from = dead.end) {
		dead = dead_after(cpu, from, end);
		if (from < dead.start)
			mark_memory(m, (void *)from, dead.start - from);
	}
}
#endif

/*
 * Read the static per-CPU variables of every possible CPU, see dead_after(). Without SMP,
 * these variables are data like any other.
 */
static void mark_percpu(struct marker *m)
{
#ifdef CONFIG_SMP
	int cpu;

	for_each_possible_cpu(cpu)
		mark_percpu_of(m, cpu);
#endif
}

/**
 * roots_mark() - mark what lost objects, per-CPU variables and stacks refer to
 * @m: the marker
 *
 * The stack of the scanning task is a root from @m->scanner_sp up.
 *
 * Context: Sleeps. Called by the scanning task.
 * Return: 0, or -ENOMEM if there is no memory to copy stacks to, or too little.
 */
noinline int roots_mark(struct marker *m)
{
	struct stack_copy *copy;
	int err = 0;

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
	if (copy->lost) {
		stat_inc(STAT_STACKS_LOST);
		pr_warn_once("the stacks of a CPU did not fit into the copy of them\n");
		err = -ENOMEM;
	}
	scan_memory_put(copy, sizeof(*copy));
	return err;
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

/**
 * roots_init() - make the kernel's data grey
 */
void __init roots_init(void)
{
	void *stack = init_stack;
	void *ro_start = __start_ro_after_init, *ro_end = __end_ro_after_init;

	root_range(_sdata, _edata);
	root_range(__bss_start, __bss_stop);
	/* Skip this if it is part of the data above. */
	if (ro_start < (void *)_sdata || ro_end > (void *)_edata)
		root_range(ro_start, ro_end);
	/* The stack of the first task lies within the data, but is no data. */
	data_unread(stack, stack + THREAD_SIZE);
	/* Init memory is freed before the first scan or, on um, stays but is unused. */
	data_unread(__init_begin, __init_end);
	/* On um, constants lie within the data: text and numbers, and no references. */
	if (ro_start >= (void *)__start_rodata && ro_end <= (void *)__end_rodata) {
		data_unread(__start_rodata, ro_start);
		data_unread(ro_end, __end_rodata);
	} else {
		data_unread(__start_rodata, __end_rodata);
	}
}

/* The stacks of CPUs are no data. Those among per-CPU variables are, without SMP. */
static void __init no_cpu_stacks(int cpu)
{
	unsigned int nr = 0;
	void *stack;
	size_t size;

	while ((stack = kmemleak_cpu_stack(cpu, nr++, &size))) {
		if (is_vmalloc_addr(stack))
			object_set_flags(RANGE_VIRT, untagged(stack), OBJ_NO_SCAN);
		else if (!IS_ENABLED(CONFIG_SMP))
			data_unread(stack, stack + size);
	}
}

/* Nor are parts of per-CPU variables of which their owners said so. */
static void __init no_percpu_holes(int cpu)
{
	const struct kmemleak_hole *hole;
	const struct percpu_hint *hint;
	const void *variable;
	unsigned int nr;

	for (nr = 0; !IS_ENABLED(CONFIG_SMP) && (hint = percpu_hint_nth(nr)); nr++) {
		variable = per_cpu_ptr(hint->variable, cpu);
		for (hole = hint->holes; hole->end; hole++)
			data_unread(variable + hole->start, variable + hole->end);
	}
}

/* Late, because stacks are allocated, and hints given, after kmemleak_init(). */
static int __init roots_late_init(void)
{
	int cpu;

	if (!kmemleak_is_on())
		return 0;
	for_each_possible_cpu(cpu) {
		no_cpu_stacks(cpu);
		no_percpu_holes(cpu);
	}
	return 0;
}
late_initcall(roots_late_init);
