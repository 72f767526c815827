/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Walks over all leaks.
 */
#ifndef _MM_KMEMLEAK_REPORT_LEAKS_H
#define _MM_KMEMLEAK_REPORT_LEAKS_H

#include <linux/types.h>

#include "store/range.h"

struct marker;

/**
 * struct report_cursor - how far a walk over all leaks got; zeroed to begin with
 * @pos: number of the leak it is at
 * @done: all leaks were shown
 * @in_ranges: all slab objects were shown
 * @space: kind of address of the leak it is at
 * @shown: its address
 * @addr: the next leak is not below
 */
struct report_cursor {
	loff_t pos;
	bool done;
	bool in_ranges;
	enum range_space space;
	unsigned long shown;
	unsigned long addr;
};

bool report_next_leak(struct report_cursor *cursor);
unsigned long leaks_acquit(struct marker *m, bool carry_out);
void leaks_clear(void);

#endif
