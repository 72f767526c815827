/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where all of MemTotal is.
 */
#ifndef KMEMLEAK_ACCOUNT_H
#define KMEMLEAK_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "usage.h"

/* The lines of the account, in the order in which they are shown. */
enum account_line {
	ACCOUNT_FREE,
	ACCOUNT_FREE_CPU,
	ACCOUNT_ANON,
	ACCOUNT_SWAP_CACHE,
	ACCOUNT_SHMEM,
	ACCOUNT_PAGE_CACHE,
	ACCOUNT_HUGETLB,
	ACCOUNT_COMPRESSED,
	ACCOUNT_SLAB_RECLAIMABLE,
	ACCOUNT_SLAB_UNRECLAIMABLE,
	ACCOUNT_VMALLOC,
	ACCOUNT_MODULES,
	ACCOUNT_STACKS,
	ACCOUNT_PAGE_TABLES,
	ACCOUNT_PERCPU,
	ACCOUNT_OTHER,
	ACCOUNT_UNEXPLAINED,
	ACCOUNT_LINES,
};

/* Who can free the memory of a line. */
enum account_owner {
	OWNER_NOBODY,		/* it is free */
	OWNER_USER,		/* processes, or files they keep in memory */
	OWNER_CACHE,		/* the kernel, when memory is needed */
	OWNER_KERNEL,		/* kernel code: leaks are in here */
};

/**
 * struct account_name - names of a line
 * @name: one word, for databases and metrics
 * @text: for people
 * @owner: who can free its memory
 * @always: show the line even if it is zero
 */
struct account_name {
	const char *name;
	const char *text;
	enum account_owner owner;
	bool always;
};

extern const struct account_name account_names[ACCOUNT_LINES];

/**
 * account_page_size() - page size of the inspected machine, which may not be this one
 *
 * Ends the program as account_make() does.
 *
 * Return: bytes.
 */
uint64_t account_page_size(void);

/**
 * account_make() - account for all memory
 * @account: empty; gets %ACCOUNT_LINES usages in the order of enum account_line,
 *	whose bytes add up to MemTotal
 * @page_size: from account_page_size()
 * @areas: vmalloc() memory by caller; empty if that is not known
 *
 * Ends the program if /proc/meminfo is missing or malformed.
 */
void account_make(struct usages *account, uint64_t page_size, const struct usages *areas);

#endif
