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

struct slab;
struct vm_struct;

bool record_range(enum range_space space, unsigned long addr, size_t size,
		  int min_count, struct slot *slot, gfp_t gfp);
bool record_slab(struct slab *slab, bool partial, gfp_t gfp);
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
