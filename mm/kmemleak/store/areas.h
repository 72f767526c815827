/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Scan areas: the only parts of some objects that hold references.
 */
#ifndef _MM_KMEMLEAK_STORE_AREAS_H
#define _MM_KMEMLEAK_STORE_AREAS_H

#include <linux/compiler.h>
#include <linux/gfp_types.h>
#include <linux/init.h>
#include <linux/types.h>

struct object_ref;

/* Number of searches for areas each time range_lock is taken. */
#define AREAS_HOLD	16U

/**
 * struct area_view - a scan area in a scan's snapshot
 * @start: first byte
 * @last: last byte
 */
struct area_view {
	unsigned long start;
	unsigned long last;
};

void areas_drop(unsigned long start, unsigned long last);
void areas_teardown(void);
bool area_add(const struct object_ref *ref, unsigned long start,
	      unsigned long last, gfp_t gfp);
unsigned int areas_get(unsigned long *addr, struct area_view *area,
		       unsigned int room);
unsigned int areas_count(void);
long areas_bytes(void);
void __init areas_init(void);
void areas_might_lock(void);

#endif
