/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an architecture tells the memory leak detector about its stacks, its saved
 * registers and its image.
 *
 * Every default is safe: the detector reads more than it has to. It may miss a leak
 * then, but it does not report memory in use.
 *
 * An architecture that knows better has an <asm/kmemleak.h>. It defines a macro with the
 * name of each function that it provides, includes this file, and provides them:
 *
 *	#define kmemleak_saved_sp kmemleak_saved_sp
 *	#include <asm-generic/kmemleak.h>
 *
 *	static inline unsigned long kmemleak_saved_sp(struct task_struct *task)
 *
 * Some things are told by macros alone; without them, nothing of the kind is known:
 *
 * KMEMLEAK_THREAD_HOLES - { KMEMLEAK_THREAD_HOLE(member), ... } of members of struct
 *	thread_struct that may hold the address of an object without being a reference
 *	to it: what a task left the CPU with, which goes stale when the task dies.
 * KMEMLEAK_FRAME_RECORDS - with frame pointers, each frame begins with the address of its
 *	caller's frame and the return address, and stacks are aligned to THREAD_SIZE.
 * KMEMLEAK_WALK_ORC - the ORC unwinder is that of x86_64.
 */
#ifndef _ASM_GENERIC_KMEMLEAK_H
#define _ASM_GENERIC_KMEMLEAK_H

#include <linux/kmemleak.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/prefetch.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <asm/irq_regs.h>
#include <asm/sections.h>

/**
 * typedef kmemleak_stack_fn - take a part of a stack
 * @data: the caller's
 * @start: its lowest address
 * @end: the address behind it
 */
typedef void kmemleak_stack_fn(void *data, unsigned long start, unsigned long end);

/* Is @sp a stack pointer on the stack of @task, which may be empty? */
static inline bool kmemleak_on_stack(struct task_struct *task, unsigned long sp)
{
	return (unsigned long)task_stack_page(task) + THREAD_SIZE - sp <= THREAD_SIZE;
}

#ifndef kmemleak_saved_sp
/**
 * kmemleak_saved_sp() - where the live part of a sleeping task's stack begins
 * @task: a task that was switched out; the caller holds its stack
 *
 * The task may begin to run meanwhile. Words that only the scheduler used need not be in
 * the live part.
 *
 * Return: the address. If it is not on the task's stack, all of that is read.
 */
static inline unsigned long kmemleak_saved_sp(struct task_struct *task)
{
	return 0;
}
#endif

#ifndef kmemleak_thread_size
/**
 * kmemleak_thread_size() - how much of a sleeping task's struct thread_struct is read
 *
 * The type may be larger than its copy in a task: it ends with the largest state of a
 * floating-point unit.
 *
 * Return: bytes; 0 if the registers that callers of the scheduler own are on the stack.
 */
static inline size_t kmemleak_thread_size(void)
{
	return min_t(size_t, sizeof_field(struct task_struct, thread),
		     arch_task_struct_size - offsetof(struct task_struct, thread));
}
#endif

#ifndef kmemleak_live_stacks
/**
 * kmemleak_live_stacks() - show the stacks that this CPU is using
 * @sp: the lowest address in use of the present stack
 * @take: is called for each part of a stack in use, and for the registers that an
 *	interrupt saved elsewhere
 * @data: for @take
 *
 * Context: An interrupt, or with interrupts off.
 */
static inline void kmemleak_live_stacks(unsigned long sp, kmemleak_stack_fn *take,
					void *data)
{
	unsigned long start = (unsigned long)task_stack_page(current);
	unsigned long regs = (unsigned long)get_irq_regs();
	unsigned long end = start + THREAD_SIZE;

	if (kmemleak_on_stack(current, sp))
		start = sp;
	else if (kmemleak_on_stack(current, regs))
		start = regs;
	take(data, start, end);
	/* The architecture keeps them wherever it likes. */
	if (regs)
		take(data, regs, regs + sizeof(struct pt_regs));
}
#endif

#ifndef kmemleak_percpu_stack
/**
 * kmemleak_percpu_stack() - a stack among the static per-CPU variables
 * @cpu: the CPU
 * @size: is set to the bytes of the stack, if there is one
 *
 * kmemleak_live_stacks() shows the part of it in use.
 *
 * Return: its lowest address, or %NULL.
 */
static inline void *kmemleak_percpu_stack(int cpu, size_t *size)
{
	return NULL;
}
#endif

#ifndef kmemleak_image_page
/**
 * kmemleak_image_page() - is this a page of the kernel's image?
 * @page: a page that is in the linear map
 *
 * The data of the image are roots on their own account.
 *
 * Return: true if it is.
 */
static inline bool kmemleak_image_page(const struct page *page)
{
	return page_to_pfn(page) >= PFN_DOWN(__pa_symbol(_stext)) &&
	       page_to_pfn(page) < PFN_UP(__pa_symbol(_end));
}
#endif

#ifndef kmemleak_text_t
/*
 * A return address in the kernel. An architecture may have a smaller type that is
 * sign-extended to it; what does not fit is noticed.
 */
#define kmemleak_text_t unsigned long
#endif

#ifndef kmemleak_prefetchw
/**
 * kmemleak_prefetchw() - fetch a cache line that is about to be written
 * @address: in the line
 */
static inline void kmemleak_prefetchw(const void *address)
{
	prefetchw(address);
}
#endif

#define KMEMLEAK_THREAD_HOLE(member) KMEMLEAK_HOLE(struct task_struct, thread.member)

#ifndef KMEMLEAK_THREAD_HOLES
#define KMEMLEAK_THREAD_HOLES { }
#endif

#endif
