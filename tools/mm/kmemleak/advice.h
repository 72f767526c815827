/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Conclusions of "kmemleak triage", in words. advise() decides what to talk about; the
 * other functions are its sentences, in files of their own.
 */
#ifndef KMEMLEAK_ADVICE_H
#define KMEMLEAK_ADVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "account.h"
#include "command.h"
#include "growth.h"

/**
 * struct advice - the advice while it is written, a line for each sentence
 * @timeline: the looks
 * @out: the stream to write to
 * @next: the command to propose at the end; the last one set counts
 * @there: it is to be run on the machine that was saved, not here
 */
struct advice {
	const struct timeline *timeline;
	FILE *out;
	char *next;
	bool there;
};

/**
 * struct topic - what the advice is about
 * @line: a line of the account
 * @grew: its growth is the topic, not its size
 * @kept: only caches that are not given back are, though they are in this line
 * @bytes: its growth, or its size
 * @part: the slab cache, or caller of vmalloc(), with most of it; NULL if unknown
 */
struct topic {
	enum account_line line;
	bool grew;
	bool kept;
	int64_t bytes;
	const struct usage *part;
};

#define NEXT_LOOK	"kmemleak triage --for 60s"

/* advice.c */

/**
 * advise() - say in words what the looks mean, and what to do next
 * @timeline: with one look or more
 * @out: where to
 */
void advise(const struct timeline *timeline, FILE *out);

/* saying.c */

void __printf(2, 3) say(struct advice *advice, const char *format, ...);

/**
 * propose() - propose a command that looks at the machine itself
 * @advice: the advice
 * @format: the command
 */
void __printf(2, 3) propose(struct advice *advice, const char *format, ...);

/**
 * propose_tool() - propose a command of this program that also reads saved trees
 * @advice: the advice
 * @command: the command without "kmemleak" in front
 */
void propose_tool(struct advice *advice, const char *command);

/**
 * shell_word() - a text as one word of a shell command
 * @text: the text
 *
 * Return: the word, with quotes if it needs some; the caller frees it.
 */
char *shell_word(const char *text);

/* blame.c */

/**
 * find_part() - find what has most of a line: a slab cache or a caller of vmalloc()
 * @advice: the advice
 * @topic: gets its @part
 *
 * Return: bytes of the part, or its growth; 0 if nothing has a good part of it.
 */
int64_t find_part(const struct advice *advice, struct topic *topic);

/**
 * say_allocation() - name the line of source that allocated it, by /proc/allocinfo
 * @advice: the advice
 * @topic: what it is about
 *
 * Return: false if that is not known.
 */
bool say_allocation(struct advice *advice, const struct topic *topic);

/* ask.c */

/**
 * say_found() - tell of leaks that are known
 * @advice: the advice
 * @topic: what they might explain; it is proposed to look at them only if they do. NULL if
 *	nothing is wrong: it is proposed if they are more than a few
 *
 * Return: true if that is proposed.
 */
bool say_found(struct advice *advice, const struct topic *topic);

/**
 * detector_tracks() - can the leak detector tell of memory of a line?
 * @line: the line
 *
 * Return: true for slab, vmalloc() and per-CPU memory; it does not track bare pages.
 */
bool detector_tracks(enum account_line line);

/**
 * ask_detector() - tell what the leak detector can do, or what to do without one
 * @advice: the advice
 * @topic: what it is about; NULL if nothing is wrong
 */
void ask_detector(struct advice *advice, const struct topic *topic);

/* meaning.c */

/**
 * explain() - tell what a line of the account means, and propose what to do next
 * @advice: the advice
 * @topic: what it is about
 */
void explain(struct advice *advice, const struct topic *topic);

/**
 * arc_elsewhere() - how much of ZFS's ARC is not in the line that is named for it
 * @look: with an account
 *
 * Return: bytes, which are slab or vmalloc() memory.
 */
int64_t arc_elsewhere(const struct sample *look);

#endif
