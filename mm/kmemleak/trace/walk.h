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
 *
 * walk_same() asks whether a walk would find what an earlier one found. It goes
 * from where that one began, along the places that it looked at.
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
 * @frame: the hook's frame, with frame pointers: the caller's frame pointer,
 *	then the return address
 */
struct trace_here {
	unsigned long caller;
	const unsigned long *frame;
};

/* For the function that an allocator calls, and no other. */
#define TRACE_HERE ((struct trace_here) {				\
	.caller = _RET_IP_,						\
	.frame = __builtin_frame_address(0),				\
})

#define STACK_FRAMES	16

/**
 * struct walk_step - a return address, as it lies on a stack
 * @address: the address, see kmemleak_text_t
 * @where: where it lies: bytes from the lowest of the stack on
 */
struct walk_step {
	kmemleak_text_t address;
	u32 where;
};

/**
 * struct walk_frame - a frame pointer that a walk went by
 * @where: where it was saved: bytes from the lowest of the stack on
 * @frame: what it pointed to, in the same way
 */
struct walk_frame {
	u16 where;
	u16 frame;
};

#define WALK_FRAMES	4

/**
 * struct walk - the return addresses on a stack
 * @nr: how many
 * @fixed: they lay where the first one, the addresses, and @frame say, and in a
 *	@step each of them is as it was
 * @frames: how many there are of @frame
 * @frame: of functions whose frame has no fixed size
 * @step: from the hook's caller on; the last one fills what is left
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

#if defined(CONFIG_FRAME_POINTER) && defined(KMEMLEAK_FRAME_RECORDS)
#define WALK_SAME	1
#define FRAME_BYTES	(2 * sizeof(long))

static_assert(THREAD_SIZE <= SZ_64K);

/* Stacks are aligned to their size. */
static __always_inline unsigned long frame_stack(unsigned long frame)
{
	return frame & -(unsigned long)THREAD_SIZE;
}

/* Is there no frame at @next, of the function that called that of @frame? */
static __always_inline bool frame_is_last(unsigned long frame,
					  unsigned long next)
{
	/* An odd one says that registers are there, not a frame. */
	return next <= frame || !IS_ALIGNED(next, sizeof(long)) ||
	       next > frame_stack(frame) + THREAD_SIZE - FRAME_BYTES;
}

/**
 * walk_stack() - hash the return addresses from a hook's caller on
 * @here: where the hook was called
 * @walk: what there is; to be used by walk_same() if @fixed
 *
 * Follows the chain of frame pointers while it stays on the stack it began on.
 *
 * Return: the hash, 0 if the addresses are not to be known in this way.
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

		hash = hash_step(hash, record[1]);
		walk_add(walk, record[1], frame - stack);
		if (walk->nr == STACK_FRAMES || frame_is_last(frame, record[0]))
			break;
		frame = record[0];
	}
	return hash_end(hash);
}

/* What is compared are the frame pointers and the addresses, so all of a walk. */
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
		if (record[1] != (unsigned long)step->address)
			return false;
		if (++step == end)
			break;
		/* Known before @next is there. */
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
/* Sets of so many: addresses of one stack do not put each other out. */
#define STEP_WAYS	4
#define STEP_SETS_BITS	10

/*
 * What is known of a return address: its low half, of which there are no two
 * alike in the kernel's text, above the way to the next one. That is the bytes
 * from the one slot on the stack to the other, a multiple of the word size; or
 * one of these.
 */
#define STEP_END	0	/* there is no next one */
#define STEP_REGS	1	/* added: there, registers hold what was interrupted */
#define STEP_TOP	2	/* right below the registers of user mode */
#define STEP_SWITCH	2	/* added: from where the word behind the slot says */
#define STEP_FRAME	4	/* where the frame pointer says */

/* Above the bytes: how many words before the next slot it was saved. */
#define STEP_SAVED	16
#define STEP_UNTOUCHED	0	/* it is as it was */
#define STEP_UNKNOWN	15

#define STEP_BYTES	(BIT(STEP_SAVED) - 1)
#define STEP_MAX	(BIT(STEP_SAVED + 4) - 1)

/* There is a table of distances. */
#define WALK_STEPS	1
extern u64 walk_steps[BIT(STEP_SETS_BITS)][STEP_WAYS];

bool walk_irq_stack(unsigned long slot, unsigned long *stack,
		    unsigned long *size);

static __always_inline u64 *walk_set(unsigned long address)
{
	return walk_steps[hash_32((u32)address, STEP_SETS_BITS)];
}

/* The step from a return address; more than STEP_MAX if that is not known. */
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

/* Behind an interrupt's stack comes the task's. Returns 0 if it does not. */
static inline unsigned long walk_switch(unsigned long slot, unsigned long end,
					unsigned long bytes)
{
	unsigned long stack = (unsigned long)task_stack_page(current), next;

	/* The word is the topmost one there. */
	if (slot + 2 * sizeof(long) != end)
		return 0;
	next = *((const unsigned long *)slot + 1) + bytes;
	return next - stack < THREAD_SIZE ? next : 0;
}

/* Something that most often is another number for another stack. */
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
	 * The frame pointer of the function that @slot leads back to, or 0, and
	 * where it was saved.
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
	/* What an interrupt in the kernel came upon is not walked. */
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
 * From a given place on the stack and the address there, the next place follows,
 * on any task's stack: by a distance that is the address's own, by a frame pointer
 * that was saved in a place which follows as well, or as that right below the
 * registers of user mode. So the addresses and these are all there is to compare.
 */
static __always_inline bool walk_same(const struct walk *walk,
				      struct trace_here here)
{
	unsigned long stack = (unsigned long)task_stack_page(current);
	unsigned long slot = (unsigned long)(here.frame + 1) - stack;
	const struct walk_step *step = walk->step, *end = step + walk->nr;
	unsigned int i = walk->frames;

	/* Which is nowhere but on the task's stack. */
	if (slot != step->where)
		return false;
	while (i--)
		if (*(const unsigned long *)(stack + walk->frame[i].where) !=
		    stack + walk->frame[i].frame)
			return false;
	/* By fours: behind the last one are more of the same. */
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
