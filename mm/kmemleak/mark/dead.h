/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Parts of memory that is a root, which hold no references and are not read.
 */
#ifndef _MM_KMEMLEAK_MARK_DEAD_H
#define _MM_KMEMLEAK_MARK_DEAD_H

/**
 * struct dead_part - a part of a root that is not read
 * @start: its first byte
 * @end: address after it
 */
struct dead_part {
	unsigned long start;
	unsigned long end;
};

/**
 * dead_first() - find the first dead part of memory, whatever the order of the parts
 * @first: the first one so far; becomes [@start, @end) if that comes before it
 * @from: address behind the memory that was read before; parts that end there do not count
 * @start: first byte of a dead part
 * @end: address after it
 */
static inline void dead_first(struct dead_part *first, unsigned long from,
			      unsigned long start, unsigned long end)
{
	if (end > from && start < first->start)
		*first = (struct dead_part) { start, end };
}

#endif
