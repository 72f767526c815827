// SPDX-License-Identifier: GPL-2.0
/*
 * Durations, sizes and counts in human-readable form. May call: command.c.
 */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "units.h"

#define MINUTE	60.0
#define HOUR	(60 * MINUTE)
#define DAY	(24 * HOUR)

/* A thousand years: anything longer is a mistake, and sums would overflow. */
#define DURATION_MAX	(365000 * DAY)

static double unit_seconds(const char *unit)
{
	static const struct {
		const char *unit;
		double seconds;
	} units[] = {
		{ "", 1 }, { "s", 1 }, { "m", MINUTE }, { "h", HOUR }, { "d", DAY },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(units); i++)
		if (!strcmp(unit, units[i].unit))
			return units[i].seconds;
	return 0;
}

double parse_duration(const char *text, const char *option)
{
	double seconds;
	char *end;

	/* Not "1e9" or "0x5". */
	seconds = strtod(text, &end);
	seconds *= end == text + strspn(text, "0123456789.") ? unit_seconds(end) : 0;
	if (!(seconds > 0 && seconds <= DURATION_MAX))
		die("%s: %s is no duration; say, for instance, 90s, 5m or 2h", option, text);
	return seconds;
}

/* "", "k", "M", "KiB", ...; -1 if it is none */
static int unit_shift(const char *unit)
{
	static const char letters[] = "kmgt";
	const char *letter = *unit ? strchr(letters, tolower((unsigned char)*unit)) : NULL;

	if (!*unit)
		return 0;
	if (!letter || (unit[1] && strcmp(unit + 1, "iB")))
		return -1;
	return 10 * (letter - letters + 1);
}

uint64_t parse_bytes(const char *text, const char *option)
{
	char *end;
	double size = strtod(text, &end);
	int shift = end == text + strspn(text, "0123456789.") ? unit_shift(end) : -1;

	if (shift >= 0)
		size = ldexp(size, shift);
	if (shift < 0 || !(size >= 1 && size < 0x1p63))
		die("%s: %s is no size; say, for instance, 4096, 64k or 2M", option, text);
	return size;
}

uint64_t parse_count(const char *text, const char *option)
{
	unsigned long long count;
	char *end;

	errno = 0;
	count = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno || !count)
		die("%s: %s is no number above zero", option, text);
	return count;
}

char *format_bytes(char *text, double bytes)
{
	static const char * const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
	size_t i = 0;

	while (fabs(bytes) >= 1024 && i + 1 < ARRAY_SIZE(units)) {
		bytes /= 1024;
		i++;
	}
	snprintf(text, UNITS_MAX, i ? "%.1f %s" : "%.0f %s", bytes, units[i]);
	return text;
}

char *format_duration(char *text, double seconds)
{
	if (seconds < 2 * MINUTE)
		snprintf(text, UNITS_MAX, "%.0f s", seconds);
	else if (seconds < 2 * HOUR)
		snprintf(text, UNITS_MAX, "%.0f min", seconds / MINUTE);
	else if (seconds < 2 * DAY)
		snprintf(text, UNITS_MAX, "%.1f h", seconds / HOUR);
	else
		snprintf(text, UNITS_MAX, "%.1f days", seconds / DAY);
	return text;
}
