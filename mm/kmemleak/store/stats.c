// SPDX-License-Identifier: GPL-2.0
/*
 * Counters, and the log messages that go with some of them.
 *
 * Invariant: one enum, one table of names. A successful allocation never gets here.
 */
#define pr_fmt(fmt) "kmemleak: " fmt

#include <linux/build_bug.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>

#include "kmemleak.h"
#include "store/stats.h"

atomic_long_t kmemleak_stats[STAT_NR];

static const char * const stat_names[] = {
	[STAT_UNTRACKED_SLAB_NOMEM]	= "untracked_slab_nomem",
	[STAT_UNTRACKED_SLAB_FAR]	= "untracked_slab_far",
	[STAT_UNTRACKED_SLAB_LARGE]	= "untracked_slab_large",
	[STAT_UNTRACKED_RANGE_NOMEM]	= "untracked_range_nomem",
	[STAT_UNTRACKED_UNKNOWN]	= "untracked_unknown",
	[STAT_UNTRACKED_AREA_NOMEM]	= "untracked_area_nomem",
	[STAT_UNTRACKED_EARLY]		= "untracked_early",
	[STAT_STACK_NOMEM]		= "stack_nomem",
	[STAT_STACK_UNWOUND]		= "stack_unwound",
	[STAT_STACK_VERIFIED]		= "stack_verified",
	[STAT_STACK_MISMATCHES]		= "stack_mismatches",
	[STAT_COMM_FULL]		= "comm_full",
	[STAT_MODULE_NAMES_LOST]	= "module_names_lost",
	[STAT_INDIRECT_LOST]		= "indirect_lost",
	[STAT_SUSPECTS_LOST]		= "suspects_lost",
	[STAT_STACKS_LOST]		= "stacks_lost",
	[STAT_HOLDERS_LOST]		= "holders_lost",
	[STAT_SITES_LOST]		= "sites_lost",
	[STAT_EARLY_USED]		= "early_log_used",
	[STAT_EARLY_LOST]		= "early_log_lost",
	[STAT_BAD_FREE]			= "bad_free",
	[STAT_BAD_DOUBLE]		= "bad_double",
	[STAT_BAD_OVERLAP]		= "bad_overlap",
	[STAT_BAD_FREE_PART]		= "bad_free_part",
	[STAT_BAD_SLAB]			= "bad_slab",
	[STAT_BAD_OBJECT]		= "bad_object",
	[STAT_SCANS]			= "scans",
	[STAT_SCAN_DURATION_US]		= "scan_duration_us",
	[STAT_SCAN_WORDS]		= "scan_words",
	[STAT_SCAN_POINTERS]		= "scan_pointers",
	[STAT_SCAN_OVERFLOWS]		= "scan_overflows",
	[STAT_SCAN_OBJECTS]		= "scan_objects",
	[STAT_SCAN_SUSPECTS]		= "scan_suspects",
	[STAT_SCAN_VERIFIED]		= "scan_verified",
	[STAT_SCAN_UNTRACKED_PAGES]	= "scan_untracked_pages",
	[STAT_SCAN_UNKNOWN_PAGES]	= "scan_unknown_pages",
};

static_assert(ARRAY_SIZE(stat_names) == STAT_NR);

/**
 * stat_name() - get the name of a counter in kmemleak_stats
 * @stat: the counter
 *
 * Return: its name.
 */
const char *stat_name(enum kmemleak_stat stat)
{
	return stat_names[stat];
}

/* The text of the log message for each misuse. */
static const char * const complaints[] = {
	"free of an object that is not tracked",
	"allocation at the address of a live object",
	"allocation across the end of another object",
	"partial free outside or across an object",
	"slab object where no object of a slab begins",
	"annotation of an address where no object is",
};

static_assert(ARRAY_SIZE(complaints) == STAT_BAD_OBJECT - STAT_BAD_FREE + 1);

/* One message of each kind in ten seconds. */
#define COMPLAINT_LIMIT							\
	RATELIMIT_STATE_INIT_FLAGS("kmemleak", 10 * HZ, 1,		\
				   RATELIMIT_MSG_ON_RELEASE)

static struct ratelimit_state complaint_limit[] = {
	COMPLAINT_LIMIT, COMPLAINT_LIMIT, COMPLAINT_LIMIT, COMPLAINT_LIMIT,
	COMPLAINT_LIMIT, COMPLAINT_LIMIT,
};

static_assert(ARRAY_SIZE(complaint_limit) == ARRAY_SIZE(complaints));

/**
 * kmemleak_complain() - count and log a call that makes no sense
 * @stat: STAT_BAD_*
 * @addr: the address that was passed
 *
 * Context: Any, NMI included; printing is deferred.
 */
void kmemleak_complain(enum kmemleak_stat stat, unsigned long addr)
{
	unsigned int kind = stat - STAT_BAD_FREE;

	/* A hook that came too late finds nothing. */
	if (READ_ONCE(kmemleak_state) == KMEMLEAK_OFF)
		return;
	stat_inc(stat);
	if (__ratelimit(&complaint_limit[kind]))
		printk_deferred(pr_fmt("%s: 0x%08lx (%pS)\n"),
				complaints[kind], addr,
				__builtin_return_address(0));
}
