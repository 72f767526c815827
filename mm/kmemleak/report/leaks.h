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
 * struct report_cursor - progress of a walk over all leaks; all zero at the beginning
 * @pos: number of the present leak
 * @done: all leaks were shown
 * @in_ranges: all slab objects were shown
 * @space: kind of address of the present leak
 * @shown: address of the present leak
 * @addr: the next leak is not below this address
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
