/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Slab caches, from /proc/slabinfo or what slabtop prints of it.
 */
#ifndef KMEMLEAK_CACHES_H
#define KMEMLEAK_CACHES_H

#include <stdint.h>

#include "sources.h"
#include "usage.h"

/**
 * caches_read() - read the slab caches
 * @caches: empty
 * @page_size: bytes of a page
 * @unreclaimable: bytes of all caches that are not reclaimable, 0 if unknown
 * @sources: gets the files
 *
 * Return: the size of all slab, if only the largest caches are in the file and it tells
 * that size, as slabtop's output does; else 0.
 */
int64_t caches_read(struct usages *caches, uint64_t page_size, int64_t unreclaimable,
		    struct sources *sources);

#endif
