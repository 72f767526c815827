// SPDX-License-Identifier: GPL-2.0
/*
 * Learn from the ORC unwinder how to get from one return address to the next; walk.h
 * describes what for.
 *
 * Invariants:
 *
 * - An entry of walk_steps[] is one word, written and read at once. An entry that was
 *   overwritten is learned again.
 * - A step is kept only if it follows from the address alone, or from the frame pointer
 *   alone. To find out, take each step of the unwinder twice, with different frame
 *   pointers: a next slot that stays the same does not depend on the frame pointer, and
 *   one that moves along with it depends on nothing else.
 * - If other text takes the place of text that was freed, a step may be wrong. The
 *   addresses found by it are not those of a known stack, so the unwinder is asked
 *   again. A walk never leaves the stack, even if a step is wrong.
 */
#include "trace/walk.h"

#ifdef WALK_STEPS
#include <linux/kallsyms.h>
#include <linux/sched.h>
#include <asm/stacktrace.h>
#include <asm/syscall.h>
#include <asm/unwind.h>

static_assert(THREAD_SIZE <= STEP_BYTES);

u64 walk_steps[BIT(STEP_SETS_BITS)][STEP_WAYS];

/* How far to move the frame pointer: up, because moving down makes the unwinder warn. */
#define MOVED	((ptrdiff_t)(2 * sizeof(long)))

/*
 * do_syscall_64() may give its frame a random size. Only the entry code calls it, so
 * its own return address is right below the registers of user mode.
 */
static bool is_syscall(unsigned long address)
{
	unsigned long size, offset;

	return kallsyms_lookup_size_offset(address, &size, &offset) &&
	       address - offset == (unsigned long)do_syscall_64;
}

static void learn_step(unsigned long address, u64 step)
{
	static unsigned int turn;
	u64 key = (u64)address << 32;
	u64 *set = walk_set(address);
	unsigned int i;

	/* Use the entry of the address, else an empty one, else any. */
	for (i = 0; i < STEP_WAYS; i++)
		if (READ_ONCE(set[i]) - key <= STEP_MAX)
			break;
	/* Keep what is known if the saved frame pointer was not found this time. */
	if (i < STEP_WAYS && step >> STEP_SAVED == STEP_UNKNOWN)
		return;
	if (i == STEP_WAYS)
		for (i = 0; i < STEP_WAYS && READ_ONCE(set[i]); i++)
			;
	if (i == STEP_WAYS)
		i = turn++ % STEP_WAYS;
	WRITE_ONCE(set[i], key + step);
}

/* A step of the unwinder, from one frame to the next. */
struct step {
	unsigned long *slot, *next_slot;
	unsigned long frame, next_frame;
	bool end;
	struct pt_regs *regs;
};

static void step_take(struct step *step, struct unwind_state *state)
{
	step->slot = unwind_get_return_address_ptr(state);
	step->frame = state->bp;
	unwind_next_frame(state);
	step->end = unwind_done(state);
	step->next_slot = unwind_get_return_address_ptr(state);
	step->next_frame = state->bp;
	step->regs = state->regs;
}

/*
 * Find where a function saved the frame pointer of its caller: in the only word of its
 * frame that holds this value.
 */
static unsigned int find_saved(const struct step *real,
			       const struct step *moved)
{
	unsigned int saved = STEP_UNKNOWN;
	unsigned long *word;

	if (real->frame == real->next_frame &&
	    moved->frame == moved->next_frame)
		return STEP_UNTOUCHED;
	for (word = real->slot + 1; word < real->next_slot; word++) {
		if (READ_ONCE_NOCHECK(*word) != real->next_frame)
			continue;
		if (saved != STEP_UNKNOWN || real->next_slot - word >= STEP_UNKNOWN)
			return STEP_UNKNOWN;
		saved = real->next_slot - word;
	}
	return saved;
}

static bool on_task_stack(const void *word)
{
	return word - task_stack_page(current) < THREAD_SIZE;
}

/*
 * Learn the step from an interrupt stack to the task's stack. It starts from where the
 * word above the slot points, which is the topmost one of the interrupt stack.
 */
static void learn_switch(unsigned long address, const struct step *real,
			 const struct step *moved)
{
	unsigned long bytes = (unsigned long)real->next_slot -
			      READ_ONCE_NOCHECK(real->slot[1]);

	if (on_task_stack(real->next_slot) && !on_task_stack(real->slot) &&
	    real->next_slot == moved->next_slot && !real->regs &&
	    bytes > STEP_FRAME && bytes < THREAD_SIZE)
		learn_step(address, bytes + STEP_SWITCH);
}

/* @moved is the same step as @real, but was taken with another frame pointer. */
static void learn_frame(unsigned long address, const struct step *real,
			const struct step *moved)
{
	unsigned long bytes = (void *)real->next_slot - (void *)real->slot;
	unsigned long *frame = (unsigned long *)real->frame;

	if (real->end) {
		learn_step(address, STEP_END);
	} else if (on_task_stack(real->next_slot) != on_task_stack(real->slot)) {
		learn_switch(address, real, moved);
	} else if (real->next_slot == moved->next_slot) {
		if (bytes <= STEP_FRAME || bytes >= THREAD_SIZE)
			return;
		learn_step(address, real->regs ? bytes + STEP_REGS :
			   bytes + ((u64)find_saved(real, moved) << STEP_SAVED));
	} else if ((void *)moved->next_slot - (void *)real->next_slot == MOVED &&
		   real->next_slot == frame + 1 && !real->regs &&
		   READ_ONCE_NOCHECK(*frame) == real->next_frame) {
		learn_step(address, STEP_FRAME);
	} else if (real->next_slot + 1 ==
		   (unsigned long *)task_pt_regs(current) && is_syscall(address)) {
		learn_step(address, STEP_TOP);
	}
}

/**
 * walk_learn() - learn the steps on this stack
 * @here: where the hook was called
 *
 * Context: Any but NMI.
 */
void walk_learn(struct trace_here here)
{
	struct unwind_state state, other;
	struct step real, moved;
	unsigned long start, size;
	bool reached = false;

	if (!on_task_stack(here.frame) &&
	    !walk_irq_stack((unsigned long)here.frame, &start, &size))
		return;
	unwind_start(&state, current, NULL, NULL);
	while (!unwind_done(&state) && !state.regs) {
		unsigned long address = unwind_get_return_address(&state);

		other = state;
		other.bp += MOVED;
		step_take(&moved, &other);
		step_take(&real, &state);
		if (unwind_error(&state) || !real.slot)
			break;
		reached = reached || real.slot == here.frame + 1;
		/* Learn nothing if a tracer has replaced the address. */
		if (reached && READ_ONCE_NOCHECK(*real.slot) == address)
			learn_frame(address, &real, &moved);
	}
}

/**
 * walk_irq_stack() - find the interrupt stack that contains an address
 * @slot: the address
 * @stack: filled in: lowest address of the stack
 * @size: filled in: bytes of the stack
 *
 * Return: false if no interrupt stack of this CPU contains it.
 */
bool walk_irq_stack(unsigned long slot, unsigned long *stack,
		    unsigned long *size)
{
	struct stack_info info;

	if (get_stack_info((unsigned long *)slot, current, &info, NULL) ||
	    info.type != STACK_TYPE_IRQ)
		return false;
	*stack = (unsigned long)info.begin;
	*size = (unsigned long)info.end - (unsigned long)info.begin;
	return true;
}
#endif
