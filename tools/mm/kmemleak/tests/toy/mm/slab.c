// SPDX-License-Identifier: GPL-2.0
/* The allocator of the toy, and a name that it shares with init/twin.c. */
#include <stdlib.h>

#include "../toy.h"

static noinline int twin(void *object)
{
	return keep(object) + 2;
}

noinline void *kmalloc_noprof(unsigned long size)
{
	void *object = malloc(size);		/* line: kmalloc_noprof */

	return twin(object) ? object : NULL;
}

/* The last function of a section has no size that means anything. */
int last_of_the_toy(int size)
{
	return size * 5;
}
