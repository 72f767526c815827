// SPDX-License-Identifier: GPL-2.0
/*
 * Slab caches. May call: shadow.c, sources.c, root.c, usage.c, command.c.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "caches.h"
#include "command.h"
#include "root.h"
#include "shadow.h"

/**
 * struct reading - state while the file is read
 * @caches: the caches so far
 * @page_size: bytes of a page
 * @all: bytes of all slab by slabtop's heading
 */
struct reading {
	struct usages *caches;
	uint64_t page_size;
	int64_t all;
};

/*
 * A line of slabinfo. Names may contain spaces, so parse numbers backwards from the
 * first colon: pages and objects per slab, object size, all objects, active objects. The
 * number of slabs is after the second colon.
 */
static bool slabinfo_line(struct reading *reading, char *line)
{
	char *tunables = strstr(line, " : tunables "), *slabs, *word = NULL;
	uint64_t number[5], nr_slabs;
	struct usage *usage;
	int64_t bytes;
	int i;

	slabs = tunables ? strstr(tunables, " : slabdata ") : NULL;
	if (!slabs || sscanf(slabs, " : slabdata %*u %" SCNu64, &nr_slabs) != 1)
		return false;
	*tunables = '\0';
	for (i = 4; i >= 0; i--) {
		word = strrchr(line, ' ');
		if (!word || sscanf(word, "%" SCNu64, &number[i]) != 1)
			return false;
		while (word > line && word[-1] == ' ')
			word--;
		*word = '\0';
	}
	if (number[4] > INT16_MAX || !*line ||
	    __builtin_mul_overflow(nr_slabs, number[4] * reading->page_size, &bytes))
		return false;
	usage = usages_add(reading->caches, line);
	usage->objects = number[0];
	usage->object_bytes = number[2] < INT32_MAX ? number[2] : 0;
	usage->bytes = bytes;
	return true;
}

/* Sizes of slabtop: "45906648K", "1.5G". */
static bool slabtop_size(const char *text, double *bytes)
{
	static const char units[] = "BKMGT";
	const char *unit;
	char letter;
	int i;

	if (sscanf(text, "%lf%c", bytes, &letter) != 2 || !(*bytes >= 0))
		return false;
	unit = strchr(units, letter);
	for (i = unit ? unit - units : 0; i; i--)
		*bytes *= 1024;
	return unit && *bytes < INT64_MAX / 1024;
}

/* "  OBJS ACTIVE  USE OBJ SIZE  SLABS OBJ/SLAB CACHE SIZE NAME" */
static bool slabtop_line(struct reading *reading, const char *line)
{
	char object[16], size[24], name[128];
	double bytes, object_bytes;
	struct usage *usage;
	uint64_t active;

	if (sscanf(line, " %*u %" SCNu64 " %*u%% %15s %*u %*u %23s %127[^\n]", &active, object,
		   size, name) != 4)
		return false;
	if (!slabtop_size(object, &object_bytes) || !slabtop_size(size, &bytes))
		return false;
	usage = usages_add(reading->caches, name);
	usage->objects = active;
	usage->bytes = bytes;
	return true;
}

/* " Active / Total Size (% used)       : 45123.88K / 46022.64K (98.0%)" */
static bool slabtop_heading(struct reading *reading, const char *line)
{
	char size[24];
	double bytes;

	if (sscanf(line, " Active / Total Size (%% used) : %*s / %23s", size) == 1 &&
	    slabtop_size(size, &bytes))
		reading->all = bytes;
	return strstr(line, "Active / Total") || strstr(line, "Minimum / Average") ||
	       strstr(line, "OBJ/SLAB");
}

static bool cache_line(char *line, void *context)
{
	struct reading *reading = context;

	return *line == '#' || !strncmp(line, "slabinfo - version", 18) ||
	       slabtop_heading(reading, line) || slabtop_line(reading, line) ||
	       slabinfo_line(reading, line);
}

/* ---- Which does the kernel free? ---- */

/* The kernel tells, in a file that only SLUB has and most saved trees lack. */
static bool is_reclaimable(const struct usage *cache, int64_t unreclaimable)
{
	char *path = xasprintf("/sys/kernel/slab/%s/reclaim_account", cache->name);
	FILE *file = root_try(path);
	bool is;

	free(path);
	if (file) {
		is = fgetc(file) == '1';
		fclose(file);
		return is;
	}
	/* It cannot be a part of what is smaller than it is. */
	if (unreclaimable && cache->bytes > unreclaimable + unreclaimable / 8)
		return true;
	return cache_is_marked(cache->name);
}

int64_t caches_read(struct usages *caches, uint64_t page_size, int64_t unreclaimable,
		    struct sources *sources)
{
	struct reading reading = { .caches = caches, .page_size = page_size };
	size_t i;

	caches->error = sources_read(sources, "/proc/slabinfo", cache_line, &reading);
	usages_sort(caches);
	for (i = 0; i < caches->nr; i++) {
		struct usage *cache = &caches->list[i];

		cache->reclaimable = is_reclaimable(cache, unreclaimable);
		cache->kept = cache->reclaimable && cache_is_kept(cache->name);
	}
	caches_follow(caches);
	return reading.all;
}
