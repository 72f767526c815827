/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Allocations by the line of source that made them: /proc/allocinfo of kernels with
 * CONFIG_MEM_ALLOC_PROFILING (6.10 and later).
 */
#ifndef KMEMLEAK_ALLOCS_H
#define KMEMLEAK_ALLOCS_H

#include <stdbool.h>
#include <stdint.h>

#include "sources.h"
#include "usage.h"

/* The kernel's own file, and its header of version 1.0. */
#define ALLOCS_FILE	"/proc/allocinfo"

/**
 * allocs_read() - read /proc/allocinfo
 * @allocs: empty; usages are named "function() at file:line [module]"
 * @sources: gets the file
 *
 * ENODATA is the error if the kernel does not count now.
 */
void allocs_read(struct usages *allocs, struct sources *sources);

/**
 * struct alloc_site - the parts of a name
 * @function: the function, without "()"
 * @file: the source file
 * @module: empty for the kernel itself
 */
struct alloc_site {
	char function[128];
	char file[256];
	char module[64];
};

/**
 * alloc_site_parse() - take the name of a usage apart
 * @site: set by this function
 * @name: the name
 *
 * Return: false if the name is not one of allocs_read().
 */
bool alloc_site_parse(struct alloc_site *site, const char *name);

/**
 * alloc_is_counted() - is memory of a site in another line of the account?
 * @site: the site
 *
 * These are pages of processes and files, and pages of allocators whose users have sites
 * of their own.
 */
bool alloc_is_counted(const struct alloc_site *site);

#endif
