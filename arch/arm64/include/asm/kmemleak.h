/* SPDX-License-Identifier: GPL-2.0 */
/* What arm64 tells the memory leak detector; asm-generic/kmemleak.h explains it. */
#ifndef __ASM_KMEMLEAK_H
#define __ASM_KMEMLEAK_H

#define kmemleak_saved_sp(task)	thread_saved_sp(task)

/* Callee-saved registers, including the stack pointer. */
#define KMEMLEAK_THREAD_HOLES { KMEMLEAK_THREAD_HOLE(cpu_context) }

#define KMEMLEAK_FRAME_RECORDS

/*
 * With pointer authentication, each task signs with a key of its own, and the signature
 * depends on the stack pointer. What is known of one stack must do for another.
 */
#define kmemleak_return_address(word)	ptrauth_strip_kernel_insn_pac(word)

#include <linux/compiler.h>
#include <asm/processor.h>
#include <asm/thread_info.h>
#include <asm-generic/kmemleak.h>

#endif
