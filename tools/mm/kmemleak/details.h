/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is known of an allocation site, as text.
 */
#ifndef KMEMLEAK_DETAILS_H
#define KMEMLEAK_DETAILS_H

#include <stdbool.h>

/**
 * details_of() - describe an allocation site, as of now
 * @name: name of the site, as in %USAGE_SITE or %USAGE_LEAK
 * @counts: include its live objects at each scan
 *
 * Return: its leaks with their stacks and lines of source, as text; the caller frees it.
 */
char *details_of(const char *name, bool counts);

#endif
