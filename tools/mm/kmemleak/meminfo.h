/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters of the kernel as a whole: /proc/meminfo, and sums of /proc/zoneinfo.
 */
#ifndef KMEMLEAK_MEMINFO_H
#define KMEMLEAK_MEMINFO_H

#include <stdbool.h>
#include <stdint.h>

#include "sources.h"

/* Fields of /proc/meminfo. */
enum meminfo_field {
	MEM_TOTAL, MEM_FREE, BUFFERS, CACHED, SWAP_CACHED, ACTIVE_ANON, INACTIVE_ANON,
	ZSWAP, ANON_PAGES, MAPPED, SHMEM, KRECLAIMABLE, SRECLAIMABLE, SUNRECLAIM,
	KERNEL_STACK, SHADOW_CALL_STACK, PAGE_TABLES, SEC_PAGE_TABLES, QUICKLISTS, BOUNCE,
	WRITEBACK_TMP, VMALLOC_USED, VMALLOC_CHUNK, PERCPU, HARDWARE_CORRUPTED, BALLOON,
	GPU_ACTIVE, GPU_RECLAIM, HUGETLB, HUGEPAGE_SIZE,
	HUGEPAGES_TOTAL, HUGEPAGES_FREE,	/* numbers of pages */
	MEMINFO_FIELDS,
};

/**
 * struct meminfo - /proc/meminfo
 * @value: the fields in bytes, or as numbers of pages; 0 if the kernel has none
 * @has: the file has the field
 */
struct meminfo {
	int64_t value[MEMINFO_FIELDS];
	bool has[MEMINFO_FIELDS];
};

#define MEMINFO_NAME_MAX	64
#define MEMINFO_UNIT_MAX	4

/**
 * meminfo_field() - parse a line of /proc/meminfo, of any field
 * @line: the line
 * @name: set to the name; room for %MEMINFO_NAME_MAX
 * @value: set to the number
 * @unit: set to what follows, empty if nothing does; room for %MEMINFO_UNIT_MAX
 *
 * Return: false if it is no such line.
 */
bool meminfo_field(const char *line, char *name, int64_t *value, char *unit);

/**
 * meminfo_read() - read /proc/meminfo
 * @meminfo: empty
 * @sources: gets the file
 *
 * Return: 0 or a positive errno; EBADMSG if the file has no MemTotal.
 */
int meminfo_read(struct meminfo *meminfo, struct sources *sources);

/**
 * struct zones - sums over all zones
 * @slab_pages: unreclaimable slab; the unit is pages up to 5.8, still so named later
 * @cpu_pages: free pages on lists of CPUs
 * @zs_pages: of zsmalloc, the allocator beneath zram and zswap
 */
struct zones {
	int64_t slab_pages;
	int64_t cpu_pages;
	int64_t zs_pages;
};

/**
 * zones_read() - read /proc/zoneinfo, and /proc/vmstat if there is none
 * @zones: empty
 * @sources: gets the files
 */
void zones_read(struct zones *zones, struct sources *sources);

/**
 * page_size_find() - page size of the inspected machine, which may not be this one
 * @meminfo: read
 * @zones: read
 *
 * Return: bytes.
 */
uint64_t page_size_find(const struct meminfo *meminfo, const struct zones *zones);

#endif
