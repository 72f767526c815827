/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters of single parts of the kernel, for pages that /proc/meminfo does not count or
 * counts as something else.
 */
#ifndef KMEMLEAK_COUNTERS_H
#define KMEMLEAK_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sources.h"

/* What they count. */
enum counter {
	COUNTER_ARC,		/* ZFS: the cache of files */
	COUNTER_ARC_PAGES,	/* ... the part of it that is neither slab nor vmalloc() */
	COUNTER_ARC_MAX,	/* ... what it may grow to */
	COUNTER_VMWARE,		/* balloon of VMware */
	COUNTER_ZRAM,
	COUNTER_ZSWAP,
	COUNTER_SOCKETS,	/* buffers of sockets, in part slab */
	COUNTER_DMABUF,		/* buffers that drivers share */
	COUNTER_GTT,		/* memory of the machine that a graphics card uses */
	COUNTER_SYSV,		/* System V shared memory; is in Shmem */
	COUNTER_TMPFS,		/* mounted tmpfs; is in Shmem. The running machine only */
	COUNTER_GEM,		/* GEM buffers, mostly in Shmem */
	COUNTER_DYING_CGROUPS,	/* a number, not bytes */
	COUNTER_CGROUPS,	/* likewise: of memory, with those that are dying */
	COUNTERS,
};

/**
 * struct counter_name - names of a counter
 * @text: what holds the memory, for a sentence
 * @file: where the counter is
 */
struct counter_name {
	const char *text;
	const char *file;
};

extern const struct counter_name counter_names[COUNTERS];

/**
 * struct counters - counters of parts of the kernel
 * @value: in bytes where nothing else is said; 0 if unknown
 * @known: there is such a counter
 * @modules_bytes: code and data of modules, each part on pages of its own
 * @graphics: modules that are graphics drivers, "i915, xe"; NULL if there is none
 * @zfs: the module is loaded
 * @vmware_balloon: likewise
 */
struct counters {
	int64_t value[COUNTERS];
	bool known[COUNTERS];
	int64_t modules_bytes;
	char *graphics;
	bool zfs;
	bool vmware_balloon;
};

/**
 * counters_read() - read all of them
 * @counters: empty
 * @page_size: bytes of a page
 * @sources: gets the files
 */
void counters_read(struct counters *counters, uint64_t page_size, struct sources *sources);

/**
 * counters_free() - free what counters_read() allocated
 * @counters: empty afterwards
 */
void counters_free(struct counters *counters);

#endif
