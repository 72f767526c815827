/* SPDX-License-Identifier: GPL-2.0 */
/* What x86 tells the memory leak detector; asm-generic/kmemleak.h explains it. */
#ifndef _ASM_X86_KMEMLEAK_H
#define _ASM_X86_KMEMLEAK_H

#include <linux/build_bug.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/types.h>
#include <asm/cpu_entry_area.h>
#include <asm/irq_stack.h>
#include <asm/pgtable_types.h>
#include <asm/processor.h>
#include <asm/stacktrace.h>
#include <asm/switch_to.h>

#define kmemleak_saved_sp kmemleak_saved_sp
#define kmemleak_live_stacks kmemleak_live_stacks

#ifdef CONFIG_X86_64
#define kmemleak_cpu_stack kmemleak_cpu_stack
/* Only double faults use it. */
#define kmemleak_spare_stack(cpu) \
	((unsigned long *)per_cpu(cea_exception_stacks, cpu)->DF_stack)
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

/*
 * Find a per-CPU variable by its mapping in the CPU's entry area: the variables that hold
 * stacks are static.
 */
static inline void *kmemleak_mapped_variable(const void *mapping)
{
	phys_addr_t phys = slow_virt_to_phys((void *)mapping);

	return IS_ENABLED(CONFIG_SMP) ? __va(phys) :
	       (void *)(phys - phys_base + __START_KERNEL_map);
}

/*
 * Interrupts are off while a CPU uses one of its exception stacks or its entry stack, so a
 * scan, which interrupts the CPU to read its stacks, finds no frames there. If it ever
 * did, get_stack_info() would find the part in use. What the handler of such an exception
 * alone refers to is referred to from other memory again microseconds later, and before.
 */
static inline void *kmemleak_cpu_stack(int cpu, unsigned int nr, size_t *size)
{
	static_assert(offsetof(struct exception_stacks, DF_stack) == 0);

	switch (nr) {
	case 0:
		*size = sizeof(struct irq_stack);
		return per_cpu_ptr(&irq_stack_backing_store, cpu);
	case 1:
		*size = sizeof(struct exception_stacks);
		return kmemleak_mapped_variable(per_cpu(cea_exception_stacks, cpu)->DF_stack);
	case 2:
		*size = sizeof(struct entry_stack_page);
		return kmemleak_mapped_variable(cpu_entry_stack(cpu));
	default:
		return NULL;
	}
}
#endif

#endif
