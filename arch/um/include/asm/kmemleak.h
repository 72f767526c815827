/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What User Mode Linux tells the memory leak detector; asm-generic/kmemleak.h explains it.
 */
#ifndef __UM_KMEMLEAK_H
#define __UM_KMEMLEAK_H

#include <as-layout.h>
#include <asm/processor.h>
#include <asm/sigcontext.h>

#define kmemleak_saved_sp kmemleak_saved_sp
#define kmemleak_thread_size kmemleak_thread_size
#define kmemleak_live_stacks kmemleak_live_stacks
#define kmemleak_image_page kmemleak_image_page

#define KMEMLEAK_THREAD_HOLES {						\
	KMEMLEAK_THREAD_HOLE(prev_sched),				\
	KMEMLEAK_THREAD_HOLE(arch),					\
	KMEMLEAK_THREAD_HOLE(switch_buf),				\
}

#ifdef CONFIG_64BIT
#define KMEMLEAK_FRAME_RECORDS
#define kmemleak_prefetchw kmemleak_prefetchw
#endif

#include <asm-generic/kmemleak.h>

/* Number of frames below that of __schedule(): switch_threads() and __switch_to(). */
#define KMEMLEAK_SWITCH_FRAMES	2
/* Number of registers that __schedule() saves right below its frame pointer. */
#define KMEMLEAK_SAVED_REGISTERS	5

/*
 * The lowest words of a stack are what __schedule() had in registers and on the stack.
 * One of them is the task that ran next, which may be gone by now. Skip them: registers
 * of the callers are above, where __schedule() saved them first. A task that has not
 * run yet has no frames.
 */
static inline unsigned long kmemleak_saved_sp(struct task_struct *task)
{
	unsigned long frame = KSTK_REG(task, HOST_BP), sp = KSTK_ESP(task);
	unsigned long start = sp;
	unsigned int i;

	if (!IS_ENABLED(CONFIG_FRAME_POINTER))
		return sp;
	for (i = 0; i <= KMEMLEAK_SWITCH_FRAMES; i++) {
		if (frame < start || !kmemleak_on_stack(task, frame + sizeof(long)))
			return sp;
		start = frame - KMEMLEAK_SAVED_REGISTERS * sizeof(long);
		frame = READ_ONCE_NOCHECK(*(unsigned long *)frame);
	}
	return start;
}

/* The structure holds registers of __schedule(), see above, and of user mode. */
static inline size_t kmemleak_thread_size(void)
{
	return 0;
}

/* Maximum number of frames to follow to the interrupted one; far more than there are. */
#define KMEMLEAK_IRQ_FRAMES	64

/*
 * Get the stack pointer of the task that was interrupted; 0 if it is not found. @sp is
 * on the interrupt's stack. The host saved the interrupted registers there, at its
 * upper end. Frame pointers lead from here to the interrupted frame, which is on the
 * task's stack; the saved registers are those that contain this frame pointer.
 */
static inline unsigned long kmemleak_interrupted_sp(unsigned long sp)
{
	const unsigned long end = ALIGN(sp, THREAD_SIZE);
	unsigned long word, frame = (unsigned long)__builtin_frame_address(0);
	const struct sigcontext_64 *regs;
	unsigned int depth = 0;

	while (depth++ < KMEMLEAK_IRQ_FRAMES && end - frame <= THREAD_SIZE - sizeof(long))
		frame = READ_ONCE(*(unsigned long *)frame);
	if (!kmemleak_on_stack(current, frame))
		return 0;
	for (word = sp; word + sizeof(*regs) <= end; word += sizeof(long)) {
		regs = (const struct sigcontext_64 *)word;
		if (regs->bp == frame && kmemleak_on_stack(current, regs->sp) &&
		    regs->sp <= frame)
			return regs->sp;
	}
	return 0;
}

static inline void kmemleak_live_stacks(unsigned long sp, kmemleak_stack_fn *take,
					void *data)
{
	unsigned long regs = (unsigned long)get_irq_regs();
	unsigned long stack = (unsigned long)task_stack_page(current);
	bool interrupt = !kmemleak_on_stack(current, sp);
	unsigned long start = sp;

	if (interrupt)
		start = kmemleak_on_stack(current, regs) ? regs :
			kmemleak_interrupted_sp(sp) ?: stack;
	take(data, start, stack + THREAD_SIZE);
	/* The stack of an interrupt also holds the interrupted registers. */
	if (interrupt)
		take(data, sp, ALIGN(sp, THREAD_SIZE));
	if (regs)
		take(data, regs, regs + sizeof(struct pt_regs));
}

#ifdef CONFIG_64BIT
/*
 * The compiler does not emit this instruction, because not every CPU supports it, and
 * um has no alternatives to patch it in. A 64-bit x86 CPU that does not support it
 * ignores it.
 */
static inline void kmemleak_prefetchw(const void *address)
{
	asm volatile("prefetchw %0" : : "m" (*(const char *)address));
}
#endif

/*
 * Physical memory is mapped from uml_reserved to high_physmem. Below is the image, and what
 * the host has behind it; what is there or above may not even be mapped.
 */
static inline bool kmemleak_image_page(const struct page *page)
{
	unsigned long addr = (unsigned long)page_address(page);

	return addr < uml_reserved || addr >= high_physmem;
}

#endif
