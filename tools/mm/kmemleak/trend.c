// SPDX-License-Identifier: GPL-2.0
/*
 * "kmemleak trend": which recorded usages grow, how fast, and whether that is a leak.
 * May call: history.c, usage.c, fit.c, units.c, command.c.
 *
 * Each boot is a series of its own, as all counters start again. judge() is
 * conservative: a series that may be either is undecided. It calls 3 in 100 random
 * walks a leak, and fewer than 1 in 100 steady series with noise.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "command.h"
#include "fit.h"
#include "history.h"
#include "units.h"
#include "usage.h"

/* The number of pairs grows with the square; more samples do not change the slope. */
#define SAMPLES_MAX	256

/* Significance level for a trend. */
#define P_MAX		0.01

/* A random walk rises from each of 7 parts to the next once in 2^6 times. */
#define PARTS		7
#define SAMPLES_MIN	(2 * PARTS)

/* Changes within this are none: bytes, and a fraction of the largest value. */
#define STEADY_BYTES	4096
#define STEADY_PART	0.02

enum verdict { VERDICT_LEAK, VERDICT_STEADY, VERDICT_UNDECIDED };

static const char * const verdict_names[] = {
	[VERDICT_LEAK] = "leak",
	[VERDICT_STEADY] = "steady",
	[VERDICT_UNDECIDED] = "undecided",
};

/**
 * struct trend - the trend of a series
 * @kind: the kind of usage
 * @name: its name
 * @boot: index of the boot, 0 is the first recorded
 * @nr: number of samples
 * @seconds: from the first sample to the last
 * @first: bytes in the first sample
 * @last: bytes in the last sample
 * @fit: line through bytes over seconds
 * @verdict: the verdict
 * @why: the reason for it, in words
 */
struct trend {
	enum usage_kind kind;
	char *name;
	unsigned int boot;
	size_t nr;
	double seconds;
	double first;
	double last;
	struct fit fit;
	enum verdict verdict;
	const char *why;
};

/**
 * struct trends - options and all trends
 * @database: path
 * @json: print all trends as JSON
 * @all: list steady series, too
 * @boots: judge all boots, not only the last
 * @nr: number of trends
 * @list: the trends
 */
struct trends {
	const char *database;
	bool json;
	bool all;
	bool boots;
	size_t nr;
	struct trend *list;
};

static double median_of(const double *values, size_t nr)
{
	double sorted[SAMPLES_MAX];

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

static double largest_of(const struct series *series)
{
	double largest = 0;
	size_t i;

	for (i = 0; i < series->nr; i++)
		largest = fmax(largest, fabs(series->bytes[i]));
	return largest;
}

static bool is_constant(const struct series *series)
{
	size_t i;

	for (i = 1; i < series->nr; i++)
		if (series->bytes[i] != series->bytes[0])
			return false;
	return true;
}

static void decide(struct trend *trend, enum verdict verdict, const char *why)
{
	trend->verdict = verdict;
	trend->why = why;
}

static void judge(struct trend *trend, const struct series *series)
{
	double allowed = fmax(STEADY_BYTES, STEADY_PART * largest_of(series));
	size_t half = series->nr / 2;
	struct fit early, recent;

	if (series->nr < SAMPLES_MIN) {
		decide(trend, VERDICT_UNDECIDED, "too few samples");
		return;
	}
	early = fit_line(series->uptime, series->bytes, half);
	recent = fit_line(series->uptime + half, series->bytes + half, series->nr - half);
	if (trend->fit.low > 0 && trend->fit.p < P_MAX && rises_throughout(series) &&
	    recent.slope > 0 && recent.slope >= early.slope / 4) {
		if (series->reclaimable)
			decide(trend, VERDICT_UNDECIDED, "grows, and is given back when needed");
		else
			decide(trend, VERDICT_LEAK, "grows throughout");
	} else if (trend->fit.high * trend->seconds <= allowed) {
		decide(trend, VERDICT_STEADY, "does not grow");
	} else if (recent.high * trend->seconds / 2 <= allowed) {
		decide(trend, VERDICT_STEADY, "grew at first, and stays there");
	} else if (trend->fit.low > 0) {
		decide(trend, VERDICT_UNDECIDED, "grows, but not evenly");
	} else {
		decide(trend, VERDICT_UNDECIDED, "goes up and down");
	}
}

static void add_trend(const struct series *series, void *context)
{
	struct trends *trends = context;
	struct trend *trend;

	if (!(trends->nr & (trends->nr - 1)))
		trends->list = xrealloc(trends->list, trends->nr ? 2 * trends->nr : 1,
					sizeof(*trends->list));
	trend = &trends->list[trends->nr++];
	*trend = (struct trend){
		.kind = series->kind,
		.name = xstrdup(series->name),
		.boot = series->boot,
		.nr = series->nr,
		.seconds = series->uptime[series->nr - 1] - series->uptime[0],
		.first = series->bytes[0],
		.last = series->bytes[series->nr - 1],
		.fit.p = 1,
	};
	if (is_constant(series) && series->nr >= SAMPLES_MIN) {
		decide(trend, VERDICT_STEADY, "does not change");
		return;
	}
	if (series->nr > 1)
		trend->fit = fit_line(series->uptime, series->bytes, series->nr);
	judge(trend, series);
}

static int by_slope(const void *a, const void *b)
{
	const struct trend *x = a, *y = b;

	if (x->fit.slope != y->fit.slope)
		return x->fit.slope < y->fit.slope ? 1 : -1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (strcmp(x->name, y->name))
		return strcmp(x->name, y->name);
	return (x->boot > y->boot) - (x->boot < y->boot);
}

static double per_hour(double per_second)
{
	return per_second * 3600;
}

static void add_number(struct json_object *object, const char *name, double value)
{
	json_object_object_add(object, name, json_object_new_double(value));
}

static void add_text(struct json_object *object, const char *name, const char *text)
{
	json_object_object_add(object, name, json_object_new_string(text));
}

static struct json_object *json_of(const struct trend *trend)
{
	struct json_object *object = json_object_new_object();

	add_text(object, "kind", usage_kind_names[trend->kind]);
	add_text(object, "name", trend->name);
	json_object_object_add(object, "boot", json_object_new_int64(trend->boot));
	json_object_object_add(object, "samples", json_object_new_int64(trend->nr));
	add_number(object, "seconds", trend->seconds);
	add_number(object, "first_bytes", trend->first);
	add_number(object, "last_bytes", trend->last);
	add_number(object, "bytes_per_hour", per_hour(trend->fit.slope));
	add_number(object, "bytes_per_hour_low", per_hour(trend->fit.low));
	add_number(object, "bytes_per_hour_high", per_hour(trend->fit.high));
	add_number(object, "tau", trend->fit.tau);
	add_number(object, "p", trend->fit.p);
	add_text(object, "verdict", verdict_names[trend->verdict]);
	add_text(object, "why", trend->why);
	return object;
}

static void print_json(const struct trends *trends)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < trends->nr; i++)
		json_object_array_add(array, json_of(&trends->list[i]));
	puts(json_object_to_json_string_ext(array, JSON_C_TO_STRING_PRETTY));
	json_object_put(array);
}

