// SPDX-License-Identifier: GPL-2.0
/*
 * The order of kernel releases: as dpkg compares versions, in which "~" comes before
 * the end, with the "-rc" of the kernel in the place of "~". May call: the C library
 * alone.
 */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "release.h"

static bool is_digit(const char *at)
{
	return isdigit((unsigned char)*at);
}

/* Weigh a character that is no digit; numbers and the end weigh nothing. */
static int weight(const char *at)
{
	if (!*at || is_digit(at))
		return 0;
	if (*at == '~' || (!strncmp(at, "-rc", 3) && is_digit(at + 3)))
		return -1;
	return isalpha((unsigned char)*at) ? (unsigned char)*at : (unsigned char)*at + 256;
}

/* Compare up to the next numbers, which *@a and *@b then point to. */
static int compare_words(const char **a, const char **b)
{
	int difference;

	while ((**a && !is_digit(*a)) || (**b && !is_digit(*b))) {
		difference = weight(*a) - weight(*b);
		if (difference)
			return difference;
		++*a;
		++*b;
	}
	return 0;
}

/* Of two numbers without leading zeros the longer one is greater. */
static int compare_numbers(const char **a, const char **b)
{
	int difference = 0;

	*a += strspn(*a, "0");
	*b += strspn(*b, "0");
	for (; is_digit(*a) && is_digit(*b); ++*a, ++*b)
		if (!difference)
			difference = **a - **b;
	if (is_digit(*a) || is_digit(*b))
		return is_digit(*a) - is_digit(*b);
	return difference;
}

int release_compare(const char *a, const char *b)
{
	const char *left = a, *right = b;
	int difference;

	while (*left || *right) {
		difference = compare_words(&left, &right) ?: compare_numbers(&left, &right);
		if (difference)
			return difference;
	}
	return strcmp(a, b);
}
