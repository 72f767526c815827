/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reports that "kmemleak report --format json" has written.
 */
#ifndef KMEMLEAK_REREAD_H
#define KMEMLEAK_REREAD_H

#include <stdbool.h>
#include <stdio.h>

#include "leaks.h"
#include "origin.h"

/**
 * reread() - read a report in JSON
 * @leaks: zeroed but for its set of stacks; of a group only the stack, objects and bytes
 *	are read
 * @origin: zeroed; set to what the report tells
 * @file: the text, up to its end; may contain any bytes
 * @error: set to one line that says what is wrong; unchanged on success
 * @size: bytes of @error
 *
 * The caller calls leaks_free() and origin_free() in either case.
 *
 * Return: false if it is not a report, or not a complete one.
 */
bool reread(struct leaks *leaks, struct origin *origin, FILE *file, char *error, size_t size);

#endif
