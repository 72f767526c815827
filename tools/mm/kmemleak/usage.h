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
 * usage_kind_names - what a kind is called in a database and in messages
 */
extern const char * const usage_kind_names[USAGE_KINDS];

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

/**
 * usages_add() - count something
 * @usages: where to
 * @name: copied; of two with the same name the sum is kept by usages_sort()
 *
 * Return: what was added, with its name set and all else 0.
 */
struct usage *usages_add(struct usages *usages, const char *name);

/**
 * usages_sort() - sort by name, and add up usages of the same name
 * @usages: of any kind but %USAGE_MEMORY
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

/**
 * usages_free() - free a list and its names
 * @usages: of any kind; empty afterwards
 */
void usages_free(struct usages *usages);

#endif
