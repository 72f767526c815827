/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions that enter the calls of hooks into the store.
 */
#ifndef _MM_KMEMLEAK_RECORD_H
#define _MM_KMEMLEAK_RECORD_H

#include <linux/gfp_types.h>
#include <linux/types.h>

#include "store/range.h"
#include "store/slot.h"

struct vm_struct;

static inline u32 colour_of(int min_count)
{
	return min_count < 0 ? OBJ_IGNORE : min_count ? 0 : OBJ_GREY;
}

bool record_range(enum range_space space, unsigned long addr, size_t size,
		  int min_count, struct slot *slot, gfp_t gfp);
void record_alloc(unsigned long addr, size_t size, int min_count,
		  struct slot *slot, gfp_t gfp);
void record_slab_alloc(unsigned long addr, size_t size, int min_count,
		       struct slot slot, gfp_t gfp);
void record_kfence_free(unsigned long addr);
void record_vmalloc(const struct vm_struct *area, size_t size,
		    struct slot *slot, gfp_t gfp);
void record_free(unsigned long addr);
void record_free_part(unsigned long addr, size_t size);
void record_flags(enum range_space space, unsigned long addr, u32 set);
void record_scan_area(unsigned long addr, size_t size, gfp_t gfp);

#endif
