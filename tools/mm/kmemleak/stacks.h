/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sets of frames and stacks, each stored once: two stacks are equal if their pointers
 * are, also across reports that were read into the same set.
 */
#ifndef KMEMLEAK_STACKS_H
#define KMEMLEAK_STACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More frames than any detector records; any beyond are dropped. */
#define STACK_MAX	64

/**
 * struct source_line - a function and a line of source
 * @function: name of the function
 * @file: its source file, relative to the kernel tree if that is known
 * @line: line in the file; 0 if unknown
 * @inlined: the function was inlined into that of the next entry
 */
struct source_line {
	const char *function;
	const char *file;
	int line;
	bool inlined;
};

/**
 * struct frame - a return address in a report
 * @text: "function+0x12/0x34 [module]", printable ASCII
 * @function: name of the function; NULL if the text has none, as for a bare address
 * @module: name of the module; NULL for the kernel itself
 * @offset: from the start of the function
 * @size: of the function; 0 if unknown
 * @nr_lines: entries of @lines; 0 until symbols_decode() finds some
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
 * struct stack - the stack of an allocation
 * @nr: number of frames
 * @frame: the frames, innermost first
 */
struct stack {
	unsigned int nr;
	struct frame *frame[];
};

struct stacks;

/**
 * stacks_new() - an empty set
 *
 * Return: the set; stacks_free() frees it and all its entries.
 */
struct stacks *stacks_new(void);
void stacks_free(struct stacks *stacks);

/**
 * stacks_frame() - the frame of a text
 * @stacks: the set
 * @text: as in a report; a leading "[<address>] " is ignored
 * @length: bytes of @text
 *
 * Return: the frame, which lives as long as the set.
 */
struct frame *stacks_frame(struct stacks *stacks, const char *text, size_t length);

/**
 * stacks_stack() - the stack of these frames
 * @stacks: the set that the frames belong to
 * @frame: the frames, innermost first
 * @nr: number of frames
 *
 * Return: the stack, which lives as long as the set.
 */
struct stack *stacks_stack(struct stacks *stacks, struct frame *const *frame,
			   unsigned int nr);

/**
 * stacks_each_frame() - call a function for each frame of a set, in order of insertion
 * @stacks: the set
 * @call: the function
 * @context: passed to @call
 */
void stacks_each_frame(struct stacks *stacks,
		       void (*call)(struct frame *frame, void *context),
		       void *context);

/**
 * function_allocates() - is a kernel function an allocator, by its name?
 * @function: the name
 *
 * Return: as in the detector's own count of sites (mm/kmemleak/frames.c).
 */
bool function_allocates(const char *function);

/**
 * stack_site() - the allocation site of a stack
 * @stack: the stack
 *
 * Return: the innermost frame that is not in an allocator; NULL if there is none.
 */
const struct frame *stack_site(const struct stack *stack);

/**
 * frame_site_line() - the line of a frame that allocates
 * @frame: the frame
 *
 * Return: the innermost line that is not in an inlined allocator; NULL if the frame was
 * not decoded.
 */
const struct source_line *frame_site_line(const struct frame *frame);

/**
 * frame_parse() - parse the text of a frame
 * @text: the text; the function cuts it into pieces
 * @frame: set to its function, module, offset and size
 *
 * Return: false if the text is not a frame.
 */
bool frame_parse(char *text, struct frame *frame);

#endif
