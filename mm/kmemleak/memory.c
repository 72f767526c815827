// SPDX-License-Identifier: GPL-2.0
/*
 * The detector's own memory: never tracked, never scanned.
 *
 * May call: nothing of ours but the interface, to have a buffer ignored.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "kmemleak.h"

static atomic_long_t scan_bytes;

/**
 * metadata_gfp() - how to allocate metadata on behalf of an allocation
 * @gfp: flags of the allocation
 *
 * Return: flags that wait where the allocation may wait, dig into no reserves,
 * try no harder than it must and stay silent: a failure is handled.
 */
gfp_t metadata_gfp(gfp_t gfp)
{
	return (gfp & (GFP_KERNEL | GFP_ATOMIC) & ~__GFP_HIGH) |
	       __GFP_NORETRY | __GFP_NOMEMALLOC | __GFP_NOWARN;
}

/**
 * scan_memory_get() - a zeroed buffer for a scan
 * @size: bytes
 *
 * Context: May sleep.
 * Return: the buffer; %NULL if there is no memory.
 */
void *scan_memory_get(size_t size)
{
	void *memory = __vmalloc(size, GFP_KERNEL | __GFP_ZERO |
				 __GFP_NORETRY | __GFP_NOWARN);

	if (!memory)
		return NULL;
	/* It holds addresses of objects, none of them a reference. */
	kmemleak_ignore(memory);
	atomic_long_add(PAGE_ALIGN(size), &scan_bytes);
	return memory;
}

/**
 * scan_memory_put() - free a buffer of scan_memory_get()
 * @memory: the buffer, or %NULL
 * @size: as it was asked for
 */
void scan_memory_put(void *memory, size_t size)
{
	if (!memory)
		return;
	atomic_long_sub(PAGE_ALIGN(size), &scan_bytes);
	vfree(memory);
}

/**
 * scan_memory_bytes() - bytes in buffers now
 */
long scan_memory_bytes(void)
{
	return atomic_long_read(&scan_bytes);
}
