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

/* Scans that the detector has the counts of. */
#define SITES_SCANS	16

/**
 * struct site - objects that one place allocated
 * @frame: the place
 * @growing: the detector calls it that
 * @objects: at each scan, the latest last
 * @bytes: their sizes, added up
 */
struct site {
	struct frame *frame;
	bool growing;
	uint64_t objects[SITES_SCANS];
	uint64_t bytes[SITES_SCANS];
};

/**
 * struct sites - all sites, in the detector's order
 * @stacks: what the frames are from
 * @scans: of which there are counts, SITES_SCANS at most
 * @ago: seconds since each, the latest last
 * @elsewhere_objects: objects at the last scan that are of no site
 * @elsewhere_bytes: their sizes, added up
 * @nr: sites
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
 * @file: the text, up to its end; any bytes are allowed
 * @error: what is wrong with it, one line
 * @size: bytes of @error
 *
 * The caller calls sites_free() in either case.
 *
 * Return: false if it is no count of sites, or not a whole one.
 */
bool sites_read(struct sites *sites, FILE *file, char *error, size_t size);

/**
 * sites_load() - read a saved count, or the detector's
 * @sites: as for sites_read()
 * @path: NULL is the detector's file
 *
 * Ends the program with a line that says why if it cannot be read.
 */
void sites_load(struct sites *sites, const char *path);

/**
 * sites_free() - free all but the stacks
 * @sites: the count
 */
void sites_free(struct sites *sites);

/**
 * site_last() - a site at the last scan
 * @sites: the count
 * @values: its objects or bytes
 *
 * Return: how many.
 */
static inline uint64_t site_last(const struct sites *sites, const uint64_t *values)
{
	return sites->scans ? values[sites->scans - 1] : 0;
}

#endif
