// SPDX-License-Identifier: GPL-2.0
/*
 * Counters of the kernel as a whole. May call: sources.c, root.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "command.h"
#include "meminfo.h"
#include "root.h"

#define KB		1024
#define PAGE_MAX	(256 * KB)

static const char * const names[MEMINFO_FIELDS] = {
	[MEM_TOTAL] = "MemTotal",
	[MEM_FREE] = "MemFree",
	[BUFFERS] = "Buffers",
	[CACHED] = "Cached",
	[SWAP_CACHED] = "SwapCached",
	[ACTIVE_ANON] = "Active(anon)",
	[INACTIVE_ANON] = "Inactive(anon)",
	[ZSWAP] = "Zswap",
	[ANON_PAGES] = "AnonPages",
	[MAPPED] = "Mapped",
	[SHMEM] = "Shmem",
	[KRECLAIMABLE] = "KReclaimable",
	[SRECLAIMABLE] = "SReclaimable",
	[SUNRECLAIM] = "SUnreclaim",
	[KERNEL_STACK] = "KernelStack",
	[SHADOW_CALL_STACK] = "ShadowCallStack",
	[PAGE_TABLES] = "PageTables",
	[SEC_PAGE_TABLES] = "SecPageTables",
	[QUICKLISTS] = "Quicklists",
	[BOUNCE] = "Bounce",
	[WRITEBACK_TMP] = "WritebackTmp",
	[VMALLOC_USED] = "VmallocUsed",
	[VMALLOC_CHUNK] = "VmallocChunk",
	[PERCPU] = "Percpu",
	[HARDWARE_CORRUPTED] = "HardwareCorrupted",
	[BALLOON] = "Balloon",
	[GPU_ACTIVE] = "GPUActive",
	[GPU_RECLAIM] = "GPUReclaim",
	[HUGETLB] = "Hugetlb",
	[HUGEPAGE_SIZE] = "Hugepagesize",
	[HUGEPAGES_TOTAL] = "HugePages_Total",
	[HUGEPAGES_FREE] = "HugePages_Free",
};

bool meminfo_field(const char *line, char *name, int64_t *value, char *unit)
{
	*unit = '\0';
	return sscanf(line, "%63[^: ]: %" SCNd64 " %3s", name, value, unit) >= 2;
}

static bool is_number_of_pages(enum meminfo_field field)
{
	return field == HUGEPAGES_TOTAL || field == HUGEPAGES_FREE;
}

/* Limit values so that no sum of them overflows. The kernel has no other unit than kB. */
static bool meminfo_line(char *line, void *context)
{
	struct meminfo *meminfo = context;
	char name[MEMINFO_NAME_MAX], unit[MEMINFO_UNIT_MAX];
	bool in_kb;
	size_t i;
	int64_t value;

	if (!meminfo_field(line, name, &value, unit))
		return false;
	in_kb = !strcasecmp(unit, "kB");
	if (value < 0 || value > INT64_MAX / (KB * MEMINFO_FIELDS))
		return false;
	for (i = 0; i < MEMINFO_FIELDS; i++) {
		if (strcmp(name, names[i]))
			continue;
		if (in_kb == is_number_of_pages(i) || (!in_kb && *unit))
			return false;
		meminfo->value[i] = in_kb ? value * KB : value;
		meminfo->has[i] = true;
	}
	return true;
}

int meminfo_read(struct meminfo *meminfo, struct sources *sources)
{
	int error = sources_read(sources, "/proc/meminfo", meminfo_line, meminfo);

	if (error)
		return error;
	return meminfo->value[MEM_TOTAL] ? 0 : EBADMSG;
}

static bool zone_line(char *line, void *context)
{
	struct zones *zones = context;
	uint32_t pages;

	if (sscanf(line, " nr_slab_unreclaimable %" SCNu32, &pages) == 1)
		zones->slab_pages += pages;
	else if (sscanf(line, " count: %" SCNu32, &pages) == 1)
		zones->cpu_pages += pages;
	else if (sscanf(line, " nr_zspages %" SCNu32, &pages) == 1)
		zones->zs_pages += pages;
	return true;
}

void zones_read(struct zones *zones, struct sources *sources)
{
	if (sources_read(sources, "/proc/zoneinfo", zone_line, zones))
		sources_read(sources, "/proc/vmstat", zone_line, zones);
}

/* ---- Page size ---- */

