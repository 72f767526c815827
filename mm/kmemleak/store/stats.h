/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters: what is not tracked and why, calls that make no sense, the last scan.
 */
#ifndef _MM_KMEMLEAK_STORE_STATS_H
#define _MM_KMEMLEAK_STORE_STATS_H

#include <linux/atomic.h>

/*
 * Counters in kmemleak_stats; stats.c holds the name of each. Reasons why memory is not
 * tracked come first, then calls that make no sense, then the last scan.
 */
enum kmemleak_stat {
	STAT_UNTRACKED_SLAB_NOMEM,
	STAT_UNTRACKED_SLAB_FAR,
	STAT_UNTRACKED_SLAB_LARGE,
	STAT_UNTRACKED_RANGE_NOMEM,
	STAT_UNTRACKED_UNKNOWN,
	STAT_UNTRACKED_AREA_NOMEM,
	STAT_UNTRACKED_EARLY,
	STAT_STACK_NOMEM,
	STAT_STACK_UNWOUND,
	STAT_STACK_VERIFIED,
	STAT_STACK_MISMATCHES,
	STAT_COMM_FULL,
	STAT_MODULE_NAMES_LOST,
	STAT_INDIRECT_LOST,
	STAT_SUSPECTS_LOST,
	STAT_STACKS_LOST,
	STAT_HOLDERS_LOST,
	STAT_SITES_LOST,
	STAT_EARLY_USED,
	STAT_EARLY_LOST,
	STAT_BAD_FREE,
	STAT_BAD_DOUBLE,
	STAT_BAD_OVERLAP,
	STAT_BAD_FREE_PART,
	STAT_BAD_SLAB,
	STAT_BAD_OBJECT,
	STAT_SCANS,
	STAT_SCAN_DURATION_US,
	STAT_SCAN_WORDS,
	STAT_SCAN_POINTERS,
	STAT_SCAN_OVERFLOWS,
	STAT_SCAN_OBJECTS,
	STAT_SCAN_SUSPECTS,
	STAT_SCAN_VERIFIED,
	STAT_SCAN_UNTRACKED_PAGES,
	STAT_SCAN_UNKNOWN_PAGES,
	STAT_NR,
};

extern atomic_long_t kmemleak_stats[STAT_NR];

static inline void stat_inc(enum kmemleak_stat stat)
{
	atomic_long_inc(&kmemleak_stats[stat]);
}

static inline void stat_set(enum kmemleak_stat stat, long value)
{
	atomic_long_set(&kmemleak_stats[stat], value);
}

static inline long stat_get(enum kmemleak_stat stat)
{
	return atomic_long_read(&kmemleak_stats[stat]);
}

void kmemleak_complain(enum kmemleak_stat stat, unsigned long addr);
const char *stat_name(enum kmemleak_stat stat);

#endif
