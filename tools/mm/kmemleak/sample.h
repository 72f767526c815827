/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One look at a machine: what its memory is used for, as far as the kernel says,
 * by name. What the commands compare, draw, keep and export is made of these.
 */
#ifndef KMEMLEAK_SAMPLE_H
#define KMEMLEAK_SAMPLE_H

#include <stdint.h>

#include "account.h"
#include "leaks.h"
#include "usage.h"

/* What is known of the leak detector. */
enum detector_state {
	DETECTOR_ABSENT,	/* not built in */
	DETECTOR_HIDDEN,	/* debugfs cannot be read: not root */
	DETECTOR_UNMOUNTED,	/* debugfs is not mounted */
	DETECTOR_BASE,		/* the kernel has its own, and that may be on or off */
	DETECTOR_OFF,
	DETECTOR_ON,
};

/**
 * struct detector - what the leak detector says of itself
 * @state: is there one?
 * @objects: that it tracks; this and what follows is 0 where it does not say
 * @bytes: their sizes, added up
 * @metadata_bytes: memory that it takes for that
 * @scans: that it has made since boot
 * @scan_duration_us: of the last one
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
 * @uptime: seconds since its boot
 * @boot_id: tells this boot from others; empty if the kernel does not say
 * @page_size: in bytes
 * @of: what was asked for; empty lists otherwise
 * @detector: the state of the leak detector
 */
struct sample {
	double uptime;
	char boot_id[64];
	uint64_t page_size;
	struct usages of[USAGE_KINDS];
	struct detector detector;
};

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

/* Which kinds sample_take() is to look at; the account is always made. */
#define SAMPLE(kind)	(1U << USAGE_##kind)
#define SAMPLE_ALL	((1U << USAGE_KINDS) - 1)

/**
 * sample_take() - look at the machine
 * @sample: what was seen; sample_free() it
 * @kinds: bits of SAMPLE()
 *
 * Ends the program if /proc/meminfo is missing or no such file. Anything else
 * that cannot be read has its @error, and is no reason to stop.
 */
void sample_take(struct sample *sample, unsigned int kinds);

/**
 * sample_free() - free what sample_take() made
 */
void sample_free(struct sample *sample);

/**
 * sample_take_leaks() - read leaks anew
 * @sample: has none; gets its %USAGE_LEAK
 */
void sample_take_leaks(struct sample *sample);

/**
 * sample_leak_name() - the name that leaks have in %USAGE_LEAK
 * @group: of a report
 *
 * Return: as in %USAGE_SITE; it lives as long as the report's stacks.
 */
const char *sample_leak_name(const struct leak_group *group);

/**
 * sample_leaks() - read what the detector has found
 * @leaks: set up by this; sample_leaks_free() it in any case
 *
 * Takes the summary, as a flat report may be long, where there is one.
 *
 * Return: 0, or why that cannot be read as a positive errno: EBADMSG if it is no
 * report.
 */
int sample_leaks(struct leaks *leaks);
void sample_leaks_free(struct leaks *leaks);

#endif
