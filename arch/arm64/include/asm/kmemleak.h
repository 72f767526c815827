/* SPDX-License-Identifier: GPL-2.0 */
/* What arm64 tells the memory leak detector; asm-generic/kmemleak.h explains it. */
#ifndef __ASM_KMEMLEAK_H
#define __ASM_KMEMLEAK_H

#define kmemleak_saved_sp(task)	thread_saved_sp(task)
#define kmemleak_live_stacks kmemleak_live_stacks
#define kmemleak_cpu_stack kmemleak_cpu_stack

/* Callee-saved registers, including the stack pointer. */
#define KMEMLEAK_THREAD_HOLES { KMEMLEAK_THREAD_HOLE(cpu_context) }

#define KMEMLEAK_FRAME_RECORDS

/*
 * With pointer authentication, each task signs with a key of its own, and the signature
 * depends on the stack pointer. What is known of one stack must do for another.
 */
#define kmemleak_return_address(word)	ptrauth_strip_kernel_insn_pac(word)

#include <linux/compiler.h>
#include <linux/percpu.h>
#include <asm/memory.h>
#include <asm/processor.h>
#include <asm/stacktrace.h>
#include <asm/thread_info.h>
#include <asm-generic/kmemleak.h>

static inline void kmemleak_live_stacks(unsigned long sp, kmemleak_stack_fn *take,
					void *data)
{
	const struct stack_info irq = stackinfo_get_irq();

	kmemleak_live_task_stack(sp, take, data);
	if (stackinfo_on_stack(&irq, sp, 1))
		take(data, sp, irq.high);
}

/*
 * Interrupts and softirqs share a stack, in vmalloc memory if CONFIG_VMAP_STACK is set. The
 * overflow stack is used on the way to a panic. The firmware's events, which may have no
 * stacks, come with interrupts off, so that a scan never interrupts them.
 */
static inline void *kmemleak_cpu_stack(int cpu, unsigned int nr, size_t *size)
{
	switch (nr) {
	case 0:
		*size = IRQ_STACK_SIZE;
		return per_cpu(irq_stack_ptr, cpu);
#ifdef CONFIG_VMAP_STACK
	case 1:
		*size = OVERFLOW_STACK_SIZE;
		return per_cpu(overflow_stack, cpu);
#ifdef CONFIG_ARM_SDE_INTERFACE
	case 2:
		*size = SDEI_STACK_SIZE;
		return per_cpu(sdei_stack_normal_ptr, cpu);
	case 3:
		*size = SDEI_STACK_SIZE;
		return per_cpu(sdei_stack_critical_ptr, cpu);
#endif
#endif
	default:
		return NULL;
	}
}

#endif
