/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an architecture tells the memory leak detector about its stacks, saved registers
 * and image.
 *
 * With the defaults, the detector reads more than necessary. It may then miss a leak, but
 * it does not report memory in use. There is one exception: an architecture whose
 * interrupts have stacks that are neither per-CPU variables nor vmalloc memory has to
 * provide kmemleak_live_stacks(), or objects that only an interrupt knows look leaked.
 *
 * An architecture that knows better has a header <asm/kmemleak.h>. This defines a macro
 * with the name of each function that it provides, includes this file, and then
 * provides the functions:
 *
 *	#define kmemleak_saved_sp kmemleak_saved_sp
 *	#include <asm-generic/kmemleak.h>
 *
 *	static inline unsigned long kmemleak_saved_sp(struct task_struct *task)
 *
 * Some macros stand alone. An architecture that does not define them says nothing about
 * the matter:
 *
 * KMEMLEAK_THREAD_HOLES - list { KMEMLEAK_THREAD_HOLE(member), ... } of members of
 *	struct thread_struct that may hold the address of an object but are no
 *	references: what was saved when a task left the CPU, which goes stale when the
 *	task dies.
 * KMEMLEAK_FRAME_RECORDS - with frame pointers, each frame begins with the address of its
 *	caller's frame and the return address, see kmemleak_return_address(), and stacks
 *	are aligned to THREAD_SIZE.
 * KMEMLEAK_WALK_ORC - the kernel has the ORC unwinder of x86_64.
 * kmemleak_spare_stack(cpu) - for tests: lowest words of a stack of a CPU that nothing
 *	uses as long as the machine is well; by another address than kmemleak_cpu_stack()
 *	has for it, if there is one.
 */
#ifndef _ASM_GENERIC_KMEMLEAK_H
#define _ASM_GENERIC_KMEMLEAK_H

#include <linux/kmemleak.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/prefetch.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <asm/irq_regs.h>
#include <asm/sections.h>

/**
 * typedef kmemleak_stack_fn - function that is called for a part of a stack
 * @data: the caller's argument
 * @start: lowest address of the part
 * @end: address after the part
 */
typedef void kmemleak_stack_fn(void *data, unsigned long start, unsigned long end);

/* Does @sp point into the stack of @task, or to its end if the stack is empty? */
static inline bool kmemleak_on_stack(struct task_struct *task, unsigned long sp)
{
	return (unsigned long)task_stack_page(task) + THREAD_SIZE - sp <= THREAD_SIZE;
}

#ifndef kmemleak_saved_sp
/**
 * kmemleak_saved_sp() - get the start of the live part of a sleeping task's stack
 * @task: a task that was switched out; the caller holds a reference to its stack
 *
 * The task may start to run meanwhile. Words that only the scheduler used need not be
 * in the live part.
 *
 * Return: the address. If it is not on the task's stack, the whole stack is read.
 */
static inline unsigned long kmemleak_saved_sp(struct task_struct *task)
{
	return 0;
}
#endif

#ifndef kmemleak_thread_size
/**
 * kmemleak_thread_size() - tell how much of a sleeping task's thread_struct to read
 *
 * The type may be larger than the part that a task has: it ends with room for the
 * largest state of a floating-point unit.
 *
 * Return: bytes; 0 if all registers of the scheduler's callers are on the stack.
 */
static inline size_t kmemleak_thread_size(void)
{
	return min_t(size_t, sizeof_field(struct task_struct, thread),
		     arch_task_struct_size - offsetof(struct task_struct, thread));
}
#endif

/* Find the part of the task's stack that is in use, and the registers that it left. */
static inline void kmemleak_live_task_stack(unsigned long sp, kmemleak_stack_fn *take,
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
	/* It is up to the architecture where these registers are. */
	if (regs)
		take(data, regs, regs + sizeof(struct pt_regs));
}

#ifndef kmemleak_live_stacks
/**
 * kmemleak_live_stacks() - find the stacks that this CPU is using
 * @sp: lowest address in use on the present stack
 * @take: called for each part of a stack that is in use, and for registers that an
 *	interrupt has saved elsewhere
 * @data: argument of @take
 *
 * Context: In an interrupt, or with interrupts off.
 */
static inline void kmemleak_live_stacks(unsigned long sp, kmemleak_stack_fn *take,
					void *data)
{
	kmemleak_live_task_stack(sp, take, data);
}
#endif

#ifndef kmemleak_cpu_stack
/**
 * kmemleak_cpu_stack() - find a stack that belongs to a CPU and not to a task
 * @cpu: a possible CPU
 * @nr: number of the stack: 0, 1, 2 ..., in any order
 * @size: filled in: bytes of the stack
 *
 * Such a stack is dead most of the time. It is not read as data if it is one of the
 * static per-CPU variables, or vmalloc memory that is allocated before the late
 * initcalls. The part in use has to come from kmemleak_live_stacks(). Other stacks do
 * no harm here.
 *
 * Return: its lowest address, or %NULL if there are no more.
 */
static inline void *kmemleak_cpu_stack(int cpu, unsigned int nr, size_t *size)
{
	return NULL;
}
#endif

#ifndef kmemleak_image_page
/**
 * kmemleak_image_page() - is this a page of the kernel's image, or one that may not be read?
 * @page: a page in the linear map
 *
 * The data of the image are roots anyway. Pages that are not mapped need not be told here
 * if __get_kernel_nofault() survives a fault.
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
 * Type to store a return address in the kernel. An architecture may define a smaller
 * type, which is sign-extended; the detector notices addresses that do not fit.
 */
#define kmemleak_text_t unsigned long
#endif

#ifndef kmemleak_return_address
/**
 * kmemleak_return_address() - get a return address from the word that a frame has of it
 * @word: the word, as it was read from the stack
 *
 * The two differ where return addresses are signed.
 *
 * Return: the address, as the unwinder and __builtin_return_address() have it.
 */
#define kmemleak_return_address(word)	(word)
#endif

#ifndef kmemleak_prefetchw
/**
 * kmemleak_prefetchw() - fetch a cache line that is about to be written
 * @address: any address in the line
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
