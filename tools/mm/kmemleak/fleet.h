/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The reports of many hosts: bugs, and the hosts and kernels that have them.
 */
#ifndef KMEMLEAK_FLEET_H
#define KMEMLEAK_FLEET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "bugs.h"
#include "origin.h"
#include "suppress.h"

/**
 * struct source - a report
 * @path: its file or directory
 * @name: stands for the host and the kernel that it does not tell
 * @origin: what it tells
 * @is_whole: it has all leaks that there were
 * @status: of the file
 * @host: index of the host
 * @kernel: index of the kernel in fleet->kernel[]
 */
struct source {
	const char *path;
	char *name;
	struct origin origin;
	bool is_whole;
	struct stat status;
	size_t host;
	size_t kernel;
};

/**
 * struct row - what is told of a bug
 * @bug: the bug
 * @hosts: number of hosts that have it
 * @first: index of the first kernel that has it
 * @without: index of the newest kernel that does not have it; -1 if all have it
 */
struct row {
	const struct bug *bug;
	size_t hosts;
	ssize_t first;
	ssize_t without;
};

/**
 * struct fleet - all reports
 * @nr: number of reports
 * @source: the reports
 * @nr_hosts: number of hosts
 * @nr_kernels: number of kernels
 * @kernel: releases of the kernels, the oldest first
 * @is_whole: there is a report of that kernel that has all leaks
 * @bugs: what leaked
 * @row: a row for each bug, most hosts first
 * @suppressions: what was suppressed
 * @skipped_to: where to print what is no part of a report; NULL is nowhere
 */
struct fleet {
	size_t nr;
	struct source *source;
	size_t nr_hosts;
	size_t nr_kernels;
	const char **kernel;
	bool *is_whole;
	struct bugs bugs;
	struct row *row;
	struct suppressions suppressions;
	FILE *skipped_to;
};

/**
 * fleet_name() - name another report
 * @fleet: zeroed before the first one
 * @path: see saved_load(); must live as long as @fleet
 */
void fleet_name(struct fleet *fleet, const char *path);

/**
 * fleet_load() - read the reports that were named
 * @fleet: with the suppressions to apply; to be freed with fleet_free()
 *
 * Only one report is in memory at a time. Ends the program with a line that gives the
 * reason if one of them cannot be read, or is named twice.
 */
void fleet_load(struct fleet *fleet);
void fleet_free(struct fleet *fleet);

/**
 * fleet_kernels() - tell which kernels have a bug
 * @fleet: loaded
 * @bug: one of its bugs
 * @has: set for each kernel of @fleet
 */
void fleet_kernels(const struct fleet *fleet, const struct bug *bug, bool *has);

#endif
