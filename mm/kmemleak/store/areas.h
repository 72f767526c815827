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
struct pst_node;

/**
 * struct area_view - a scan area in a scan's snapshot
 * @start: first byte
 * @last: last byte
 */
struct area_view {
	unsigned long start;
	unsigned long last;
};

void areas_drop_locked(unsigned long start, unsigned long last,
		       struct pst_node **dropped);
void __areas_free(struct pst_node *dropped);
void areas_drop(unsigned long start, unsigned long last);
void areas_teardown(void);
bool area_add(const struct object_ref *ref, unsigned long start,
	      unsigned long last, gfp_t gfp);
bool area_next(unsigned long *addr, struct area_view *area);
unsigned int areas_get(unsigned long *addr, struct area_view *area,
		       unsigned int room);
unsigned int areas_count(void);
long areas_bytes(void);
void __init areas_init(void);
void areas_might_lock(void);

/**
 * areas_free() - free areas that were removed from the tree
 * @dropped: the first of them, or %NULL
 *
 * Context: Any but NMI.
 */
static inline void areas_free(struct pst_node *dropped)
{
	if (unlikely(dropped))
		__areas_free(dropped);
}

#endif
