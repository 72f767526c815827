// SPDX-License-Identifier: GPL-2.0
/* A function that has the name and the size of another. */
#include "../toy.h"

static noinline int twin(void *object)
{
	return keep(object) + 3;
}

noinline int keep(void *object)
{
	static void *kept;

	if (kept == object)
		return 0;
	kept = object;
	return twin(object);
}
