/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frames by the lines that stand for them, in the order in which they come: reports
 * repeat the same stacks a million times.
 */
#ifndef KMEMLEAK_RECALL_H
#define KMEMLEAK_RECALL_H

#include <stddef.h>

#include "frame.h"

struct recall;

struct recall *recall_new(void);
void recall_free(struct recall *recall);

/* What recall_line() knows of a line. */
enum recalled {
	RECALL_NOTHING,
	RECALL_MORE,	/* a frame goes on in the next line */
	RECALL_FRAME,	/* a frame ends in it */
};

/**
 * recall_line() - compare a line with what followed the last time
 * @recall: what was learnt
 * @text: the line without prefix, indent and address
 * @length: bytes of @text
 * @frame: set to the frame that ends in the line
 */
enum recalled recall_line(struct recall *recall, const char *text, size_t length,
			  struct frame **frame);

/**
 * recall_begun() - are there lines of a frame whose end has not come yet?
 * @recall: what was learnt
 */
bool recall_begun(const struct recall *recall);

/**
 * recall_abandon() - take back the lines of such a frame
 * @recall: what was learnt
 * @length: set to the bytes of all lines; each ends with a line feed
 *
 * Return: the lines.
 */
const char *recall_abandon(struct recall *recall, size_t *length);

/**
 * recall_only_line() - get the line of the frame that ended last
 * @recall: what was learnt
 * @frame: the frame
 * @length: set to its bytes
 *
 * Return: the line; NULL if the frame is another one, or has several lines.
 */
const char *recall_only_line(const struct recall *recall, const struct frame *frame,
			     size_t *length);

/**
 * recall_learn() - learn the lines of a frame
 * @recall: where to keep it
 * @lines: the lines; each ends with a line feed
 * @length: bytes of @lines
 * @frame: the frame
 */
void recall_learn(struct recall *recall, const char *lines, size_t length,
		  struct frame *frame);

#endif
