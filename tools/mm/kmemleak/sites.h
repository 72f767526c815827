/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The detector's count of objects by allocation site, kmemleak_sites.
 */
#ifndef KMEMLEAK_SITES_H
#define KMEMLEAK_SITES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "stacks.h"

/* Number of scans whose counts the detector keeps. */
#define SITES_SCANS	16

/**
 * struct site - live objects of an allocation site
 * @frame: the site
 * @growing: the detector calls it growing
 * @objects: number of objects at each scan, the latest last
 * @bytes: sum of their sizes at each scan
 */
struct site {
	struct frame *frame;
	bool growing;
	uint64_t objects[SITES_SCANS];
	uint64_t bytes[SITES_SCANS];
};

/**
 * struct sites - all sites, in the detector's order
 * @stacks: the set that the frames belong to
 * @scans: number of scans with counts, SITES_SCANS at most
 * @ago: seconds since each scan, the latest last
 * @elsewhere_objects: number of objects of no site at the last scan
 * @elsewhere_bytes: sum of their sizes
 * @nr: number of sites
 * @site: the sites
 */
struct sites {
	struct stacks *stacks;
	unsigned int scans;
	double ago[SITES_SCANS];
	uint64_t elsewhere_objects;
	uint64_t elsewhere_bytes;
	size_t nr;
	struct site *site;
};

/**
 * sites_read() - read the count
 * @sites: zeroed but for its set of stacks
 * @file: the text, up to its end; may contain any bytes
 * @error: set to one line that says what is wrong
 * @size: bytes of @error
 *
 * The caller calls sites_free() in either case.
 *
 * Return: false if it is not a count of sites, or not a complete one.
 */
bool sites_read(struct sites *sites, FILE *file, char *error, size_t size);

/**
 * sites_load() - read a saved count, or the detector's
 * @sites: as for sites_read()
 * @path: NULL is the detector's file
 *
 * Ends the program with a line that gives the reason if that cannot be read.
 */
void sites_load(struct sites *sites, const char *path);

/**
 * sites_free() - free all but the stacks
 * @sites: the count
 */
void sites_free(struct sites *sites);

/**
 * site_last() - the value of a site at the last scan
 * @sites: the count
 * @values: the site's objects or bytes
 *
 * Return: the value.
 */
static inline uint64_t site_last(const struct sites *sites, const uint64_t *values)
{
	return sites->scans ? values[sites->scans - 1] : 0;
}

#endif
