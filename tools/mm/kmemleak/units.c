// SPDX-License-Identifier: GPL-2.0
/*
 * Durations, sizes and counts in human-readable form. May call: command.c.
 */
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

	seconds = strtod(text, &end);
	seconds *= end == text ? 0 : unit_seconds(end);
	if (!(seconds > 0 && seconds <= DURATION_MAX))
		die("%s: %s is no duration; say, for instance, 90s, 5m or 2h", option, text);
	return seconds;
}

uint64_t parse_count(const char *text, const char *option)
{
	unsigned long long count;
	char *end;

	errno = 0;
	count = strtoull(text, &end, 10);
	if (end == text || *end || errno || !count || *text == '-')
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
