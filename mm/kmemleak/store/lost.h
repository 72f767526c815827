/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Addresses of objects that could not be recorded.
 */
#ifndef _MM_KMEMLEAK_STORE_LOST_H
#define _MM_KMEMLEAK_STORE_LOST_H

#include <linux/compiler.h>
#include <linux/types.h>

#include "store/range.h"

/**
 * struct lost_range - address of an object that could not be recorded
 * @start: first byte
 * @last: last byte
 * @space: what kind of addresses these are
 */
struct lost_range {
	unsigned long start;
	unsigned long last;
	enum range_space space;
};

/* Number of lost objects that the list has room for. */
#define LOST_RANGES	512

extern struct lost_range lost_ranges[LOST_RANGES];
extern unsigned int lost_nr;
/* See lost.c. Only tests clear it. */
extern bool lost_in_reserved;

/*
 * The target that a section announces to read a lost object, which has no record of its
 * own: one for all lost objects. Whoever frees a lost object waits for it.
 */
static inline const void *lost_target(void)
{
	return lost_ranges;
}

void lost_add(enum range_space space, unsigned long start, unsigned long last);
bool __lost_end(enum range_space space, unsigned long start, unsigned long last);
bool lost_cut(enum range_space space, unsigned long start, unsigned long last);
void lost_forget(void);
bool lost_any(void);
unsigned int lost_count(void);
bool lost_unknown(void);
bool lost_reserved(void);
bool lost_within(enum range_space space, unsigned long start,
		 unsigned long last);
bool lost_before(unsigned int *nr, struct lost_range *copy);

/**
 * lost_end() - drop a lost object that is freed or replaced by another one
 * @space: what kind of addresses @start and @last are
 * @start: the object's first byte
 * @last: the object does not extend beyond this byte
 *
 * Every alloc and free asks, and almost never is anything lost.
 *
 * Context: range_lock is held.
 * Return: false if no lost object begins at @start.
 */
static inline bool lost_end(enum range_space space, unsigned long start,
			    unsigned long last)
{
	return unlikely(lost_nr) && __lost_end(space, start, last);
}

#endif
