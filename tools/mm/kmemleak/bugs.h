/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bugs in the reports of many hosts: which hosts and which kernels have them.
 */
#ifndef KMEMLEAK_BUGS_H
#define KMEMLEAK_BUGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leaks.h"

/**
 * struct bug - leaks with one fingerprint
 * @fingerprint: see stack_fingerprint()
 * @function: that allocated them, NULL if unknown
 * @module: of the function, NULL for the kernel itself
 * @objects: number of leaks in all reports
 * @bytes: sum of their sizes
 * @reports: bit for each report that has some
 */
struct bug {
	uint64_t fingerprint;
	char *function;
	char *module;
	uint64_t objects;
	uint64_t bytes;
	uint64_t reports[];
};

/**
 * struct bugs - all of them
 * @tree: for tsearch(), by fingerprint
 * @nr_reports: number of reports there is room for
 * @objects: number of leaks
 * @bytes: sum of their sizes
 * @unlisted_objects: leaks that are not listed in their reports, so in no bug
 * @unlisted_bytes: sum of their sizes
 * @nr: number of bugs
 * @bug: the bugs
 */
struct bugs {
	void *tree;
	size_t nr_reports;
	uint64_t objects;
	uint64_t bytes;
	uint64_t unlisted_objects;
	uint64_t unlisted_bytes;
	size_t nr;
	struct bug **bug;
};

/**
 * bugs_add() - add a report
 * @bugs: zeroed but for @nr_reports before the first one
 * @report: index of the report
 * @leaks: its leaks; not needed afterwards
 *
 * Return: false if the sums are too large for a number.
 */
bool bugs_add(struct bugs *bugs, size_t report, const struct leaks *leaks);

/**
 * bug_in() - does a report have a bug?
 * @bug: the bug
 * @report: index of the report
 */
static inline bool bug_in(const struct bug *bug, size_t report)
{
	return bug->reports[report / 64] >> report % 64 & 1;
}

/**
 * bugs_free() - free all bugs
 * @bugs: the bugs
 */
void bugs_free(struct bugs *bugs);

#endif
