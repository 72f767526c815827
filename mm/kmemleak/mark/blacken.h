/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Read grey objects.
 */
#ifndef _MM_KMEMLEAK_MARK_BLACKEN_H
#define _MM_KMEMLEAK_MARK_BLACKEN_H

#include <linux/types.h>

#include "store/range.h"

struct mark_worker;
struct tracked_range;

void blacken(struct mark_worker *w);
void blacken_range(struct mark_worker *w, struct tracked_range *range);
void mark_lost_chunk(struct mark_worker *w, enum range_space space,
		     unsigned long at, unsigned long start, size_t size);

#endif
