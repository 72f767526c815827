/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sums of what files tell.
 */
#ifndef KMEMLEAK_SUMS_H
#define KMEMLEAK_SUMS_H

#include "command.h"

/**
 * add_to() - add to a sum
 * @sum: a pointer to an integer
 * @more: the number to add
 *
 * Ends the program if the sum does not fit: no machine has as much.
 */
#define add_to(sum, more)								\
do {											\
	if (__builtin_add_overflow(*(sum), (more), (sum)))				\
		die("the numbers that were read add up to more than 64 bits hold");	\
} while (0)

#endif
