// SPDX-License-Identifier: GPL-2.0
/*
 * Counters, and the complaint that goes with some of them.
 *
 * May call: slab, range, memory, frames, holders. Invariant: one enum, one name
 * table; nothing here is on the path of an allocation that works.
 */
#define pr_fmt(fmt) "kmemleak: " fmt

#include <linux/build_bug.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

#include "kmemleak.h"

atomic_long_t kmemleak_stats[STAT_NR];

static const char * const stat_names[] = {
	[STAT_UNTRACKED_SLAB_NOMEM]	= "untracked_slab_nomem",
	[STAT_UNTRACKED_SLAB_FAR]	= "untracked_slab_far",
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
	[STAT_EARLY_USED]		= "early_log_used",
	[STAT_EARLY_LOST]		= "early_log_lost",
	[STAT_BAD_FREE]			= "bad_free",
	[STAT_BAD_DOUBLE]		= "bad_double",
	[STAT_BAD_OVERLAP]		= "bad_overlap",
	[STAT_BAD_FREE_PART]		= "bad_free_part",
	[STAT_BAD_OBJECT]		= "bad_object",
	[STAT_SCANS]			= "scans",
	[STAT_SCAN_DURATION_US]		= "scan_duration_us",
	[STAT_SCAN_WORDS]		= "scan_words",
	[STAT_SCAN_POINTERS]		= "scan_pointers",
	[STAT_SCAN_OVERFLOWS]		= "scan_overflows",
	[STAT_SCAN_OBJECTS]		= "scan_objects",
	[STAT_SCAN_SUSPECTS]		= "scan_suspects",
	[STAT_SCAN_VERIFIED]		= "scan_verified",
	[STAT_SCAN_UNKNOWN_PAGES]	= "scan_unknown_pages",
};

static_assert(ARRAY_SIZE(stat_names) == STAT_NR);

/* What a misuse is called in the log. */
static const char * const complaints[] = {
	"free of an object that is not tracked",
	"allocation at the address of a live object",
	"allocation across the end of another object",
	"partial free outside or across an object",
	"annotation of an address where no object is",
};

static_assert(ARRAY_SIZE(complaints) == STAT_BAD_OBJECT - STAT_BAD_FREE + 1);

/* A line of each kind in ten seconds. */
#define COMPLAINT_LIMIT							\
	RATELIMIT_STATE_INIT_FLAGS("kmemleak", 10 * HZ, 1,		\
				   RATELIMIT_MSG_ON_RELEASE)

static struct ratelimit_state complaint_limit[] = {
	COMPLAINT_LIMIT, COMPLAINT_LIMIT, COMPLAINT_LIMIT, COMPLAINT_LIMIT,
	COMPLAINT_LIMIT,
};

static_assert(ARRAY_SIZE(complaint_limit) == ARRAY_SIZE(complaints));

/**
 * kmemleak_complain() - a call made no sense: count it, and say so
 * @stat: STAT_BAD_*
 * @addr: the address it was about
 *
 * Context: Any, NMI included; printing is deferred.
 */
void kmemleak_complain(enum kmemleak_stat stat, unsigned long addr)
{
	unsigned int kind = stat - STAT_BAD_FREE;

	stat_inc(stat);
	if (__ratelimit(&complaint_limit[kind]))
		printk_deferred(pr_fmt("%s: 0x%08lx (%pS)\n"),
				complaints[kind], addr,
				__builtin_return_address(0));
}

struct count {
	unsigned long objects;
	unsigned long bytes;
};

static void count_table(struct slab_table *table, void *arg)
{
	struct count *count = arg;
	unsigned int i;

	for (i = 0; i < table->count; i++) {
		if (slot_state(&table->slots[i]) & OBJ_LIVE) {
			count->objects++;
			count->bytes += table->object_size;
		}
	}
}

static void count_range(struct tracked_range *range, void *arg)
{
	struct count *count = arg;

	count->objects++;
	count->bytes += range_size(range);
}

/**
 * kmemleak_stats_show() - print all counters, one "name: value" a line
 * @m: where to
 * @unused: required by single_open()
 *
 * Context: Sleeps.
 * Return: 0.
 */
int kmemleak_stats_show(struct seq_file *m, void *unused)
{
	struct count count = {};
	unsigned long pos = 0;
	enum kmemleak_stat stat;

	while (slab_walk(&pos, count_table, &count))
		;
	range_walk(count_range, &count);
	seq_printf(m, "state: %s\n", kmemleak_is_on() ? "on" : "off");
	seq_printf(m, "objects: %lu\n", count.objects);
	seq_printf(m, "bytes: %lu\n", count.bytes);
	seq_printf(m, "metadata_bytes: %ld\n",
		   slab_metadata_bytes() + range_metadata_bytes() +
		   frames_memory_bytes() + holders_memory_bytes());
	seq_printf(m, "directory_bytes: %ld\n", slab_directory_bytes());
	seq_printf(m, "scan_memory_bytes: %ld\n", scan_memory_bytes());
	seq_printf(m, "report_memory_bytes: %ld\n", report_memory_bytes());
	for (stat = 0; stat < STAT_NR; stat++)
		seq_printf(m, "%s: %ld\n", stat_names[stat], stat_get(stat));
	return 0;
}
