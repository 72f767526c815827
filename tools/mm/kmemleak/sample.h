/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One look at a machine: what its memory is used for, as far as the kernel says,
 * by name. What the commands compare, draw, keep and export is made of these.
 */
#ifndef KMEMLEAK_SAMPLE_H
#define KMEMLEAK_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leaks.h"

/* What has names and bytes. */
enum usage_kind {
	USAGE_MEMORY,		/* a line of the account; they add up to MemTotal */
	USAGE_CACHE,		/* a slab cache */
	USAGE_AREA,		/* vmalloc() memory by caller */
	USAGE_SITE,		/* what a place in the kernel allocated: the detector */
	USAGE_LEAK,		/* what it lost */
	USAGE_KINDS,
};

/**
 * struct usage - what one of a kind uses
 * @name: unique among its kind
 * @bytes: all memory it takes; for %USAGE_MEMORY it may be negative
 * @objects: live ones, 0 where the kernel does not count any
 * @growing: the detector saw it grow from scan to scan; of sites alone
 * @reclaimable: the kernel gives it back when memory is short; of caches it says
 *	so to root alone
 */
struct usage {
	char *name;
	int64_t bytes;
	uint64_t objects;
	bool growing;
	bool reclaimable;
};

/**
 * struct usages - all of a kind, by name
 * @list: in the order of strcmp(), but for %USAGE_MEMORY, which is
 *	in that of its lines
 * @nr: how many
 * @error: why they are not known, as a positive errno, or 0
 */
struct usages {
	struct usage *list;
	size_t nr;
	int error;
};

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

/* Which kinds sample_take() is to look at; the account is always made. */
#define SAMPLE(kind)	(1U << USAGE_##kind)
#define SAMPLE_ALL	((1U << USAGE_KINDS) - 1)

/**
 * usage_kind_names - what a kind is called in a database and in messages
 */
extern const char * const usage_kind_names[USAGE_KINDS];

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

/**
 * usages_add() - count something
 * @usages: where to
 * @name: copied; of two with the same name the sum is kept by usages_sort()
 *
 * Return: what was added, with its name set and all else 0.
 */
struct usage *usages_add(struct usages *usages, const char *name);

/**
 * usages_sort() - sort by name, and add up what has the same
 */
void usages_sort(struct usages *usages);

/**
 * usages_total() - all of a kind, added up
 * @usages: of any kind
 *
 * Return: its bytes and objects are those of all; it has no name.
 */
struct usage usages_total(const struct usages *usages);

/**
 * usage_find() - look for a name
 * @usages: of any kind
 * @name: as it is there
 *
 * Return: NULL if there is none.
 */
const struct usage *usage_find(const struct usages *usages, const char *name);

/**
 * usages_by_bytes() - the same in another order
 * @usages: of any kind
 *
 * Return: @usages->nr pointers, the one with the most bytes first, then by
 * name; the caller frees them.
 */
const struct usage **usages_by_bytes(const struct usages *usages);

#endif
