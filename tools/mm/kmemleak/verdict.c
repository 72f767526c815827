// SPDX-License-Identifier: GPL-2.0
/*
 * Is the growth of a series a leak? May call: fit.c, shadow.c, units.c,
 * command.c.
 *
 * A verdict is conservative: a series that may be either is undecided. The evidence for a
 * leak, all of which is needed:
 *
 * - it grows by more than changes that come and go on any machine;
 * - that is not chance, by the confidence of the fit;
 * - it grows all the time, and for long enough: a busy minute is none;
 * - it is more than rises each day in many places, or was seen for a day;
 * - it does not slow down: whatever fills up does so by half, and by half of the rest;
 * - nobody gives it back, and nothing that is given back takes it along;
 * - the number of objects grows, not only the number of slabs that they are scattered over.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "growth.h"
#include "shadow.h"
#include "units.h"
#include "verdict.h"

/*
 * Significance level of a trend. A boot has hundreds of series, some of which grow by
 * chance; few of these pass the other tests as well.
 */
#define P_MAX		0.005

/* A random walk rises from each of 7 parts to the next once in 2^6 times. */
#define PARTS		7
#define SAMPLES_MIN	(2 * PARTS)

/* A job of some minutes is not a leak, however evenly it takes memory. */
#define SECONDS_MIN	(30 * 60)

/* Changes within this are none: bytes, and a fraction of the usual value. */
#define STEADY_BYTES	4096
#define STEADY_PART	0.02

/*
 * Growth does no harm that takes longer than LASTS_DAYS to fill the memory, as triage has
 * it, unless what grows is doubled in DOUBLES_DAYS: a small leak may be of a bug that is not.
 */
#define DOUBLES_DAYS	7

/*
 * Loads come and go by the day, and what follows them is nearly twice as much at its highest as
 * at its lowest: a part of it rises like a leak.
 */
#define DAY		86400.0
#define DAILY_PART	(2.0 / 3)

/*
 * Growth that halves within so many times the time seen comes to an end: the slope of
 * the second half of the time is below the first's by 2^(-1/2) then.
 */
#define HALF_LIVES	1.0

static void __printf(3, 4)
decide(struct trend *trend, enum verdict verdict, const char *format, ...)
{
	va_list args;

	trend->verdict = verdict;
	va_start(args, format);
	vsnprintf(trend->why, sizeof(trend->why), format, args);
	va_end(args);
}

static double median_of(const double *values, size_t nr)
{
	double sorted[TREND_SAMPLES_MAX];

	memcpy(sorted, values, nr * sizeof(*sorted));
	return fit_median(sorted, nr);
}

/* Is no part lower than the one before? This tells leaks from chance. */
static bool rises_throughout(const struct series *series)
{
	size_t i, begin, end = 0;
	double before = -INFINITY, now;

	for (i = 1; i <= PARTS; i++) {
		begin = end;
		end = i * series->nr / PARTS;
		now = median_of(series->bytes + begin, end - begin);
		if (now < before)
			return false;
		before = now;
	}
	return true;
}

static bool is_constant(const struct series *series)
{
	size_t i;

	for (i = 1; i < series->nr; i++)
		if (series->bytes[i] != series->bytes[0])
			return false;
	return true;
}

static struct fit fit_early(const struct series *series)
{
	return fit_line(series->uptime, series->bytes, series->nr / 2);
}

static struct fit fit_recent(const struct series *series)
{
	size_t half = series->nr / 2;

	return fit_line(series->uptime + half, series->bytes + half, series->nr - half);
}

/* The rate that fills the memory in time; 0 if it was not recorded how much there is. */
static double rate_that_matters(double total)
{
	return total / (LASTS_DAYS * DAY);
}

/*
 * Is growth within what comes and goes, for all that is known, over a part of all the
 * seconds that were seen?
 */
static bool is_steady(const struct trend *trend, const struct fit *fit, double part,
		      double total)
{
	double seconds = part * trend->seconds;
	double usual = median_of(trend->series->bytes, trend->series->nr);

	return fit->high * seconds <= fmax(STEADY_BYTES, STEADY_PART * usual) &&
	       (!total || fit->low <= rate_that_matters(total));
}

/* Does growth take so long that it does no harm? Leaks that were found are leaks. */
static bool is_slow(const struct trend *trend, double total)
{
	const struct series *series = trend->series;

	return total && series->kind != USAGE_LEAK &&
	       trend->fit.high < rate_that_matters(total) &&
	       trend->fit.high * DOUBLES_DAYS * DAY < median_of(series->bytes, series->nr);
}

/* Can it be the rise of what comes and goes by the day? */
static bool may_be_daily(const struct trend *trend)
{
	const struct series *series = trend->series;
	double part = sin(M_PI * fmin(trend->seconds / DAY, 0.5));

	return trend->seconds < DAY && series->kind != USAGE_LEAK &&
	       trend->fit.slope * trend->seconds <
	       DAILY_PART * part * median_of(series->bytes, series->nr);
}

