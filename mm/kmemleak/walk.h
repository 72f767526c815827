/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The return addresses on this stack, as they lie there: one load a frame, and
 * whatever it takes to know where the next one is.
 *
 * For trace.c, which asks the unwinder wherever this is not sure of itself, and
 * compares the two before it trusts a walk. Three ways:
 *
 * - Frame pointers: each frame begins with the address of the next.
 * - ORC: how far it is to the next return address depends on the address alone,
 *   but for functions whose frame has no fixed size. walk.c asks the unwinder
 *   for the distances and keeps them; those functions have none, and a stack
 *   that one is on is unwound each time.
 * - Else there is no walk.
 */
#ifndef _MM_KMEMLEAK_WALK_H
#define _MM_KMEMLEAK_WALK_H

#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/sizes.h>

#include "kmemleak.h"

#define STACK_FRAMES	16

/*
 * A polynomial in the return addresses: each step depends on the one before by
 * a multiplication alone, which hides behind the load of the next address.
 */
static __always_inline u64 hash_step(u64 hash, unsigned long address)
{
	return (hash + address) * GOLDEN_RATIO_64;
}

/* The multiplication leaves little in the low bits. */
static __always_inline u64 hash_end(u64 hash)
{
	return hash ^ hash >> 29;
}

#if defined(CONFIG_FRAME_POINTER) && \
	(defined(CONFIG_UML) || defined(CONFIG_X86_64) || defined(CONFIG_ARM64))
#define FRAME_BYTES	(2 * sizeof(long))

/**
 * walk_stack() - hash the return addresses from a hook's caller on
 * @here: where the hook was called
 * @addresses: room for %STACK_FRAMES, or %NULL
 * @nr: how many there are
 *
 * Follows the chain of frame pointers while it stays on the stack it began on;
 * stacks are aligned to their size.
 *
 * Return: the hash, 0 if the addresses are not to be known in this way.
 */
static __always_inline u64 walk_stack(const struct trace_here *here,
				      unsigned long *addresses,
				      unsigned int *nr)
{
	unsigned long frame = (unsigned long)here->frame;
	unsigned long last = (frame | (THREAD_SIZE - 1)) + 1 - FRAME_BYTES;
	unsigned int n = 0;
	u64 hash = 0;

	for (;;) {
		const unsigned long *record = (const unsigned long *)frame;

		hash = hash_step(hash, record[1]);
		if (addresses)
			addresses[n] = record[1];
		/* An odd one says that registers are there, not a frame. */
		if (++n == STACK_FRAMES || record[0] <= frame ||
		    record[0] > last || !IS_ALIGNED(record[0], sizeof(long)))
			break;
		frame = record[0];
	}
	*nr = n;
	return hash_end(hash);
}

static inline void walk_learn(const struct trace_here *here)
{
}

static inline void walk_unread(void)
{
}

#elif defined(CONFIG_UNWINDER_ORC)
#define STEP_BITS	12

/*
 * What is known of a return address: its low half, of which there are no two
 * alike in the kernel's text, above the way to the next one. That is the bytes
 * from the one slot on the stack to the other, a multiple of the word size; or
 * one of these.
 */
#define STEP_END	0	/* there is no next one */
#define STEP_REGS	1	/* added: there, registers hold what was interrupted */
#define STEP_TOP	2	/* right below the registers of user mode */
#define STEP_FRAME	4	/* where the frame pointer says */

/* Above the bytes: how many words before the next slot it was saved. */
#define STEP_SAVED	16
#define STEP_UNTOUCHED	0	/* it is as it was */
#define STEP_UNKNOWN	15

#define STEP_BYTES	(BIT(STEP_SAVED) - 1)
#define STEP_MAX	(BIT(STEP_SAVED + 4) - 1)

extern u64 walk_steps[BIT(STEP_BITS)];

static __always_inline u64 *walk_entry(unsigned long address)
{
	return &walk_steps[hash_32((u32)address, STEP_BITS)];
}

static __always_inline u64 walk_stack(const struct trace_here *here,
				      unsigned long *addresses,
				      unsigned int *nr)
{
	unsigned long stack = (unsigned long)task_stack_page(current);
	unsigned long slot = (unsigned long)(here->frame + 1);
	/* The frame pointer of the function that @slot leads back to, or 0. */
	unsigned long frame = *here->frame;
	u64 hash = 0, step;
	unsigned int n = 0;

	/* Not on an interrupt's stack. */
	if (unlikely(slot - stack >= THREAD_SIZE))
		return 0;
	for (;;) {
		unsigned long address = *(const unsigned long *)slot;

		hash = hash_step(hash, address);
		if (addresses)
			addresses[n] = address;
		*nr = ++n;
		if (n == STACK_FRAMES)
			return hash_end(hash);
		step = READ_ONCE(*walk_entry(address)) - ((u64)address << 32);
		if (unlikely(step > STEP_MAX))
			return 0;
		if (likely(step > STEP_FRAME && !(step & STEP_REGS))) {
			unsigned int saved = step >> STEP_SAVED;

			slot += step & STEP_BYTES;
			if (unlikely(slot - stack >= THREAD_SIZE))
				return 0;
			if (saved == STEP_UNKNOWN)
				frame = 0;
			else if (saved)
				frame = *((const unsigned long *)slot - saved);
		} else if (step == STEP_FRAME) {
			if (frame <= slot || !IS_ALIGNED(frame, sizeof(long)))
				return 0;
			slot = frame + sizeof(long);
			if (slot - stack >= THREAD_SIZE)
				return 0;
			frame = *(const unsigned long *)frame;
		} else if (step == STEP_TOP) {
			slot = (unsigned long)task_pt_regs(current) - sizeof(long);
			frame = 0;
		} else {
			break;
		}
	}
	/* What an interrupt in the kernel came upon is not walked. */
	if (step & STEP_REGS && slot + (step & ~STEP_REGS) !=
				(unsigned long)&task_pt_regs(current)->ip)
		return 0;
	return hash_end(hash);
}

void walk_learn(const struct trace_here *here);
void walk_unread(void);

#else
static inline u64 walk_stack(const struct trace_here *here,
			     unsigned long *addresses, unsigned int *nr)
{
	return 0;
}

static inline void walk_learn(const struct trace_here *here)
{
}

static inline void walk_unread(void)
{
}
#endif

#endif
