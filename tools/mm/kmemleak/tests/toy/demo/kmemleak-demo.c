// SPDX-License-Identifier: GPL-2.0
/* A module of the toy, which is not linked. */
#include "../toy.h"

static void *last;

static __always_inline void *kzalloc(unsigned long size)
{
	return toy_kmalloc(size);		/* line: kzalloc */
}

noinline int session_add(int size)
{
	if (size < 3)
		return 0;
	last = kzalloc(size);			/* line: session_add */
	return keep(last);
}

noinline int session_last(int size)
{
	return session_add(size) + 2;
}

noinline __init int demo_init(int size)
{
	return session_add(size) + 4;		/* line: demo_init */
}