static void print_trend(const struct trend *trend, bool boots)
{
	char rate[UNITS_MAX], low[UNITS_MAX], high[UNITS_MAX], time[UNITS_MAX];

	printf("%-9s %s %s\n", verdict_names[trend->verdict], usage_kind_names[trend->kind],
	       trend->name);
	printf("          %s an hour (%s to %s), tau %.2f, p %.2g\n",
	       format_bytes(rate, per_hour(trend->fit.slope)),
	       format_bytes(low, per_hour(trend->fit.low)),
	       format_bytes(high, per_hour(trend->fit.high)), trend->fit.tau, trend->fit.p);
	printf("          %s: from %s to %s, %zu samples in %s", trend->why,
	       format_bytes(low, trend->first), format_bytes(high, trend->last), trend->nr,
	       format_duration(time, trend->seconds));
	if (boots)
		printf(", boot %u", trend->boot + 1);
	putchar('\n');
}

/* The fastest leaking site with a module names the next command. */
static void print_next(const struct trends *trends)
{
	const struct trend *trend;
	char module[64];
	size_t i;

	for (i = 0; i < trends->nr; i++) {
		trend = &trends->list[i];
		if (trend->verdict == VERDICT_LEAK && trend->kind == USAGE_SITE &&
		    sscanf(trend->name, "%*s [%63[^]]]", module) == 1) {
			printf("\nnext: kmemleak module %s\n", module);
			return;
		}
	}
	puts("\nnext: kmemleak scan");
}

static void print_text(const struct trends *trends)
{
	size_t counts[VERDICT_UNDECIDED + 1] = { 0 }, i;

	for (i = 0; i < trends->nr; i++) {
		const struct trend *trend = &trends->list[i];

		counts[trend->verdict]++;
		if (trends->all || trend->verdict == VERDICT_LEAK ||
		    (trend->verdict == VERDICT_UNDECIDED && trend->fit.slope > 0))
			print_trend(trend, trends->boots);
	}
	printf("%zu series: %zu leak, %zu steady, %zu undecided\n", trends->nr,
	       counts[VERDICT_LEAK], counts[VERDICT_STEADY], counts[VERDICT_UNDECIDED]);
	if (counts[VERDICT_LEAK])
		print_next(trends);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct trends *trends = state->input;

	switch (key) {
	case 'd':
		trends->database = arg;
		return 0;
	case 'j':
		trends->json = true;
		return 0;
	case 'a':
		trends->all = true;
		return 0;
	case 'b':
		trends->boots = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int cmd_trend(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "db", 'd', "FILE", 0, "what kmemleak record has written", 0 },
		{ "json", 'j', NULL, 0, "print all series as JSON", 0 },
		{ "all", 'a', NULL, 0, "list what is steady or shrinks, too", 0 },
		{ "boots", 'b', NULL, 0, "judge all boots that were recorded, not the last", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		options, parse, NULL,
		"Says what of the recorded grows, how fast, and whether that is a leak.",
		NULL, NULL, NULL,
	};
	struct trends trends = { 0 };
	struct history *history;
	unsigned int boot, boots;
	size_t i;

	parse_options(&argp, argc, argv, &trends);
	if (!trends.database)
		die("no database is named; say --db FILE");
	history = history_open(trends.database, false);
	boots = history_boots(history);
	for (boot = trends.boots || !boots ? 0 : boots - 1; boot < boots; boot++)
		history_each(history, boot, SAMPLES_MAX, add_trend, &trends);
	history_close(history);
	if (!trends.nr)
		die("%s: no samples in it; let kmemleak record run for a while",
		    trends.database);
	qsort(trends.list, trends.nr, sizeof(*trends.list), by_slope);
	if (trends.json)
		print_json(&trends);
	else
		print_text(&trends);
	for (i = 0; i < trends.nr; i++)
		free(trends.list[i].name);
	free(trends.list);
	close_output();
	return STATUS_OK;
}
