/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The frames of an entry of a report, in all forms, line by line.
 */
#ifndef KMEMLEAK_BACKTRACE_H
#define KMEMLEAK_BACKTRACE_H

#include <stdbool.h>
#include <stddef.h>

#include "entry.h"
#include "prefix.h"
#include "recall.h"

/* Longest line that may go on in the next one, and all lines of a frame. */
#define HELD_BYTES	1024
#define INLINED_BYTES	8192

/**
 * struct style - how the frames of an entry look
 * @indent: their indent
 * @tagged: "kmemleak:" is before them
 * @addressed: they begin with an address
 */
struct style {
	int indent;
	bool tagged;
	bool addressed;
};

/**
 * struct backtrace - the frames of the current entry
 * @stacks: the set that they belong to
 * @entry: the entry
 * @recall: frames that were seen before
 * @style: how the frames look
 * @gap: a line was skipped among them
 * @pending: the last frame, which may go on in the next line; "" if there is none
 * @inlined_nr: bytes of @inlined
 * @inlined: lines of functions inlined into the next frame
 * @raw_nr: bytes of @raw
 * @raw: the lines of the next frame, to recall it by
 */
struct backtrace {
	struct stacks *stacks;
	struct entry *entry;
	struct recall *recall;
	struct style style;
	bool gap;
	char pending[HELD_BYTES];
	size_t inlined_nr;
	char inlined[INLINED_BYTES];
	size_t raw_nr;
	char raw[INLINED_BYTES];
};

/**
 * backtrace_begun() - does the entry have frames?
 * @backtrace: its frames
 */
bool backtrace_begun(const struct backtrace *backtrace);

/**
 * backtrace_recall() - read a line that is the same as the last time
 * @backtrace: the frames
 * @prefix: what stands before them
 * @line: the line
 * @line_length: bytes of @line
 *
 * Most frames were seen before, in this order.
 *
 * Return: false if it is not.
 */
bool backtrace_recall(struct backtrace *backtrace, const struct prefix *prefix,
		      const char *line, size_t line_length);

/**
 * backtrace_reread() - the line was not the same: read those before it in the usual way
 * @backtrace: the frames
 */
void backtrace_reread(struct backtrace *backtrace);

/**
 * backtrace_read() - read a line
 * @backtrace: the frames
 * @payload: the line
 * @verbatim: nothing was guessed about its prefix
 *
 * Return: false if it is no part of the backtrace.
 */
bool backtrace_read(struct backtrace *backtrace, const struct payload *payload,
		    bool verbatim);

/**
 * backtrace_may_begin() - is a line a frame without its end?
 * @text: the line, without prefix
 *
 * Return: whether it is a name or an address, or a list that is not closed.
 */
bool backtrace_may_begin(const char *text);

/**
 * backtrace_end() - give the entry the frames that are pending
 * @backtrace: the frames; ready for the next entry then
 */
void backtrace_end(struct backtrace *backtrace);

#endif
