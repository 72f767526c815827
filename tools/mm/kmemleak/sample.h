/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One look at a machine: what its memory is used for, as far as the kernel tells.
 * Commands compare, draw, store and export samples.
 */
#ifndef KMEMLEAK_SAMPLE_H
#define KMEMLEAK_SAMPLE_H

#include <stdint.h>

#include "account.h"
#include "counters.h"
#include "leaks.h"
#include "meminfo.h"
#include "sources.h"
#include "usage.h"

/* State of the leak detector, as far as it is known. */
enum detector_state {
	DETECTOR_ABSENT,	/* not built in */
	DETECTOR_HIDDEN,	/* not root, so debugfs cannot be read */
	DETECTOR_UNMOUNTED,	/* debugfs is not mounted */
	DETECTOR_UNSAVED,	/* nothing of debugfs is in the saved tree */
	DETECTOR_BASE,		/* the kernel's own detector, on or off */
	DETECTOR_OFF,
	DETECTOR_ON,
};

/**
 * struct detector - statistics of the leak detector, 0 where it has none
 * @state: is there a detector, and is it on?
 * @objects: number of tracked objects
 * @bytes: sum of their sizes
 * @metadata_bytes: memory that tracking takes
 * @scans: number of scans since boot
 * @scan_duration_us: duration of the last scan
 */
struct detector {
	enum detector_state state;
	uint64_t objects;
	uint64_t bytes;
	uint64_t metadata_bytes;
	uint64_t scans;
	uint64_t scan_duration_us;
};

/**
 * struct sample - one look at a machine
 * @uptime: seconds since boot; 0 if unknown
 * @boot_id: identifies the boot; empty if the kernel has no id
 * @page_size: in bytes
 * @of: usages of each kind; empty lists for kinds not asked for
 * @detector: state and statistics of the leak detector
 * @mem: /proc/meminfo
 * @counters: of single parts of the kernel
 * @stacks: areas of vmalloc() that are kernel stacks
 * @percpu_span: address space for per-CPU memory
 * @slab_bytes: of all slab, if that is known without an account; else 0
 * @sources: the files that this look wanted, and what came of them
 */
struct sample {
	double uptime;
	char boot_id[64];
	uint64_t page_size;
	struct usages of[USAGE_KINDS];
	struct detector detector;
	struct meminfo mem;
	struct counters counters;
	uint64_t stacks;
	int64_t percpu_span;
	int64_t slab_bytes;
	struct sources sources;
};

/**
 * sample_has_account() - is it known what all memory is used for?
 * @sample: taken
 *
 * Return: false only with %SAMPLE_PARTS. Do not ask for lines then.
 */
static inline bool sample_has_account(const struct sample *sample)
{
	return sample->of[USAGE_MEMORY].nr;
}

/**
 * sample_bytes() - a line of the account
 * @sample: taken
 * @line: which
 */
static inline int64_t sample_bytes(const struct sample *sample, enum account_line line)
{
	return sample->of[USAGE_MEMORY].list[line].bytes;
}

/**
 * sample_total() - MemTotal
 * @sample: taken
 *
 * Return: bytes.
 */
static inline int64_t sample_total(const struct sample *sample)
{
	return usages_total(&sample->of[USAGE_MEMORY]).bytes;
}

/* Kinds for sample_take() to read; it always makes the account. */
#define SAMPLE(kind)	(1U << USAGE_##kind)
#define SAMPLE_ALL	((1U << USAGE_KINDS) - 1)
/* ... unless /proc/meminfo is missing and anything else is there. */
#define SAMPLE_PARTS	SAMPLE(KINDS)

/**
 * sample_take() - look at the machine
 * @sample: set by this function; to be freed with sample_free()
 * @kinds: bits of SAMPLE(), and %SAMPLE_PARTS
 *
 * Ends the program if /proc/meminfo is missing or malformed. Any other file that
 * cannot be read sets @error of its usages.
 */
void sample_take(struct sample *sample, unsigned int kinds);

/**
 * sample_free() - free what sample_take() allocated
 * @sample: empty afterwards
 */
void sample_free(struct sample *sample);

/**
 * sample_take_leaks() - add leaks to a sample
 * @sample: taken without %USAGE_LEAK
 */
void sample_take_leaks(struct sample *sample);

/**
 * sample_leak_name() - the name of leaks in %USAGE_LEAK
 * @group: a group of a report
 *
 * Return: the name, in the form of %USAGE_SITE; it lives as long as the report's stacks.
 */
const char *sample_leak_name(const struct leak_group *group);

/**
 * sample_leaks() - read the leaks that the detector has found
 * @leaks: set by this function; to be freed with sample_leaks_free() in any case
 *
 * Reads the summary if there is one, as a flat report may be long.
 *
 * Return: 0 or a positive errno; EBADMSG if the file is not a report.
 */
int sample_leaks(struct leaks *leaks);
void sample_leaks_free(struct leaks *leaks);

#endif