/* An area of vmalloc() is its pages, with or without one more that guards its end. */
static bool area_size(char *line, void *context)
{
	uint64_t *page_size = context, size, pages, count;
	const char *at = strstr(line, " pages=");
	int guard;

	if (sscanf(line, "%*s %" SCNu64, &size) != 1)
		return false;
	if (!at || sscanf(at, " pages=%" SCNu64, &pages) != 1 || *page_size)
		return true;
	for (guard = 1; guard >= 0; guard--) {
		count = pages + guard;
		if (!pages || pages > INT32_MAX || size % count)
			continue;
		size /= count;
		if (size >= 4 * KB && size <= PAGE_MAX && !(size & (size - 1)))
			*page_size = size;
		return true;
	}
	return true;
}

/* Compare one file that counts in pages with another that counts in kB. */
static uint64_t page_size_by_zones(const struct meminfo *meminfo, const struct zones *zones)
{
	uint64_t size;

	/* The two reads are not of one moment; changes between them do not double it. */
	for (size = 4 * KB; zones->slab_pages && size <= PAGE_MAX; size *= 2)
		if (meminfo->value[SUNRECLAIM] < zones->slab_pages * (int64_t)size * 3 / 2)
			return size;
	return 0;
}

/**
 * struct votes - page sizes by the lines of slabinfo
 * @nr: number of lines for 4 KiB, 8 KiB and so on
 */
struct votes {
	size_t nr[7];
};

/*
 * A slab has as many objects as fit, so they take more than half of it, and not more than
 * all: "name <active> <all> <size> <objects per slab> <pages per slab> : tunables".
 */
static bool vote(char *line, void *context)
{
	struct votes *votes = context;
	uint64_t size, objects, pages, page;
	char *end = strstr(line, " : tunables "), *word;
	size_t i;

	if (!end)
		return true;
	*end = '\0';
	/* Names may contain spaces: the last three words count. */
	for (i = 0, word = end; i < 3 && word; i++) {
		while (word > line && word[-1] == ' ')
			word--;
		while (word > line && word[-1] != ' ')
			word--;
	}
	if (sscanf(word, "%" SCNu64 " %" SCNu64 " %" SCNu64, &size, &objects, &pages) != 3)
		return false;
	if (!pages || size > INT32_MAX || objects > INT16_MAX)
		return true;
	for (i = 0, page = 4 * KB; i < ARRAY_SIZE(votes->nr); i++, page *= 2) {
		if (size * objects <= page * pages) {
			votes->nr[i] += size && objects;
			break;
		}
	}
	return true;
}

static uint64_t page_size_by_slabs(void)
{
	struct sources unused = { 0 };
	struct votes votes = { 0 };
	size_t i, most = 0;

	sources_read(&unused, "/proc/slabinfo", vote, &votes);
	sources_free(&unused);
	for (i = 0; i < ARRAY_SIZE(votes.nr); i++)
		if (votes.nr[i] > votes.nr[most])
			most = i;
	return votes.nr[most] ? 4 * KB << most : 0;
}

/*
 * Most fields are numbers of pages times the page size, unless somebody rounded them to
 * quote them. All may be even by chance, so that pages of 8 and 32 KiB cannot be told so.
 */
static uint64_t page_size_by_divisor(const struct meminfo *meminfo)
{
	static const enum meminfo_field fields[] = {
		MEM_FREE, BUFFERS, CACHED, ACTIVE_ANON, INACTIVE_ANON, ANON_PAGES, MAPPED,
		SHMEM, SRECLAIMABLE, SUNRECLAIM, PAGE_TABLES,
	};
	uint64_t size = PAGE_MAX;
	size_t i, nr = 0, round = 0;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		nr += !!meminfo->value[fields[i]];
		round += meminfo->value[fields[i]] && meminfo->value[fields[i]] % (100 * KB) == 0;
		while (meminfo->value[fields[i]] % size)
			size /= 2;
	}
	if (size == 8 * KB || size == 32 * KB)
		size /= 2;
	return nr >= 6 && round < 3 && size >= 4 * KB ? size : 0;
}

uint64_t page_size_find(const struct meminfo *meminfo, const struct zones *zones)
{
	struct sources unused = { 0 };
	uint64_t size;

	if (root_is_live())
		return sysconf(_SC_PAGESIZE);
	size = page_size_by_zones(meminfo, zones);
	if (!size)
		sources_read(&unused, "/proc/vmallocinfo", area_size, &size);
	sources_free(&unused);
	if (!size)
		size = page_size_by_slabs();
	if (!size)
		size = page_size_by_divisor(meminfo);
	return size ?: 4 * KB;
}
