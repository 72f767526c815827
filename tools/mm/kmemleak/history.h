/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Samples kept in an SQLite database, and read back as series over time.
 */
#ifndef KMEMLEAK_HISTORY_H
#define KMEMLEAK_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "sample.h"
#include "usage.h"

struct history;

/**
 * struct series - one name over one boot
 * @kind: of what
 * @name: printable
 * @boot: which boot, 0 is the first that was recorded
 * @reclaimable: the kernel gives it back when memory is short
 * @nr: samples
 * @uptime: of each, in seconds, rising
 * @bytes: at each
 */
struct series {
	enum usage_kind kind;
	char name[256];
	unsigned int boot;
	bool reclaimable;
	size_t nr;
	const double *uptime;
	const double *bytes;
};

/**
 * history_open() - open a database
 * @path: where it is
 * @create: to write to; made if there is none yet
 *
 * Ends the program, with the file as it was, if that is no database of this
 * tool's, or is one of another version.
 *
 * Return: history_close() it.
 */
struct history *history_open(const char *path, bool create);
void history_close(struct history *history);

/**
 * history_add() - keep a sample
 * @history: open to be written to
 * @sample: with all kinds
 *
 * Sites and leaks are kept if the detector has made a scan since the last sample
 * of this boot, as they are the same until then. All of the sample is kept or
 * nothing. Ends the program if it cannot be kept.
 */
void history_add(struct history *history, const struct sample *sample);

/**
 * history_forget() - drop old samples
 * @history: open to be written to
 * @seconds: those of this age and more
 */
void history_forget(struct history *history, double seconds);

/**
 * history_boots() - how many boots there are samples of
 */
unsigned int history_boots(struct history *history);

/**
 * history_each() - go through all series that were seen in a boot
 * @history: open
 * @boot: 0 is the first that was recorded
 * @max: samples of a series at most; of more, some are left out evenly
 * @call: what to do with each; what it is given is gone when it returns
 * @context: for @call
 */
void history_each(struct history *history, unsigned int boot, size_t max,
		  void (*call)(const struct series *series, void *context), void *context);

#endif
