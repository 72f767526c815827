/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Walk over the return addresses on this stack as they lie there: this takes one load
 * for each frame, and what is needed to find the next one.
 *
 * For trace.c, which asks the unwinder if a walk fails or finds an unknown stack, and
 * relies on a walk only if both found the same addresses. There are three ways:
 *
 * - Frame pointers: each frame begins with the address of the next one.
 * - ORC: the step to the next return address depends on the address alone or, in
 *   functions whose frame has no fixed size, on the frame pointer. walk.c learns the
 *   steps from the unwinder. A stack with a step that cannot be learned is unwound each
 *   time.
 * - Otherwise there is no walk.
 *
 * walk_same() tells whether a walk would find the same addresses as an earlier one. It
 * starts from the same place, and looks only at places that the earlier walk looked at.
 */
#ifndef _MM_KMEMLEAK_TRACE_WALK_H
#define _MM_KMEMLEAK_TRACE_WALK_H

#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/sizes.h>
#include <asm/kmemleak.h>

/**
 * struct trace_here - where a hook was called
 * @caller: return address in the function that called the hook
 * @frame: the hook's frame; if there is a way to walk, it begins with the caller's
 *	frame pointer and the return address
 */
struct trace_here {
	unsigned long caller;
	const unsigned long *frame;
};

/* Use this only in a function that an allocator calls. */
#define TRACE_HERE ((struct trace_here) {				\
	.caller = _RET_IP_,						\
	.frame = __builtin_frame_address(0),				\
})

#define STACK_FRAMES	16

/**
 * struct walk_step - a return address on a stack
 * @address: the address, see kmemleak_text_t
 * @where: where it was found: offset in bytes from the lowest address of the stack
 */
struct walk_step {
	kmemleak_text_t address;
	u32 where;
};

/**
 * struct walk_frame - a frame pointer that a walk followed
 * @where: where it was saved: offset in bytes from the lowest address of the stack
 * @frame: where it pointed to: an offset of the same kind
 */
struct walk_frame {
	u16 where;
	u16 frame;
};

#define WALK_FRAMES	4

/**
 * struct walk - the return addresses on a stack
 * @nr: number of addresses
 * @fixed: walk_same() may be used: each address fits into a @step and, with ORC, the
 *	walk began on the task's stack and @frame holds all frame pointers that it
 *	followed
 * @frames: number of entries of @frame
 * @frame: frame pointers of functions whose frame has no fixed size; used with ORC only
 * @step: addresses from the hook's caller on; in a struct seen, copies of the last one
 *	fill the array
 */
struct walk {
	u16 nr;
	bool fixed;
	u8 frames;
	struct walk_frame frame[WALK_FRAMES];
	struct walk_step step[STACK_FRAMES];
};

static inline void walk_add(struct walk *walk, unsigned long address,
			    unsigned long where)
{
	struct walk_step *step = &walk->step[walk->nr++];

	step->address = address;
	step->where = where;
	if ((unsigned long)step->address != address)
		walk->fixed = false;
}

/*
 * The hash is a polynomial in the return addresses: a step waits for the previous one
 * only for an addition and a multiplication, which overlap with the load of the next
 * address.
 */
static __always_inline u64 hash_step(u64 hash, unsigned long address)
{
	return (hash + address) * GOLDEN_RATIO_64;
}

/* The multiplication mixes little into the low bits. */
static __always_inline u64 hash_end(u64 hash)
{
	return hash ^ hash >> 29;
}

#if defined(CONFIG_FRAME_POINTER) && defined(KMEMLEAK_FRAME_RECORDS)
#define WALK_SAME	1
#define FRAME_BYTES	(2 * sizeof(long))

static_assert(THREAD_SIZE <= SZ_64K);

/* Stacks are aligned to their size. */
static __always_inline unsigned long frame_stack(unsigned long frame)
{
	return frame & -(unsigned long)THREAD_SIZE;
}

/* Is @frame the last one, because @next, which was read from it, is no frame above it? */
static __always_inline bool frame_is_last(unsigned long frame,
					  unsigned long next)
{
	/* An odd @next means that it points to saved registers, not to a frame. */
	return next <= frame || !IS_ALIGNED(next, sizeof(long)) ||
	       next > frame_stack(frame) + THREAD_SIZE - FRAME_BYTES;
}

/**
 * walk_stack() - hash the return addresses from a hook's caller on
 * @here: where the hook was called
 * @walk: filled in; for walk_same() if @walk->fixed
 *
 * With frame pointers, this follows their chain while it stays on the stack where it
 * began.
 *
 * Return: the hash; 0 if the stack cannot be walked in this way.
 */
