/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Releases of the kernel, in their order.
 */
#ifndef KMEMLEAK_RELEASE_H
#define KMEMLEAK_RELEASE_H

/**
 * release_compare() - compare two releases, as uname -r prints them
 * @a: a release, or any other text
 * @b: likewise
 *
 * Numbers count as numbers, and a release candidate comes before its release.
 *
 * Return: less than 0 if @a is older, 0 if they are the same text, else more than 0.
 */
int release_compare(const char *a, const char *b);

#endif
