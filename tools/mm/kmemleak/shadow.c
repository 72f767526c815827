// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that follows other memory, and what the kernel gives back, by name. May call:
 * account.c, fit.c. What is known of single caches is in the tables here.
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "fit.h"
#include "shadow.h"

/* A shadow may grow so many times as fast as its partner: partners come and go. */
#define SHADOW_PART	1.25

/*
 * Caches that are given back, most of which the kernel marks (SLAB_RECLAIM_ACCOUNT). An
 * entry has this mark in some kernel's source, or a shrinker that frees its objects, or is
 * freed with the pages or inodes that it belongs to.
 */
static const char * const given_back[] = {
	"dentry", "dentry_cache", "*inode_cache", "*znode_cache", "*_inode", "inode_cache*",
	"xfs_ili", "xfs_buf", "dquot", "buffer_head", "radix_tree_node", "xarray_node",
	"btrfs_extent_map", "btrfs_extent_buffer", "extent_map", "extent_buffer",
	"ext4_extent_status", "extent_status", "ext4_es*", "ext4_prealloc_space",
	"ext4_free_data", "jbd2_journal_head", "jbd2_journal_handle", "journal_head",
	"mb_cache_entry", "mbcache", "f2fs_nat_entry", "f2fs_free_nid", "f2fs_extent_tree",
	"f2fs_extent_node", "zswap_entry", "nfsd_drc", "nfsd_file*", "gfs2_glock*",
	"kmalloc-rcl-*", "kmalloc-reclaim-*", "kmalloc-reclaimable-*",
	"arc_buf_*", "abd_t", "dmu_buf_impl_t", "dnode_t", "zio_*buf_*", "sa_cache", NULL
};

/* Caches that the kernel marks, but whose objects live as long as sockets, files and mounts. */
static const char * const marked_and_kept[] = {
	"sock_inode_cache", "shmem_inode_cache", "rpc_inode_cache", "bdev_cache", NULL
};

/* Caches that the kernel does not mark, whatever their names look like. */
static const char * const never_given_back[] = {
	"hugetlbfs_inode_cache", "mqueue_inode_cache", "lsm_*", "*_security*", NULL
};

/*
 * Caches whose objects belong to those of another, or to any of several. A line of the
 * account may follow, too: a page table maps 512 pages, some of them few.
 */
static const struct {
	enum usage_kind kind;
	const char *name;
	enum usage_kind partner_kind;
	const char *partner;
	double bytes;		/* of the shadow for a byte of the partner; 0 is by objects */
} shadows[] = {
	{ USAGE_CACHE, "lsm_inode_cache", USAGE_CACHE, "*inode*", 0 },
	{ USAGE_CACHE, "*inode_security", USAGE_CACHE, "*inode*", 0 },
	{ USAGE_CACHE, "*iint*", USAGE_CACHE, "*inode*", 0 },
	{ USAGE_CACHE, "fscrypt_*info", USAGE_CACHE, "*inode*", 0 },
	{ USAGE_CACHE, "fsverity_info", USAGE_CACHE, "*inode*", 0 },
	{ USAGE_CACHE, "xfs_ili", USAGE_CACHE, "xfs_inode", 0 },
	{ USAGE_CACHE, "xfs_ifork", USAGE_CACHE, "xfs_inode", 0 },
	{ USAGE_CACHE, "btrfs_delayed_node", USAGE_CACHE, "btrfs_inode", 0 },
	{ USAGE_CACHE, "jbd2_journal_head", USAGE_CACHE, "buffer_head", 0 },
	{ USAGE_CACHE, "*_dentry*", USAGE_CACHE, "dentry", 0 },
	{ USAGE_CACHE, "lsm_file_cache", USAGE_CACHE, "filp", 0 },
	{ USAGE_MEMORY, "page_tables", USAGE_MEMORY, "anonymous", 1.0 / 64 },
	{ USAGE_MEMORY, "page_tables", USAGE_MEMORY, "shmem", 1.0 / 64 },
};

static bool is_in(const char * const *patterns, const char *name)
{
	for (; *patterns; patterns++)
		if (!fnmatch(*patterns, name, 0))
			return true;
	return false;
}

bool cache_is_kept(const char *name)
{
	return is_in(marked_and_kept, name) || is_in(never_given_back, name);
}

/* Does the kernel free the objects of a cache when memory is short? */
static bool cache_is_given_back(const char *name)
{
	return !cache_is_kept(name) && is_in(given_back, name);
}

