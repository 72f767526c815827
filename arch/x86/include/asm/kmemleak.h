/* SPDX-License-Identifier: GPL-2.0 */
/* What x86 tells the memory leak detector; asm-generic/kmemleak.h explains it. */
#ifndef _ASM_X86_KMEMLEAK_H
#define _ASM_X86_KMEMLEAK_H

#include <linux/types.h>
#include <asm/irq_stack.h>
#include <asm/processor.h>
#include <asm/stacktrace.h>
#include <asm/switch_to.h>

#define kmemleak_saved_sp kmemleak_saved_sp
#define kmemleak_live_stacks kmemleak_live_stacks

#ifdef CONFIG_X86_64
#define kmemleak_percpu_stack kmemleak_percpu_stack
#define KMEMLEAK_THREAD_HOLES { KMEMLEAK_THREAD_HOLE(sp) }
/* Text is in the topmost 2 GB. */
#define kmemleak_text_t s32
#define KMEMLEAK_FRAME_RECORDS
#ifdef CONFIG_UNWINDER_ORC
#define KMEMLEAK_WALK_ORC
#endif
#else
#define KMEMLEAK_THREAD_HOLES { KMEMLEAK_THREAD_HOLE(sp), KMEMLEAK_THREAD_HOLE(sp0) }
#endif

#include <asm-generic/kmemleak.h>

/*
 * The lowest words of a stack are registers of __schedule(). One of them is the task
 * that ran next, which may be gone by now. Skip them: __schedule() saved the registers
 * of its callers before. In a task that has not run yet, one of these words is the
 * argument of its function.
 */
static inline unsigned long kmemleak_saved_sp(struct task_struct *task)
{
	bool has_run = READ_ONCE(task->nvcsw) || READ_ONCE(task->nivcsw);
	unsigned long sp = READ_ONCE(task->thread.sp);

	return has_run ? sp + sizeof(struct inactive_task_frame) : sp;
}

static inline void kmemleak_live_stacks(unsigned long sp, kmemleak_stack_fn *take,
					void *data)
{
	unsigned long visited = 0;
	struct stack_info info;

	while (sp && !get_stack_info((unsigned long *)sp, current, &info, &visited)) {
		take(data, sp, (unsigned long)info.end);
		sp = (unsigned long)info.next_sp;
	}
}

#ifdef CONFIG_X86_64
DECLARE_PER_CPU_PAGE_ALIGNED(struct irq_stack, irq_stack_backing_store);

static inline void *kmemleak_percpu_stack(int cpu, size_t *size)
{
	*size = sizeof(struct irq_stack);
	return per_cpu_ptr(&irq_stack_backing_store, cpu);
}
#endif

#endif
