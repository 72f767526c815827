// SPDX-License-Identifier: GPL-2.0
/*
 * Parse a line piece by piece. May call: command.c.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "take.h"

bool take(const char **at, const char *text)
{
	size_t length = strlen(text);

	if (strncmp(*at, text, length))
		return false;
	*at += length;
	return true;
}

bool take_noun(const char **at, const char *noun)
{
	if (!take(at, " ") || !take(at, noun))
		return false;
	take(at, "s");
	return true;
}

bool take_number(const char **at, int radix, uint64_t *value)
{
	char *end;

	if (radix == 16 ? !isxdigit((unsigned char)**at) : !isdigit((unsigned char)**at))
		return false;
	errno = 0;
	*value = strtoull(*at, &end, radix);
	*at = end;
	return !errno;
}

bool take_seconds(const char **at, double *value)
{
	uint64_t whole, part = 0;
	const char *point;
	double scale = 1;

	if (!take_number(at, 10, &whole))
		return false;
	point = *at;
	if (take(at, ".") && !take_number(at, 10, &part))
		return false;
	for (point++; point < *at; point++)
		scale *= 10;
	*value = whole + part / scale;
	return take(at, "s");
}

void copy_printable(char *to, const char *from, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		to[i] = isascii((unsigned char)from[i]) && isprint((unsigned char)from[i]) ?
			from[i] : '?';
}

char *dup_printable(const char *from, size_t length)
{
	char *to = xcalloc(length + 1, 1);

	copy_printable(to, from, length);
	return to;
}
