/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The report that the kernel logs when it is out of memory, or for SysRq-M: nearly all of
 * /proc/meminfo is in it, in other words.
 */
#ifndef KMEMLEAK_OOM_H
#define KMEMLEAK_OOM_H

#include <stdbool.h>
#include <stdio.h>

struct oom;

/**
 * oom_new() - begin to look for reports
 *
 * Return: to be freed with oom_free().
 */
struct oom *oom_new(void);
void oom_free(struct oom *oom);

/**
 * oom_line() - look at a line of a log, with any prefix
 * @oom: the state
 * @line: the line
 *
 * Of several reports in a log, the last one counts.
 */
void oom_line(struct oom *oom, const char *line);

/**
 * oom_reports() - how many reports were found
 * @oom: the state
 *
 * Return: reports about the machine, not about a memory cgroup.
 */
unsigned int oom_reports(const struct oom *oom);

/**
 * oom_is_of_cgroup() - was a memory cgroup out of memory?
 * @oom: the state
 */
bool oom_is_of_cgroup(const struct oom *oom);

/**
 * oom_write() - write the last report as files of /proc
 * @oom: the state
 * @meminfo: gets /proc/meminfo
 * @zoneinfo: gets what /proc/zoneinfo has of it
 * @slabtop: gets the slab caches, as of slabtop
 * @allocinfo: gets /proc/allocinfo
 *
 * Return: false if the report was cut so short that it has no size of the memory.
 */
bool oom_write(const struct oom *oom, FILE *meminfo, FILE *zoneinfo, FILE *slabtop,
	       FILE *allocinfo);

#endif
