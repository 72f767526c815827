/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frames and stacks as reports name them, each kept once: two stacks are the same
 * if their pointers are, also across reports that were read into one set.
 */
#ifndef KMEMLEAK_STACKS_H
#define KMEMLEAK_STACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More frames than any detector records; what is beyond is dropped. */
#define STACK_MAX	64

/**
 * struct source_line - a function that a frame is in
 * @function: its name
 * @file: of its source, relative to the kernel tree where that is known
 * @line: where in it; 0 if that is not known
 * @inlined: the next line is the function that this was inlined into
 */
struct source_line {
	const char *function;
	const char *file;
	int line;
	bool inlined;
};

/**
 * struct frame - a return address as a report names it
 * @text: "function+0x12/0x34 [module]", printable ASCII
 * @function: NULL if the text names none, as for a bare address
 * @module: NULL for the kernel itself
 * @offset: from the function's start
 * @size: of the function; 0 if that is not told
 * @nr_lines: entries of @lines, 0 until symbols_decode() finds some
 * @lines: innermost first; all but the last are inlined
 */
struct frame {
	const char *text;
	const char *function;
	const char *module;
	uint64_t offset;
	uint64_t size;
	unsigned int nr_lines;
	struct source_line *lines;
};

/**
 * struct stack - where something was allocated
 * @nr: frames
 * @frame: innermost first
 */
struct stack {
	unsigned int nr;
	struct frame *frame[];
};

struct stacks;

/**
 * stacks_new() - an empty set
 *
 * Return: the set; stacks_free() frees it and all that is in it.
 */
struct stacks *stacks_new(void);
void stacks_free(struct stacks *stacks);

/**
 * stacks_frame() - the frame of a text
 * @stacks: the set
 * @text: as in a report; the address in "[<address>] " before it is no part of it
 * @length: bytes of it
 *
 * Return: the frame, which lives as long as the set.
 */
struct frame *stacks_frame(struct stacks *stacks, const char *text, size_t length);

/**
 * stacks_stack() - the stack of these frames
 * @stacks: the set they are from
 * @frame: innermost first
 * @nr: how many
 *
 * Return: the stack, which lives as long as the set.
 */
struct stack *stacks_stack(struct stacks *stacks, struct frame *const *frame,
			   unsigned int nr);

/**
 * stacks_each_frame() - call a function for each frame of a set, in order of coming
 * @stacks: the set
 * @call: the function
 * @context: what it is given
 */
void stacks_each_frame(struct stacks *stacks,
		       void (*call)(struct frame *frame, void *context),
		       void *context);

/**
 * function_allocates() - is a function of the kernel an allocator, by its name?
 * @function: the name
 *
 * Return: true as for the detector's own count of sites (mm/kmemleak/frames.c).
 */
bool function_allocates(const char *function);

/**
 * stack_site() - the frame that is to blame
 * @stack: the stack
 *
 * Return: the innermost one that is no allocator; NULL if there is none.
 */
const struct frame *stack_site(const struct stack *stack);

/**
 * frame_site_line() - the line in a frame that is to blame
 * @frame: the frame
 *
 * Return: the innermost line that is no inlined allocator; NULL if the frame was not
 * decoded.
 */
const struct source_line *frame_site_line(const struct frame *frame);

/**
 * frame_parse() - understand the text of a frame
 * @text: the text, which is cut into pieces
 * @frame: its function, module, offset and size are set
 *
 * Return: false if the text is no frame's.
 */
bool frame_parse(char *text, struct frame *frame);

#endif
