// SPDX-License-Identifier: GPL-2.0
/* A function that has the name and the size of another. */
#include "../toy.h"

static __attribute__((noinline)) int twin(void *object)
{
	return keep(object) + 3;
}

__attribute__((noinline)) int keep(void *object)
{
	static void *kept;

	if (kept == object)
		return 0;
	kept = object;
	return twin(object);
}
