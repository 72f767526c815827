/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory that nothing refers to by accident, for modules that leak on purpose.
 */
#ifndef _KMEMLEAK_FRESH_H
#define _KMEMLEAK_FRESH_H

#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#define FRESH_FIRST	8

static noinline void scrub_stack(void)
{
	char area[1536];

	memset(area, 0, sizeof(area));
	barrier_data(area);
}

/*
 * Memory that was freed a moment ago is what dangling pointers are about, such
 * as those to a thread's start or a module's init sections. So these take what
 * lies behind it.
 */
static __always_inline void fresh_begin(void **first, size_t size)
{
	int i;

	for (i = 0; i < FRESH_FIRST; i++)
		first[i] = kmalloc(size, GFP_KERNEL);
}

static __always_inline void fresh_end(void **first)
{
	int i;

	for (i = 0; i < FRESH_FIRST; i++)
		kfree(first[i]);
}

static __always_inline void *fresh(size_t size)
{
	void *first[FRESH_FIRST], *p;

	fresh_begin(first, size);
	p = kzalloc(size, GFP_KERNEL);
	fresh_end(first);
	return p;
}

/*
 * On User Mode Linux an address is a number of 32 bits, and its upper three bytes
 * may be letters: then names, and the magic numbers of file systems, refer to it.
 */
static inline bool may_be_text(const void *object)
{
	unsigned long address = (unsigned long)object;

	return !upper_32_bits(address) && isprint(address >> 24) &&
	       isprint(address >> 16 & 0xff) && isprint(address >> 8 & 0xff);
}

#endif