bool cache_is_marked(const char *name)
{
	return cache_is_given_back(name) || is_in(marked_and_kept, name);
}

enum account_owner series_owner(const struct series *series)
{
	enum account_line line;

	if (series->kind == USAGE_MEMORY)
		for (line = 0; line < ACCOUNT_LINES; line++)
			if (!strcmp(series->name, account_names[line].name))
				return account_names[line].owner;
	if (series->kind == USAGE_CACHE && cache_is_kept(series->name))
		return OWNER_KERNEL;
	if (series->reclaimable ||
	    (series->kind == USAGE_CACHE && cache_is_given_back(series->name)))
		return OWNER_CACHE;
	return OWNER_KERNEL;
}

static double slope_of(const struct series *series, const double *values)
{
	return series->nr > 1 ? fit_line(series->uptime, values, series->nr).slope : 0;
}

static bool follows(size_t rule, enum usage_kind kind, const char *name)
{
	return kind == shadows[rule].kind && !fnmatch(shadows[rule].name, name, 0);
}

/* Two shadows are no evidence for each other. */
static bool is_partner(size_t rule, enum usage_kind kind, const char *name)
{
	size_t i;

	if (kind != shadows[rule].partner_kind || fnmatch(shadows[rule].partner, name, 0))
		return false;
	for (i = 0; i < ARRAY_SIZE(shadows); i++)
		if (follows(i, kind, name) && strcmp(name, shadows[rule].partner))
			return false;
	return true;
}

/* Objects of all partners that are given back. */
static double partners_objects(size_t rule, const struct usages *caches)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < caches->nr; i++)
		if (caches->list[i].reclaimable && !caches->list[i].kept &&
		    is_partner(rule, USAGE_CACHE, caches->list[i].name))
			sum += caches->list[i].objects;
	return sum;
}

void caches_follow(struct usages *caches)
{
	double part, most;
	size_t i, rule;

	for (i = 0; i < caches->nr; i++) {
		struct usage *cache = &caches->list[i];

		if (cache->reclaimable)
			continue;
		most = cache_is_given_back(cache->name);
		for (rule = 0; cache->objects && rule < ARRAY_SIZE(shadows); rule++) {
			if (!follows(rule, USAGE_CACHE, cache->name))
				continue;
			part = SHADOW_PART * partners_objects(rule, caches) / cache->objects;
			most = part > most ? part : most;
		}
		cache->follows = cache->bytes * (most < 1 ? most : 1);
	}
}

/* Growth of all partners; the fastest is @found. */
static double partners_slope(size_t rule, const struct series_list *list,
			     const struct series **found)
{
	double sum = 0, slope, most = 0;
	size_t i;

	for (i = 0; i < list->nr; i++) {
		const struct series *other = &list->series[i];

		if (!is_partner(rule, other->kind, other->name))
			continue;
		slope = slope_of(other, shadows[rule].bytes ? other->bytes : other->objects);
		sum += slope;
		if (slope > most) {
			most = slope;
			*found = other;
		}
	}
	return sum;
}

/* All of the unreclaimable slab grows with the shadows that are in it. */
static const struct series *partner_of_slab(const struct series *series, double slope,
					    const struct series_list *list)
{
	const struct series *found = NULL;
	double sum = 0, most = 0, own;
	size_t i;

	for (i = 0; i < list->nr; i++) {
		const struct series *cache = &list->series[i];

		if (cache->kind != USAGE_CACHE || cache->reclaimable)
			continue;
		own = slope_of(cache, cache->bytes);
		if (own <= 0 || (series_owner(cache) != OWNER_CACHE &&
				 !shadow_partner(cache, own, list)))
			continue;
		sum += own;
		if (own > most) {
			most = own;
			found = cache;
		}
	}
	return slope <= SHADOW_PART * sum ? found : NULL;
}

const struct series *shadow_partner(const struct series *series, double slope,
				    const struct series_list *list)
{
	const struct series *found;
	double own, partners;
	size_t i;

	if (series->kind == USAGE_MEMORY && !strcmp(series->name, "slab_unreclaimable"))
		return partner_of_slab(series, slope, list);
	for (i = 0; i < ARRAY_SIZE(shadows); i++) {
		if (!follows(i, series->kind, series->name))
			continue;
		found = NULL;
		partners = partners_slope(i, list, &found);
		own = slope;
		if (shadows[i].bytes)
			partners *= shadows[i].bytes;
		else
			own = slope_of(series, series->objects);
		if (found && own <= SHADOW_PART * partners)
			return found;
	}
	return NULL;
}