/* Decide what can be decided without the other series: return false if all is open. */
static bool decide_alone(struct trend *trend, double total)
{
	const struct series *series = trend->series;
	struct fit recent;

	if (series->nr < SAMPLES_MIN)
		decide(trend, VERDICT_UNDECIDED, "too few samples");
	else if (is_constant(series))
		decide(trend, VERDICT_STEADY, "does not change");
	else if (trend->owner == OWNER_NOBODY)
		decide(trend, VERDICT_STEADY, "is free");
	else if (is_steady(trend, &trend->fit, 1, total))
		decide(trend, VERDICT_STEADY, trend->fit.low <= 0 ? "does not grow" :
		       "grows by less than matters");
	else if (is_slow(trend, total))
		decide(trend, VERDICT_STEADY, "grows so slowly that it needs more than %d days "
		       "to fill the memory", LASTS_DAYS);
	if (trend->why[0])
		return true;
	recent = fit_recent(series);
	if (is_steady(trend, &recent, 0.5, total))
		decide(trend, VERDICT_STEADY, "grew at first, and stays there");
	return trend->why[0];
}

/* Does growth slow down so that it ends, as far as the second half tells? */
static bool slows_down(const struct series *series)
{
	double early = fit_early(series).slope, least = early * exp2(-0.5 / HALF_LIVES);
	struct fit recent = fit_recent(series);

	/*
	 * What is between the limit and even growth may be on either side; an interval with
	 * room for both says nothing.
	 */
	return recent.slope <= 0 || recent.slope < early / 2 ||
	       (recent.slope < (least + early) / 2 && recent.low < least && recent.high < early);
}

/* Do slabs grow, but not the objects in them? */
static bool is_scattered(const struct series *series)
{
	size_t i;

	/* Where objects are not counted, their number does not change. */
	for (i = 1; i < series->nr && series->objects[i] == series->objects[0]; i++)
		;
	return series->kind == USAGE_CACHE && i < series->nr &&
	       fit_line(series->uptime, series->objects, series->nr).low < 0;
}

/* Objects of a cache are counted more finely than its slabs. */
static bool is_chance(const struct trend *trend)
{
	const struct series *series = trend->series;

	if (trend->fit.low > 0 && trend->fit.p < P_MAX)
		return false;
	return series->kind != USAGE_CACHE || trend->fit.slope <= 0 ||
	       fit_line(series->uptime, series->objects, series->nr).p >= P_MAX;
}

static void decide_growth(struct trend *trend, const struct series_list *list)
{
	const struct series *series = trend->series;
	const struct series *partner = shadow_partner(series, trend->fit.slope, list);
	char time[UNITS_MAX];

	if (is_chance(trend))
		decide(trend, VERDICT_UNDECIDED, trend->fit.low > 0 ?
		       "grows, which may be chance" : "goes up and down");
	else if (!rises_throughout(series))
		decide(trend, VERDICT_UNDECIDED, "grows, but not evenly");
	else if (trend->owner == OWNER_CACHE)
		decide(trend, VERDICT_UNDECIDED, "grows, and is given back when needed");
	else if (slows_down(series))
		decide(trend, VERDICT_UNDECIDED, "grows, and slows down");
	else if (is_scattered(series))
		decide(trend, VERDICT_UNDECIDED, "its objects do not grow, only its slabs");
	else if (partner)
		decide(trend, VERDICT_UNDECIDED, "grows with %s", partner->name);
	else if (trend->seconds < SECONDS_MIN)
		decide(trend, VERDICT_UNDECIDED, "grows, but was seen for less than %s",
		       format_duration(time, SECONDS_MIN));
	else if (may_be_daily(trend))
		decide(trend, VERDICT_UNDECIDED, "grows, which may be a daily cycle: record for "
		       "a day");
	else
		decide(trend, VERDICT_LEAK, "grows throughout");
}

/* Memory that is free, or is given back when needed; 0 if that was not recorded. */
static double bytes_left(const struct trend *trends, size_t nr)
{
	double bytes = 0;
	size_t i;

	for (i = 0; i < nr; i++)
		if (trends[i].series->kind == USAGE_MEMORY &&
		    (trends[i].owner == OWNER_NOBODY || trends[i].owner == OWNER_CACHE))
			bytes += trends[i].series->bytes[trends[i].series->nr - 1];
	return bytes;
}

/* All lines of the account, which add up to MemTotal. */
static double bytes_of_memory(const struct series_list *list)
{
	double bytes = 0;
	size_t i;

	for (i = 0; i < list->nr; i++)
		if (list->series[i].kind == USAGE_MEMORY && list->series[i].nr)
			bytes += list->series[i].bytes[list->series[i].nr - 1];
	return fmax(bytes, 0);
}

static void measure(struct trend *trend, const struct series *series)
{
	trend->series = series;
	trend->owner = series_owner(series);
	trend->seconds = series->uptime[series->nr - 1] - series->uptime[0];
	trend->fit.p = 1;
	if (series->nr > 1 && !is_constant(series))
		trend->fit = fit_line(series->uptime, series->bytes, series->nr);
}

void trends_judge(const struct series_list *list, struct trend *trends)
{
	bool *open = xcalloc(list->nr + 1, sizeof(*open));
	double left, total = bytes_of_memory(list);
	size_t i;

	for (i = 0; i < list->nr; i++) {
		measure(&trends[i], &list->series[i]);
		open[i] = !decide_alone(&trends[i], total);
	}
	left = bytes_left(trends, list->nr);
	for (i = 0; i < list->nr; i++) {
		if (open[i])
			decide_growth(&trends[i], list);
		if (trends[i].fit.slope > 0 && trends[i].owner != OWNER_NOBODY)
			trends[i].left = left / trends[i].fit.slope;
	}
	free(open);
}
