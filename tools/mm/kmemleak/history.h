/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Samples in an SQLite database, read back as time series.
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
 * @kind: the kind of usage
 * @name: its name, printable
 * @boot: index of the boot, 0 is the first recorded
 * @reclaimable: the kernel frees it when memory is short
 * @nr: number of samples
 * @uptime: of each sample, in seconds, strictly rising
 * @bytes: of each sample
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
 * @path: its file
 * @create: open for writing; create the database if there is none
 *
 * Ends the program if the file is not a database of this tool, or is of another
 * version; the file is left unchanged.
 *
 * Return: the database, to be closed with history_close().
 */
struct history *history_open(const char *path, bool create);
void history_close(struct history *history);

/**
 * history_add() - keep a sample
 * @history: open for writing
 * @sample: with all kinds
 *
 * Sites and leaks change at a scan only, so they are kept if the detector has made
 * one since the last sample of this boot. Keeps all of the sample or nothing. Ends
 * the program if it cannot keep it.
 */
void history_add(struct history *history, const struct sample *sample);

/**
 * history_forget() - drop old samples
 * @history: open for writing
 * @seconds: minimum age of samples to drop
 */
void history_forget(struct history *history, double seconds);

/**
 * history_boots() - number of boots with samples
 * @history: the database
 */
unsigned int history_boots(struct history *history);

/**
 * history_each() - call a function for each series of a boot
 * @history: the database
 * @boot: index of the boot, 0 is the first recorded
 * @max: maximum number of samples in a series; more are thinned out evenly
 * @call: the function; the series is valid only during the call
 * @context: passed to @call
 */
void history_each(struct history *history, unsigned int boot, size_t max,
		  void (*call)(const struct series *series, void *context), void *context);

#endif
