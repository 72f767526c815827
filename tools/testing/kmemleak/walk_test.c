// SPDX-License-Identifier: GPL-2.0
/*
 * mm/kmemleak/trace/walk.h on an architecture with frame pointers that signs return
 * addresses, as arm64 does: each task with a key of its own, and with the address of the
 * frame. The same calls are found again on the stack of another task, and others are not.
 *
 * TAP on standard output, exit status 1 if a test fails.
 */
#include <stdint.h>
#include <stdio.h>

/* trace.h stands for the header that is tested here. */
#undef _MM_KMEMLEAK_TRACE_WALK_H
#undef TRACE_HERE
#define trace_here walk_here

#define CONFIG_FRAME_POINTER
#define KMEMLEAK_FRAME_RECORDS
#define THREAD_SIZE		0x4000UL
#define kmemleak_text_t		unsigned long
/* Signatures are in bits 48 to 54. */
#define SIGNATURE		(0x7fUL << 48)
#define kmemleak_return_address(word)	((word) | SIGNATURE)

#include "trace/walk.h"

#define TEXT	0xffff800010000000UL
/* Frames: one word of the function itself lies between two of them. */
#define DEPTH	9
#define FRAME	3

static unsigned long stack[2][THREAD_SIZE / sizeof(long)] __aligned(THREAD_SIZE);

static unsigned long sign(unsigned long address, unsigned long key, unsigned long where)
{
	return (address & ~SIGNATURE) | (((key + where) * GOLDEN_RATIO_64) & SIGNATURE);
}

/* Put the frames of a call on a stack. */
static struct trace_here call(unsigned int task, unsigned long text)
{
	unsigned int i, top = THREAD_SIZE / sizeof(long) - DEPTH * FRAME - 2;
	unsigned long *frame = &stack[task][top];
	struct trace_here here = { .caller = text, .frame = frame };

	for (i = 0; i < DEPTH; i++, frame += FRAME) {
		frame[0] = i == DEPTH - 1 ? 0 : (unsigned long)(frame + FRAME);
		frame[1] = sign(text + i * 64, task + 1, frame - stack[task]);
	}
	return here;
}

static int failed;

static void expect(bool right, const char *what)
{
	printf("%s 0 - walk: %s\n", right ? "ok" : "not ok", what);
	failed |= !right;
}

int main(void)
{
	struct walk walk, other;
	struct trace_here here = call(0, TEXT);
	u64 hash = walk_stack(here, &walk);

	expect(walk.nr == DEPTH && walk.step[1].address == TEXT + 64,
	       "signed addresses are those that the unwinder sees");
	here = call(1, TEXT);
	expect(walk_stack(here, &other) == hash, "another task's stack has the same hash");
	expect(walk_same(&walk, here), "another task's stack is the one that was seen");
	here = call(1, TEXT + 32);
	expect(walk_stack(here, &other) != hash && !walk_same(&walk, here),
	       "other calls are told apart");
	return failed;
}