static inline u64 walk_stack(struct trace_here here, struct walk *walk)
{
	unsigned long frame = (unsigned long)here.frame;
	unsigned long stack = frame_stack(frame);
	u64 hash = 0;

	walk->nr = 0;
	walk->frames = 0;
	walk->fixed = true;
	for (;;) {
		const unsigned long *record = (const unsigned long *)frame;
		unsigned long address = kmemleak_return_address(record[1]);

		hash = hash_step(hash, address);
		walk_add(walk, address, frame - stack);
		if (walk->nr == STACK_FRAMES || frame_is_last(frame, record[0]))
			break;
		frame = record[0];
	}
	return hash_end(hash);
}

/* Compare all that a walk reads: the frame pointers and the addresses. */
static __always_inline bool walk_same(const struct walk *walk,
				      struct trace_here here)
{
	const struct walk_step *step = walk->step, *end = step + walk->nr;
	unsigned long frame = (unsigned long)here.frame, next;
	unsigned long stack = frame_stack(frame);

	if (frame - stack != step->where)
		return false;
	for (;;) {
		const unsigned long *record = (const unsigned long *)frame;

		next = record[0];
		if (kmemleak_return_address(record[1]) != (unsigned long)step->address)
			return false;
		if (++step == end)
			break;
		/* Load from the expected frame without waiting for @next. */
		frame = stack + step->where;
		OPTIMIZER_HIDE_VAR(frame);
		if (next != frame)
			return false;
	}
	return walk->nr == STACK_FRAMES || frame_is_last(frame, next);
}

static __always_inline u32 walk_hint(void)
{
	return 0;
}

static inline void walk_learn(struct trace_here here)
{
}

#elif defined(KMEMLEAK_WALK_ORC)
#define WALK_SAME	1
/* Entries of a set: addresses of one stack do not evict each other. */
#define STEP_WAYS	4
#define STEP_SETS_BITS	10

/*
 * The upper half of an entry is the low half of a return address, which is unique
 * within the kernel's text. The lower half is the step from its slot on the stack to
 * the slot of the next return address: the distance in bytes, a multiple of the word
 * size, or one of these.
 */
#define STEP_END	0	/* there is no next address */
#define STEP_REGS	1	/* added: the next slot is in registers of interrupted code */
#define STEP_TOP	2	/* right below the registers of user mode */
#define STEP_SWITCH	2	/* added: distance from where the word above the slot points */
#define STEP_FRAME	4	/* right above where the frame pointer points */

/* Above the distance: how far below the next slot the frame pointer is saved, in words. */
#define STEP_SAVED	16
#define STEP_UNTOUCHED	0	/* the function does not change it */
#define STEP_UNKNOWN	15

#define STEP_BYTES	(BIT(STEP_SAVED) - 1)
#define STEP_MAX	(BIT(STEP_SAVED + 4) - 1)

/* There is a table of steps. */
#define WALK_STEPS	1
extern u64 walk_steps[BIT(STEP_SETS_BITS)][STEP_WAYS];

bool walk_irq_stack(unsigned long slot, unsigned long *stack,
		    unsigned long *size);

static __always_inline u64 *walk_set(unsigned long address)
{
	return walk_steps[hash_32((u32)address, STEP_SETS_BITS)];
}

/* Get the step from a return address; more than STEP_MAX if it is not known. */
static __always_inline u64 walk_step(unsigned long address)
{
	const u64 *set = walk_set(address);
	unsigned int i;
	u64 step;

	for (i = 0; i < STEP_WAYS; i++) {
		step = READ_ONCE(set[i]) - ((u64)address << 32);
		if (step <= STEP_MAX)
			break;
	}
	return step;
}

/*
 * Get the next slot, which is on the task's stack, after the last one of an interrupt
 * stack. Returns 0 if it is not there.
 */
static inline unsigned long walk_switch(unsigned long slot, unsigned long end,
					unsigned long bytes)
{
	unsigned long stack = (unsigned long)task_stack_page(current), next;

	/* The word above the slot must be the topmost one of the interrupt stack. */
	if (slot + 2 * sizeof(long) != end)
		return 0;
	next = *((const unsigned long *)slot + 1) + bytes;
	return next - stack < THREAD_SIZE ? next : 0;
}

/* Get the number of the system call, which mostly differs between stacks. */
static __always_inline u32 walk_hint(void)
{
	return task_pt_regs(current)->orig_ax;
}

