/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where all of MemTotal is.
 */
#ifndef KMEMLEAK_ACCOUNT_H
#define KMEMLEAK_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "areas.h"
#include "counters.h"
#include "meminfo.h"
#include "usage.h"

/* The lines of the account, in the order in which they are shown. */
enum account_line {
	ACCOUNT_FREE,
	ACCOUNT_FREE_CPU,
	ACCOUNT_ANON,
	ACCOUNT_SWAP_CACHE,
	ACCOUNT_SHMEM,
	ACCOUNT_PAGE_CACHE,
	ACCOUNT_HUGETLB,
	ACCOUNT_BALLOON,
	ACCOUNT_COMPRESSED,
	ACCOUNT_ZFS,
	ACCOUNT_SLAB_RECLAIMABLE,
	ACCOUNT_SLAB_UNRECLAIMABLE,
	ACCOUNT_VMALLOC,
	ACCOUNT_MODULES,
	ACCOUNT_STACKS,
	ACCOUNT_PAGE_TABLES,
	ACCOUNT_DEVICE_TABLES,
	ACCOUNT_PERCPU,
	ACCOUNT_OTHER,
	ACCOUNT_UNEXPLAINED,
	ACCOUNT_LINES,
};

/* Who can free the memory of a line. */
enum account_owner {
	OWNER_NOBODY,		/* it is free */
	OWNER_USER,		/* processes, or files they keep in memory */
	OWNER_CACHE,		/* the kernel, when memory is needed */
	OWNER_KERNEL,		/* kernel code: leaks are in here */
};

/**
 * struct account_name - names of a line
 * @name: one word, for databases and metrics
 * @text: for people
 * @owner: who can free its memory
 * @always: show the line even if it is zero
 */
struct account_name {
	const char *name;
	const char *text;
	enum account_owner owner;
	bool always;
};

extern const struct account_name account_names[ACCOUNT_LINES];

/**
 * line_is_slab() - is it a line of slab caches?
 * @line: the line
 */
static inline bool line_is_slab(enum account_line line)
{
	return line == ACCOUNT_SLAB_UNRECLAIMABLE || line == ACCOUNT_SLAB_RECLAIMABLE;
}

/**
 * struct account_inputs - counters of a machine
 * @mem: /proc/meminfo, with its MemTotal
 * @zones: sums of /proc/zoneinfo
 * @areas: vmalloc() memory, with its error if that is not known
 * @counters: of single parts of the kernel
 * @page_size: bytes of a page
 * @stacks_are_mapped: kernel stacks are vmalloc() memory
 */
struct account_inputs {
	const struct meminfo *mem;
	const struct zones *zones;
	const struct areas *areas;
	const struct counters *counters;
	uint64_t page_size;
	bool stacks_are_mapped;
};

/**
 * account_make() - account for all memory
 * @account: empty; gets %ACCOUNT_LINES usages in the order of enum account_line,
 *	whose bytes add up to MemTotal
 * @in: the counters
 */
void account_make(struct usages *account, const struct account_inputs *in);

#endif
