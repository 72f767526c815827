// SPDX-License-Identifier: GPL-2.0
/*
 * "kmemleak trend": which recorded usages grow, how fast, and whether that is a leak.
 * May call: verdict.c, series.c, database.c, usage.c, units.c, command.c.
 *
 * Each boot is judged on its own, as all counters start again.
 */
#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "command.h"
#include "database.h"
#include "series.h"
#include "units.h"
#include "usage.h"
#include "verdict.h"

static const char * const verdict_names[VERDICTS] = {
	[VERDICT_LEAK] = "leak",
	[VERDICT_STEADY] = "steady",
	[VERDICT_UNDECIDED] = "undecided",
};

static const char * const owner_names[] = {
	[OWNER_NOBODY] = "free",
	[OWNER_USER] = "user",
	[OWNER_CACHE] = "cache",
	[OWNER_KERNEL] = "kernel",
};

/**
 * struct boot - what was recorded of a boot
 * @list: its series
 * @trends: their trends, in the same order
 */
struct boot {
	struct series_list list;
	struct trend *trends;
};

/**
 * struct trends - options, and the trends that they select
 * @database: path
 * @json: print all trends as JSON
 * @all: list steady series, too
 * @all_boots: judge all boots, not only the last
 * @since: seconds before the last sample of a boot
 * @kind: show this kind only; USAGE_KINDS is all
 * @match: show names that match this pattern only; NULL is all
 * @nr_boots: number of boots judged
 * @boots: these boots
 * @nr: number of trends selected
 * @list: these trends
 */
struct trends {
	const char *database;
	bool json;
	bool all;
	bool all_boots;
	double since;
	enum usage_kind kind;
	char *match;
	unsigned int nr_boots;
	struct boot *boots;
	size_t nr;
	const struct trend **list;
};

static bool is_wanted(const struct trends *trends, const struct series *series)
{
	return (trends->kind == USAGE_KINDS || series->kind == trends->kind) &&
	       (!trends->match || !fnmatch(trends->match, series->name, 0));
}

static void add_boot(struct trends *trends, struct database *database, unsigned int boot)
{
	struct boot *to = &trends->boots[trends->nr_boots++];
	size_t i;

	series_read(database, boot, trends->since, TREND_SAMPLES_MAX, &to->list);
	to->trends = xcalloc(to->list.nr + 1, sizeof(*to->trends));
	trends_judge(&to->list, to->trends);
	trends->list = xrealloc(trends->list, trends->nr + to->list.nr + 1,
				sizeof(*trends->list));
	for (i = 0; i < to->list.nr; i++) {
		to->trends[i].boot = boot;
		if (is_wanted(trends, &to->list.series[i]))
			trends->list[trends->nr++] = &to->trends[i];
	}
}

static int by_slope(const void *a, const void *b)
{
	const struct trend *x = *(const struct trend * const *)a;
	const struct trend *y = *(const struct trend * const *)b;

	if (x->fit.slope != y->fit.slope)
		return x->fit.slope < y->fit.slope ? 1 : -1;
	if (x->series->kind != y->series->kind)
		return x->series->kind < y->series->kind ? -1 : 1;
	if (strcmp(x->series->name, y->series->name))
		return strcmp(x->series->name, y->series->name);
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
	const struct series *series = trend->series;

	add_text(object, "kind", usage_kind_names[series->kind]);
	add_text(object, "name", series->name);
	add_text(object, "owner", owner_names[trend->owner]);
	json_object_object_add(object, "boot", json_object_new_int64(trend->boot));
	json_object_object_add(object, "samples", json_object_new_int64(series->nr));
	add_number(object, "seconds", trend->seconds);
	add_number(object, "first_bytes", series->bytes[0]);
	add_number(object, "last_bytes", series->bytes[series->nr - 1]);
	add_number(object, "bytes_per_hour", per_hour(trend->fit.slope));
	add_number(object, "bytes_per_hour_low", per_hour(trend->fit.low));
	add_number(object, "bytes_per_hour_high", per_hour(trend->fit.high));
	add_number(object, "tau", trend->fit.tau);
	add_number(object, "p", trend->fit.p);
	if (trend->left > 0)
		add_number(object, "seconds_left", trend->left);
	add_text(object, "verdict", verdict_names[trend->verdict]);
	add_text(object, "why", trend->why);
	return object;
}

static void print_json(const struct trends *trends)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < trends->nr; i++)
		json_object_array_add(array, json_of(trends->list[i]));
	puts(json_object_to_json_string_ext(array, JSON_C_TO_STRING_PRETTY));
	json_object_put(array);
}

static void print_trend(const struct trend *trend, bool boots)
{
	char rate[UNITS_MAX], low[UNITS_MAX], high[UNITS_MAX], time[UNITS_MAX];
	const struct series *series = trend->series;

	printf("%-9s %s %s\n", verdict_names[trend->verdict], usage_kind_names[series->kind],
	       series->name);
	printf("          %s an hour (%s to %s), tau %.2f, p %.2g\n",
	       format_bytes(rate, per_hour(trend->fit.slope)),
	       format_bytes(low, per_hour(trend->fit.low)),
	       format_bytes(high, per_hour(trend->fit.high)), trend->fit.tau, trend->fit.p);
	printf("          %s: from %s to %s, %zu sample%s in %s", trend->why,
	       format_bytes(low, series->bytes[0]),
	       format_bytes(high, series->bytes[series->nr - 1]), series->nr,
	       plural(series->nr), format_duration(time, trend->seconds));
	if (boots)
		printf(", boot %u", trend->boot + 1);
	putchar('\n');
	if (trend->verdict != VERDICT_LEAK)
		return;
	printf("          %s memory", owner_names[trend->owner]);
	if (trend->left > 0)
		printf("; at this rate, no memory is left in %s",
		       format_duration(time, trend->left));
	putchar('\n');
}

