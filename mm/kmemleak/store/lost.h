/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Objects that could not be recorded, by where they are.
 */
#ifndef _MM_KMEMLEAK_STORE_LOST_H
#define _MM_KMEMLEAK_STORE_LOST_H

#include <linux/types.h>

#include "store/range.h"

/**
 * struct lost_range - where an object is that could not be recorded
 * @start: first byte
 * @last: last byte
 * @space: what these mean
 */
struct lost_range {
	unsigned long start;
	unsigned long last;
	enum range_space space;
};

/* Lost objects that there is room for. */
#define LOST_RANGES	512

extern struct lost_range lost_ranges[LOST_RANGES];

/*
 * What a section announces that reads a lost object, of which there is no record: all
 * of them in one. Whoever frees one waits for it.
 */
static inline const void *lost_target(void)
{
	return lost_ranges;
}

void lost_add(enum range_space space, unsigned long start, unsigned long last);
bool lost_end(enum range_space space, unsigned long start, unsigned long last);
bool lost_cut(enum range_space space, unsigned long start, unsigned long last);
void lost_forget(void);
bool lost_any(void);
bool lost_unknown(void);
bool lost_within(enum range_space space, unsigned long start,
		 unsigned long last);
bool lost_before(unsigned int *nr, struct lost_range *copy);

#endif
