// SPDX-License-Identifier: GPL-2.0
/*
 * "kmemleak triage": where memory has gone, what grows, and what to do next.
 * May call: advice.c, growth.c, sample.c, account.c, usage.c, clock.c, units.c,
 * root.c, command.c.
 *
 * It works on any kernel: a file that cannot be read costs one line of output and
 * does not stop it. To judge growth, it looks several times within the given time, as
 * with two looks alone a peak would pass for growth.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "advice.h"
#include "clock.h"
#include "command.h"
#include "growth.h"
#include "root.h"
#include "sample.h"
#include "units.h"
#include "usage.h"

#define LISTED		8	/* caches, and callers of vmalloc() */

/**
 * struct triage - options and looks
 * @seconds: how long to look, 0 for once
 * @since: a tree saved earlier from this machine to compare with, or NULL
 * @timeline: the looks
 */
struct triage {
	double seconds;
	const char *since;
	struct timeline timeline;
};

/* Print the rate if there is one, and end the row. */
static void print_rate(const struct timeline *timeline, int64_t grown)
{
	if (timeline->nr > 1)
		printf(" %+12.0f", grown / seconds_seen(timeline) * 60 / 1024);
	putchar('\n');
}

static void print_account(const struct timeline *timeline)
{
	const struct sample *look = last_look(timeline);
	int64_t total = sample_total(look), bytes;
	size_t i;

	printf("%-32s %14s %8s", "memory", "kB", "share");
	puts(timeline->nr > 1 ? "       kB/min" : "");
	for (i = 0; i < ACCOUNT_LINES; i++) {
		bytes = sample_bytes(look, i);
		if (!bytes && !account_names[i].always)
			continue;
		printf("%-32s %14" PRId64 " %6.1f %%", account_names[i].text,
		       bytes / 1024, 100.0 * bytes / total);
		print_rate(timeline, growth_of(timeline, USAGE_MEMORY, i).bytes);
	}
	printf("%-32s %14" PRId64 " %6.1f %%\n", "MemTotal", total / 1024, 100.0);
}

static void print_heading(const struct timeline *timeline, const char *what)
{
	printf("\n%-48s %14s %12s", what, "kB", "objects");
	puts(timeline->nr > 1 ? "       kB/min" : "");
}

static void print_usage(const struct timeline *timeline, const struct usage *usage,
			int64_t grown)
{
	printf("%-48s %14" PRId64 " %12" PRIu64, usage->name, usage->bytes / 1024,
	       usage->objects);
	print_rate(timeline, grown);
}

static void print_largest(const struct timeline *timeline, enum usage_kind kind,
			  const char *heading)
{
	const struct usages *usages = &last_look(timeline)->of[kind];
	const struct usage **sorted = usages_by_bytes(usages);
	size_t i;

	print_heading(timeline, heading);
	for (i = 0; i < usages->nr && i < LISTED && sorted[i]->bytes; i++)
		print_usage(timeline, sorted[i],
			    growth_of(timeline, kind, sorted[i] - usages->list).bytes);
	free(sorted);
}

static void print_growing(const struct timeline *timeline, enum usage_kind kind,
			  const char *heading)
{
	struct growth *growth = growths(timeline, kind);
	size_t i, nr = last_look(timeline)->of[kind].nr;

	for (i = 0; i < nr && i < LISTED && growth[i].lasting; i++) {
		if (growth[i].bytes < growth_min(timeline) / 8)
			break;
		if (!i)
			print_heading(timeline, heading);
		print_usage(timeline, growth[i].usage, growth[i].bytes);
	}
	free(growth);
}

static void print_kind(const struct timeline *timeline, enum usage_kind kind,
		       const char *file, const char *largest, const char *growing)
{
	int error = last_look(timeline)->of[kind].error;

	if (error) {
		printf("\n%s: %s%s\n", file, strerror(error),
		       error == EACCES || error == EPERM ?
		       "; run as root to see what is in it" : "");
		return;
	}
	print_largest(timeline, kind, largest);
	if (timeline->nr > 1)
		print_growing(timeline, kind, growing);
}

/* Read the detector's files only at the end, as that may take long. */
static void look_once(struct timeline *timeline, bool last)
{
	sample_take(&timeline->look[timeline->nr++], last ? SAMPLE_ALL : SAMPLE(CACHE));
}

static void look_for_some_time(struct triage *triage)
{
	unsigned int looks = triage->seconds ? LOOKS_MAX : 1, i;
	double begin = clock_now();

	for (i = 0; i < looks; i++) {
		if (i)
			clock_wait(begin + triage->seconds * i / (looks - 1));
		look_once(&triage->timeline, i == looks - 1);
	}
}

/* Growth means nothing across boots, or between two copies of one look. */
static void check_looks(const struct timeline *timeline)
{
	const struct sample *first = &timeline->look[0], *last = last_look(timeline);

	if (timeline->nr == 1)
		return;
	if (strcmp(first->boot_id, last->boot_id))
		die("the two looks are not at one boot of one machine; compare only such");
	if (!(last->uptime > first->uptime))
		die("by /proc/uptime no time went by between the looks; look at a later state");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct triage *triage = state->input;

	switch (key) {
	case 'f':
		triage->seconds = parse_duration(arg, "--for");
		return 0;
	case 's':
		triage->since = arg;
		return 0;
	case ARGP_KEY_END:
		if (triage->seconds && triage->since)
			die("--for and --since exclude each other; give one");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int cmd_triage(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "for", 'f', "TIME", 0, "look for that long to see what grows: 60s, 5m", 0 },
		{ "since", 's', "DIR", 0, "compare with the /proc and /sys saved in DIR", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		options, parse, NULL,
		"Shows what all memory is used for, and what to do next.", NULL, NULL, NULL,
	};
	struct triage triage = { 0 };
	struct timeline *timeline = &triage.timeline;
	unsigned int i;

	parse_options(&argp, argc, argv, &triage);
	if (triage.since) {
		char *now = root_path("");

		root_set(triage.since);
		look_once(timeline, false);
		root_set(now);
	}
	look_for_some_time(&triage);
	check_looks(timeline);
	print_account(timeline);
	print_kind(timeline, USAGE_CACHE, "/proc/slabinfo", "largest slab caches",
		   "growing slab caches");
	if (sample_bytes(last_look(timeline), ACCOUNT_VMALLOC) * 100 >
	    sample_total(last_look(timeline)))
		print_kind(timeline, USAGE_AREA, "/proc/vmallocinfo",
			   "largest callers of vmalloc()", "growing callers of vmalloc()");
	advise(timeline, stdout);
	for (i = 0; i < timeline->nr; i++)
		sample_free(&timeline->look[i]);
	close_output();
	return STATUS_OK;
}
