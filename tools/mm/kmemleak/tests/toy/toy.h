/* SPDX-License-Identifier: GPL-2.0 */
#include <sys/cdefs.h>

#define noinline	__attribute((noinline))
#define __init		__attribute((section(".init.text")))

void *kmalloc_noprof(unsigned long size);

static __always_inline void *toy_kmalloc(unsigned long size)
{
	return kmalloc_noprof(size);		/* line: toy_kmalloc */
}

int keep(void *object);
int last_of_the_toy(int size);