static inline void walk_by_frame(struct walk *walk, unsigned long stack,
				 unsigned long saved, unsigned long frame)
{
	if (walk->frames == WALK_FRAMES) {
		walk->fixed = false;
		return;
	}
	walk->frame[walk->frames].where = saved - stack;
	walk->frame[walk->frames++].frame = frame - stack;
}

static inline u64 walk_stack(struct trace_here here, struct walk *walk)
{
	unsigned long stack = (unsigned long)task_stack_page(current);
	unsigned long slot = (unsigned long)(here.frame + 1);
	/*
	 * Frame pointer of the function that @slot returns to, and where it was saved;
	 * @frame is 0 if it is not known.
	 */
	unsigned long saved = (unsigned long)here.frame;
	unsigned long frame = *here.frame;
	unsigned long size = THREAD_SIZE;
	u64 hash = 0, step;

	walk->nr = 0;
	walk->frames = 0;
	walk->fixed = true;
	if (slot - stack >= THREAD_SIZE) {
		walk->fixed = false;
		if (!walk_irq_stack(slot, &stack, &size))
			return 0;
	}
	for (;;) {
		unsigned long address = *(const unsigned long *)slot;

		hash = hash_step(hash, address);
		walk_add(walk, address, slot - stack);
		if (walk->nr == STACK_FRAMES)
			return hash_end(hash);
		step = walk_step(address);
		if (unlikely(step > STEP_MAX))
			return 0;
		if (likely(step > STEP_FRAME && !(step & (STEP_REGS | STEP_SWITCH)))) {
			unsigned int words = step >> STEP_SAVED;

			slot += step & STEP_BYTES;
			if (unlikely(slot - stack >= size))
				return 0;
			if (words == STEP_UNKNOWN) {
				frame = 0;
			} else if (words) {
				saved = slot - words * sizeof(long);
				frame = *(const unsigned long *)saved;
			}
		} else if (step == STEP_FRAME) {
			if (frame <= slot || !IS_ALIGNED(frame, sizeof(long)))
				return 0;
			slot = frame + sizeof(long);
			if (slot - stack >= size)
				return 0;
			walk_by_frame(walk, stack, saved, frame);
			saved = frame;
			frame = *(const unsigned long *)saved;
		} else if (step == STEP_TOP) {
			slot = (unsigned long)task_pt_regs(current) - sizeof(long);
			frame = 0;
		} else if (step & STEP_SWITCH) {
			slot = walk_switch(slot, stack + size,
					   (step & STEP_BYTES) - STEP_SWITCH);
			if (!slot)
				return 0;
			stack = (unsigned long)task_stack_page(current);
			size = THREAD_SIZE;
			frame = 0;
		} else {
			break;
		}
	}
	/* Do not walk past an interrupt of kernel code. */
	if (step & STEP_REGS && slot + (step & ~STEP_REGS) !=
				(unsigned long)&task_pt_regs(current)->ip)
		return 0;
	return hash_end(hash);
}

static __always_inline bool step_same(const struct walk_step *step,
				      unsigned long stack)
{
	return *(const unsigned long *)(stack + step->where) ==
	       (unsigned long)step->address;
}

/*
 * A slot and the address in it determine the next slot, on any task's stack: by the
 * distance that belongs to the address, by a frame pointer whose own place is
 * determined in the same way, or because it is right below the registers of user mode.
 * It is therefore enough to compare the addresses and these frame pointers.
 */
static __always_inline bool walk_same(const struct walk *walk,
				      struct trace_here here)
{
	unsigned long stack = (unsigned long)task_stack_page(current);
	unsigned long slot = (unsigned long)(here.frame + 1) - stack;
	const struct walk_step *step = walk->step, *end = step + walk->nr;
	unsigned int i = walk->frames;

	/* Fails on other stacks: step->where is an offset on a task's stack. */
	if (slot != step->where)
		return false;
	while (i--)
		if (*(const unsigned long *)(stack + walk->frame[i].where) !=
		    stack + walk->frame[i].frame)
			return false;
	/* Compare four at a time: copies of the last one fill the array. */
	do {
		if (!step_same(step, stack) || !step_same(step + 1, stack) ||
		    !step_same(step + 2, stack) || !step_same(step + 3, stack))
			return false;
		step += 4;
	} while (step < end);
	return true;
}

void walk_learn(struct trace_here here);

#else
#define WALK_SAME	0

static inline u64 walk_stack(struct trace_here here, struct walk *walk)
{
	return 0;
}

static inline bool walk_same(const struct walk *walk, struct trace_here here)
{
	return false;
}

static inline u32 walk_hint(void)
{
	return 0;
}

static inline void walk_learn(struct trace_here here)
{
}
#endif

#endif