/* The fastest leaking site with a module names the next command. */
static const struct trend *leaking_site(const struct trends *trends, char module[USAGE_MODULE])
{
	size_t i;

	for (i = 0; i < trends->nr; i++)
		if (trends->list[i]->verdict == VERDICT_LEAK &&
		    trends->list[i]->series->kind == USAGE_SITE &&
		    usage_module(trends->list[i]->series->name, module))
			return trends->list[i];
	return NULL;
}

/* The detector knows nothing of the memory of processes. */
static bool kernel_leaks(const struct trends *trends)
{
	size_t i;

	for (i = 0; i < trends->nr; i++)
		if (trends->list[i]->verdict == VERDICT_LEAK &&
		    trends->list[i]->owner != OWNER_USER)
			return true;
	return false;
}

static void print_next(const struct trends *trends)
{
	char module[USAGE_MODULE];

	if (leaking_site(trends, module))
		printf("\nnext: kmemleak module %s\n", module);
	else if (kernel_leaks(trends))
		puts("\nnext: kmemleak scan");
	else
		puts("\nnext: ps -e --sort -rss -o pid,rss,comm");
}

static size_t count(const struct trends *trends, enum verdict verdict)
{
	size_t i, nr = 0;

	for (i = 0; i < trends->nr; i++)
		nr += trends->list[i]->verdict == verdict;
	return nr;
}

static void print_text(const struct trends *trends)
{
	size_t i;

	for (i = 0; i < trends->nr; i++) {
		const struct trend *trend = trends->list[i];

		if (trends->all || trend->verdict == VERDICT_LEAK ||
		    (trend->verdict == VERDICT_UNDECIDED && trend->fit.slope > 0))
			print_trend(trend, trends->all_boots);
	}
	printf("%zu series: %zu leak, %zu steady, %zu undecided\n", trends->nr,
	       count(trends, VERDICT_LEAK), count(trends, VERDICT_STEADY),
	       count(trends, VERDICT_UNDECIDED));
	if (count(trends, VERDICT_LEAK))
		print_next(trends);
}

static enum usage_kind kind_named(const char *name)
{
	enum usage_kind kind;

	for (kind = 0; kind < USAGE_KINDS; kind++)
		if (!strcmp(name, usage_kind_names[kind]))
			return kind;
	die("--kind: there is no kind %s; there are memory, cache, vmalloc, site and leak", name);
}

static void check_some(const struct trends *trends)
{
	size_t all = 0;
	unsigned int i;

	for (i = 0; i < trends->nr_boots; i++)
		all += trends->boots[i].list.nr;
	if (!all)
		die("%s: no samples in it; let kmemleak record run for a while",
		    trends->database);
	if (!trends->nr)
		die("%s: no series matches (of %zu)",
		    trends->database, all);
}

static void free_trends(struct trends *trends)
{
	unsigned int i;

	for (i = 0; i < trends->nr_boots; i++) {
		series_free(&trends->boots[i].list);
		free(trends->boots[i].trends);
	}
	free(trends->boots);
	free(trends->list);
	free(trends->match);
}

/* Options without a letter: "-k" is --keep elsewhere. */
enum { OPTION_KIND = 256 };

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
		trends->all_boots = true;
		return 0;
	case 's':
		trends->since = parse_duration(arg, "--since");
		return 0;
	case OPTION_KIND:
		trends->kind = kind_named(arg);
		return 0;
	case 'm':
		/* A word matches in any place. */
		free(trends->match);
		trends->match = xasprintf(strpbrk(arg, "*?[") ? "%s" : "*%s*", arg);
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
		{ "all", 'a', NULL, 0, "also list steady and shrinking values", 0 },
		{ "boots", 'b', NULL, 0, "judge all boots that were recorded, not the last", 0 },
		{ "since", 's', "TIME", 0, "judge only the last TIME of a boot", 0 },
		{ "kind", OPTION_KIND, "KIND", 0,
		  "show only this kind: memory, cache, vmalloc, site or leak", 0 },
		{ "match", 'm', "PATTERN", 0,
		  "show only names that contain or match PATTERN", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		options, parse, NULL,
		"Shows which recorded values grow, how fast, and whether that is a leak.",
		NULL, NULL, NULL,
	};
	struct trends trends = { .since = INFINITY, .kind = USAGE_KINDS };
	struct database database;
	unsigned int boot, boots;
	enum command_status status;

	parse_options(&argp, argc, argv, &trends);
	if (!trends.database)
		die("no database is named; say --db FILE");
	database_open(&database, trends.database, false);
	boots = series_boots(&database);
	trends.boots = xcalloc(boots + 1, sizeof(*trends.boots));
	for (boot = trends.all_boots || !boots ? 0 : boots - 1; boot < boots; boot++)
		add_boot(&trends, &database, boot);
	database_close(&database);
	check_some(&trends);
	qsort(trends.list, trends.nr, sizeof(*trends.list), by_slope);
	if (trends.json)
		print_json(&trends);
	else
		print_text(&trends);
	status = count(&trends, VERDICT_LEAK) ? STATUS_LEAKS : STATUS_OK;
	free_trends(&trends);
	close_output();
	return status;
}
