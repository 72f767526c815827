/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory that nothing refers to by accident, for modules that leak on purpose.
 */
#ifndef _KMEMLEAK_FRESH_H
#define _KMEMLEAK_FRESH_H

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

#endif
