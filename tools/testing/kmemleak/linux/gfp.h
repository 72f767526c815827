/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/gfp.h>. */
#ifndef _HARNESS_LINUX_GFP_H
#define _HARNESS_LINUX_GFP_H

#include <stdlib.h>

#include <linux/sizes.h>
#include <linux/types.h>

#define __GFP_HIGH		0x20U
#define __GFP_DIRECT_RECLAIM	0x400U
#define __GFP_NOWARN		0x2000U
#define __GFP_NORETRY		0x10000U
#define GFP_KERNEL		(__GFP_DIRECT_RECLAIM | 0x800U)
#define GFP_ATOMIC		__GFP_HIGH
#define GFP_NOWAIT		0x800U

static inline bool gfpflags_allow_blocking(gfp_t gfp)
{
	return gfp & __GFP_DIRECT_RECLAIM;
}

static inline gfp_t gfp_nested_mask(gfp_t gfp)
{
	return gfp & (__GFP_DIRECT_RECLAIM | 0x800U | __GFP_HIGH);
}

/*
 * The detector's own memory is the C library's, so that AddressSanitizer guards each
 * piece of it. sim_metadata() fails when the test wants it to.
 */
void *sim_metadata(size_t size, size_t align, gfp_t gfp);

static inline void *alloc_pages_exact(size_t size, gfp_t gfp)
{
	return sim_metadata(size, 8, gfp);
}

static inline unsigned long __get_free_page(gfp_t gfp)
{
	return (unsigned long)sim_metadata(PAGE_SIZE, 8, gfp);
}

static inline void free_pages_exact(void *memory, size_t size)
{
	(void)size;
	free(memory);
}

static inline void free_page(unsigned long page)
{
	free((void *)page);
}

#endif /* _HARNESS_LINUX_GFP_H */
