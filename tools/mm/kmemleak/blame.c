// SPDX-License-Identifier: GPL-2.0
/*
 * Who has most of a line of the account. May call: saying.c, allocs.c, areas.c, growth.c,
 * units.c.
 *
 * An amount is that of the part itself. It may exceed the line, as counters are not of one
 * moment, and others may have shrunk meanwhile.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "allocs.h"
#include "areas.h"
#include "units.h"

/* A part that has less does not explain the whole. */
#define PART_PERCENT	10

static bool is_to_blame(const struct topic *topic, const struct usage *usage)
{
	switch (topic->line) {
	case ACCOUNT_VMALLOC:
		return !area_is_stacks(usage->name);
	case ACCOUNT_SLAB_RECLAIMABLE:
		return usage->reclaimable && usage->kept == topic->kept;
	default:
		return !usage->reclaimable && usage->follows < usage->bytes / 4 * 3;
	}
}

int64_t find_part(const struct advice *advice, struct topic *topic)
{
	enum usage_kind kind = topic->line == ACCOUNT_VMALLOC ? USAGE_AREA : USAGE_CACHE;
	size_t i, nr = last_look(advice->timeline)->of[kind].nr;
	struct growth *growth = growths(advice->timeline, kind);
	int64_t most = topic->bytes / 100 * PART_PERCENT, bytes;

	topic->part = NULL;
	for (i = 0; i < nr; i++) {
		if (topic->grew && !growth[i].lasting)
			break;
		bytes = topic->grew ? growth[i].bytes : growth[i].usage->bytes;
		if (bytes <= most || !is_to_blame(topic, growth[i].usage))
			continue;
		topic->part = growth[i].usage;
		most = bytes;
	}
	free(growth);
	return topic->part ? most : 0;
}

/* The function of a caller: the text up to "+0x". */
static bool is_caller(const char *caller, const char *function)
{
	size_t length = strcspn(caller, "+. ");

	return strlen(function) == length && !strncmp(caller, function, length);
}

/* Can the objects of a site be in the cache? */
static bool fits_cache(const struct usage *alloc, const struct usage *cache)
{
	double each = (double)alloc->bytes / alloc->objects;

	return !cache || !cache->object_bytes ||
	       (each <= cache->object_bytes && each > cache->object_bytes / 2.0);
}

/* Is memory of this site in the line? Guess by the size of its allocations. */
static bool fits(const struct advice *advice, const struct topic *topic,
		 const struct usage *alloc)
{
	int64_t page = last_look(advice->timeline)->page_size;
	struct alloc_site site;

	if (alloc->bytes <= 0 || !alloc->objects || !alloc_site_parse(&site, alloc->name) ||
	    alloc_is_counted(&site))
		return false;
	/* What is larger than the whole is elsewhere. */
	if (!topic->grew && alloc->bytes > topic->bytes + topic->bytes / 4)
		return false;
	switch (topic->line) {
	case ACCOUNT_SLAB_RECLAIMABLE:
	case ACCOUNT_SLAB_UNRECLAIMABLE:
		return fits_cache(alloc, topic->part);
	case ACCOUNT_VMALLOC:
		return topic->part && is_caller(topic->part->name, site.function) ? true :
		       alloc->bytes / (int64_t)alloc->objects >= page;
	case ACCOUNT_UNEXPLAINED:
	case ACCOUNT_OTHER:
		return alloc->bytes % page == 0 &&
		       alloc->bytes / (int64_t)alloc->objects >= page;
	default:
		return true;
	}
}

/* A saved tree may have anything in place of a name. */
static bool is_identifier(const char *name)
{
	for (; *name; name++)
		if (!isascii(*name) || (!isalnum(*name) && !strchr("_.$", *name)))
			return false;
	return true;
}

bool say_allocation(struct advice *advice, const struct topic *topic)
{
	size_t i, nr = last_look(advice->timeline)->of[USAGE_ALLOC].nr;
	struct growth *growth = growths(advice->timeline, USAGE_ALLOC);
	int64_t most = topic->bytes / 100 * PART_PERCENT, bytes;
	const struct usage *found = NULL;
	struct alloc_site site;
	char size[UNITS_MAX];

	for (i = 0; i < nr; i++) {
		if (topic->grew && !growth[i].lasting)
			break;
		bytes = topic->grew ? growth[i].bytes : growth[i].usage->bytes;
		if (bytes > most && fits(advice, topic, growth[i].usage)) {
			found = growth[i].usage;
			most = bytes;
		}
	}
	free(growth);
	if (!found)
		return false;
	say(advice, "By " ALLOCS_FILE " %s allocated %s%s, in %" PRIu64 " call%s.\n",
	    found->name, format_bytes(size, most),
	    topic->grew ? " of that" : " that is not freed", found->objects,
	    plural(found->objects));
	if (!alloc_site_parse(&site, found->name) || !is_identifier(site.function))
		return true;
	say(advice, "Next, find out who calls %s().\n", site.function);
	propose(advice, "bpftrace -e 'kprobe:%s { @[kstack] = count(); } "
		"interval:s:10 { exit(); }'", site.function);
	return true;
}
