/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory of vmalloc() by caller, from /proc/vmallocinfo, which only root can read.
 */
#ifndef KMEMLEAK_AREAS_H
#define KMEMLEAK_AREAS_H

#include <stdbool.h>
#include <stdint.h>

#include "sources.h"
#include "usage.h"

/**
 * struct areas - what /proc/vmallocinfo says
 * @by_caller: areas that have pages
 * @bytes: sum of their pages
 * @stack_bytes: the part of @bytes that is kernel stacks
 * @stacks: how many of these there are
 * @percpu_span: address space for per-CPU memory; it has that many pages or fewer
 * @page_size: bytes of a page
 */
struct areas {
	struct usages by_caller;
	int64_t bytes;
	int64_t stack_bytes;
	uint64_t stacks;
	int64_t percpu_span;
	uint64_t page_size;
};

/**
 * areas_read() - read /proc/vmallocinfo
 * @areas: empty, but for its page size; an error is in its usages
 * @sources: gets the file
 */
void areas_read(struct areas *areas, struct sources *sources);

/**
 * area_is_stacks() - are the areas of a caller kernel stacks?
 * @caller: as in the file
 *
 * Each process has one, so the caller is not to blame for many of them.
 */
bool area_is_stacks(const char *caller);

#endif
