/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Holders: where the first pointer to each object was found. report/holders.c describes
 * their use.
 */
#ifndef _MM_KMEMLEAK_STORE_HOLDER_H
#define _MM_KMEMLEAK_STORE_HOLDER_H

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/types.h>

#define HOLDER_SCAN	54

/* Record @where as the address of the first pointer to an object. */
static inline void holder_note(u64 *holder, u64 scan, unsigned long where)
{
	WRITE_ONCE(*holder, scan | ((where >> 3) & GENMASK_ULL(HOLDER_SCAN - 1, 0)));
}

u64 *holder_array_get(unsigned int count);
void holders_free(u64 *array, unsigned int count);
bool holder_caches_make(void);
long holders_memory_bytes(void);

#endif
