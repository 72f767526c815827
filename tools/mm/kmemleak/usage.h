/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What memory is used for, by name: slab caches, callers of vmalloc(), allocation
 * sites and the like. Each kind is a list; a sample holds one list of each.
 */
#ifndef KMEMLEAK_USAGE_H
#define KMEMLEAK_USAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Kinds of usages. */
enum usage_kind {
	USAGE_MEMORY,		/* a line of the account; they add up to MemTotal */
	USAGE_CACHE,		/* a slab cache */
	USAGE_AREA,		/* vmalloc() memory by caller */
	USAGE_SITE,		/* live objects by allocation site, from the detector */
	USAGE_LEAK,		/* leaked objects by allocation site, likewise */
	USAGE_ALLOC,		/* allocations by line of source, from /proc/allocinfo */
	USAGE_KINDS,
};

/* Names of kinds in databases and messages. */
extern const char * const usage_kind_names[USAGE_KINDS];

/* Room for the name of a module; the kernel has no longer ones. */
#define USAGE_MODULE	64

/**
 * struct usage - a named user of memory
 * @name: unique within its kind
 * @bytes: all memory it takes; may be negative for %USAGE_MEMORY
 * @objects: number of live objects, 0 where the kernel does not count them
 * @object_bytes: size of each; for caches, 0 if unknown
 * @grown: bytes it grew by in all scans that the detector tells of, if it grew at each, else 0;
 *	for sites only
 * @unknown: no file tells of it; for lines of the account only
 * @reclaimable: the kernel counts it as what it frees when memory is short; for caches only
 *	root can tell
 * @kept: but it does not free it; for caches only
 * @follows: bytes that go with memory that is freed then; for caches that are not @reclaimable
 */
struct usage {
	char *name;
	int64_t bytes;
	uint64_t objects;
	uint32_t object_bytes;
	int64_t grown;
	bool unknown;
	bool reclaimable;
	bool kept;
	int64_t follows;
};

/**
 * struct usages - all usages of a kind
 * @list: sorted with strcmp(), except for %USAGE_MEMORY, which is in the order of the
 *	account's lines
 * @nr: number of usages
 * @error: 0, or a positive errno if they could not be read
 */
struct usages {
	struct usage *list;
	size_t nr;
	int error;
};

/**
 * usages_add() - add a usage
 * @usages: the list
 * @name: copied; usages_sort() merges usages of the same name
 *
 * Return: the new usage, with its name set and all else 0.
 */
struct usage *usages_add(struct usages *usages, const char *name);

/**
 * usages_sort() - sort by name, and add up usages of the same name
 * @usages: of any kind but %USAGE_MEMORY
 */
void usages_sort(struct usages *usages);

/**
 * usages_total() - sum of all usages
 * @usages: of any kind
 *
 * Return: a usage without a name that has the bytes and objects of all.
 */
struct usage usages_total(const struct usages *usages);

/**
 * usage_find() - find a usage by name
 * @usages: sorted
 * @name: its name
 *
 * Return: the usage, or NULL if there is none.
 */
const struct usage *usage_find(const struct usages *usages, const char *name);

/**
 * usages_by_bytes() - usages in the order of their size
 * @usages: of any kind
 *
 * Return: @usages->nr pointers, the largest usage first, equal ones by name; the
 * caller frees the array.
 */
const struct usage **usages_by_bytes(const struct usages *usages);

/**
 * usage_module() - the module in the name of a site, "function+0x1/0x2 [module]"
 * @name: of a site; untrusted
 * @module: set to the module
 *
 * Return: false if there is none that can be a part of a command.
 */
bool usage_module(const char *name, char module[USAGE_MODULE]);

/**
 * usages_copy() - copy a list with its names
 * @to: empty
 * @from: of any kind
 */
void usages_copy(struct usages *to, const struct usages *from);

/**
 * usages_free() - free a list and its names
 * @usages: of any kind; empty afterwards
 */
void usages_free(struct usages *usages);

#endif
