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

#include "frame.h"

/* More frames than any detector records; any beyond are dropped. */
#define STACK_MAX	64

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
 * @text: as frame_parse() takes it; a leading "[<address>] " is ignored
 * @length: bytes of @text
 *
 * Texts that differ only in their lines of source have the same frame.
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
 * stack_site() - the allocation site of a stack
 * @stack: the stack
 *
 * Return: the innermost frame that is to blame, by the list of the detector's own count of
 * sites (mm/kmemleak/trace/helpers.c); if none is, the outermost one that has a name, or
 * NULL.
 */
const struct frame *stack_site(const struct stack *stack);

/**
 * frame_site_line() - the line of a frame that allocates
 * @frame: the frame
 *
 * Return: the innermost line that is not in an inlined helper; NULL if the frame was not
 * decoded.
 */
const struct source_line *frame_site_line(const struct frame *frame);

#endif
