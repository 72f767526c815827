// SPDX-License-Identifier: GPL-2.0
/*
 * "kmemleak triage": where memory has gone, what grows, and what to do next.
 * May call: advice.c, import.c, wanted.c, growth.c, sample.c, account.c, usage.c,
 * clock.c, units.c, root.c, command.c.
 *
 * It works on any kernel: a file that cannot be read costs one line of output and
 * does not stop it. To judge growth, it looks several times within the given time, as
 * with two looks alone a peak would pass for growth.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account.h"
#include "advice.h"
#include "clock.h"
#include "command.h"
#include "growth.h"
#include "import.h"
#include "root.h"
#include "sample.h"
#include "units.h"
#include "usage.h"
#include "wanted.h"

#define LISTED		8	/* caches, and callers of vmalloc() */

/**
 * struct triage - options and looks
 * @seconds: how long to look, 0 for once
 * @since: a tree saved earlier from this machine to compare with, or NULL
 * @from: what somebody saved of a machine, in any form; or NULL
 * @timeline: the looks
 */
struct triage {
	double seconds;
	const char *since;
	const char *from;
	struct timeline timeline;
};

/* Growth per minute; as a whole if it is not known how long that took. */
static void print_rate(const struct timeline *timeline, int64_t grown)
{
	double seconds = seconds_seen(timeline);

	if (timeline->nr > 1)
		printf(" %+12.0f", (seconds > 0 ? grown / seconds * 60 : grown) / 1024.0);
	putchar('\n');
}

static void print_rate_heading(const struct timeline *timeline)
{
	if (timeline->nr > 1)
		printf(" %12s", seconds_seen(timeline) > 0 ? "kB/min" : "kB more");
	putchar('\n');
}

static void print_account(const struct timeline *timeline)
{
	const struct sample *look = last_look(timeline);
	const struct usages *memory = &look->of[USAGE_MEMORY];
	int64_t total = sample_total(look), bytes;
	size_t i;

	printf("%-32s %14s %8s", "memory", "kB", "share");
	print_rate_heading(timeline);
	for (i = 0; i < ACCOUNT_LINES; i++) {
		bytes = sample_bytes(look, i);
		if (!bytes && (!account_names[i].always || memory->list[i].unknown))
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
	print_rate_heading(timeline);
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
		       const char *largest, const char *growing)
{
	if (!last_look(timeline)->of[kind].nr)
		return;
	print_largest(timeline, kind, largest);
	if (timeline->nr > 1)
		print_growing(timeline, kind, growing);
}

static void print_kinds(const struct timeline *timeline)
{
	const struct sample *look = last_look(timeline);

	print_kind(timeline, USAGE_CACHE, "largest slab caches", "growing slab caches");
	if (!sample_has_account(look) ||
	    sample_bytes(look, ACCOUNT_VMALLOC) * 100 > sample_total(look))
		print_kind(timeline, USAGE_AREA, "largest callers of vmalloc()",
			   "growing callers of vmalloc()");
	print_kind(timeline, USAGE_ALLOC, "most allocated by", "growing, allocated by");
}

/* Read the detector's files only at the ends, as that may take long. */
static void look_once(struct triage *triage, bool end)
{
	struct timeline *timeline = &triage->timeline;
	unsigned int kinds = SAMPLE(CACHE) | SAMPLE(ALLOC);

	if (end)
		kinds |= SAMPLE(SITE) | SAMPLE(LEAK);
	if (triage->from)
		kinds |= SAMPLE_PARTS;
	sample_take(&timeline->look[timeline->nr++], kinds);
}

/* An interrupt ends the wait, not the program: what was seen until then is shown. */
static void expect_interrupt(double seconds)
{
	char time[UNITS_MAX];

	clock_hold_interrupt();
	if (isatty(STDERR_FILENO))
		note("looking for %s; ^C ends that earlier", format_duration(time, seconds));
}

static void look_for_some_time(struct triage *triage)
{
	unsigned int looks = triage->seconds ? LOOKS_MAX : 1, i;
	double begin = clock_now();

	if (triage->seconds)
		expect_interrupt(triage->seconds);
	for (i = 0; i < looks; i++) {
		if (i && clock_wait_or_interrupt(begin + triage->seconds * i / (looks - 1)))
			i = looks - 1;
		if (i && i == looks - 1)
			clock_release_interrupt();
		look_once(triage, !i || i == looks - 1);
	}
}

/* Growth means nothing across boots, or between two copies of one look. */
static void check_looks(const struct timeline *timeline)
{
	const struct sample *first = &timeline->look[0], *last = last_look(timeline);

	if (timeline->nr == 1)
		return;
	if (!sample_has_account(first) || !sample_has_account(last))
		die("/proc/meminfo was not saved; without it two looks cannot be compared");
	if (*first->boot_id && *last->boot_id && strcmp(first->boot_id, last->boot_id))
		die("the two looks are not at one boot of one machine; compare only such");
	if (first->uptime > 0 && last->uptime > 0 && !(last->uptime > first->uptime))
		die("by /proc/uptime no time went by between the looks; look at a later state");
	if (sample_total(first) != sample_total(last) && !*first->boot_id)
		note("MemTotal differs: are both looks at one machine?");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct triage *triage = state->input;

	switch (key) {
	case OPTION_FOR:
		triage->seconds = parse_duration(arg, "--for");
		return 0;
	case 's':
		triage->since = arg;
		return 0;
	case 'F':
		triage->from = arg;
		return 0;
	case ARGP_KEY_END:
		if (triage->seconds && triage->since)
			die("--for and --since exclude each other; give one");
		if (triage->from && triage->seconds)
			die("--for looks at a machine that runs, and --from at a saved one");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int cmd_triage(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "for", OPTION_FOR, "TIME", 0, "look for that long to see what grows: 60s", 0 },
		{ "since", 's', "DIR", 0, "compare with the /proc and /sys saved in DIR", 0 },
		{ "from", 'F', "PATH", 0, "look at what was saved of a machine: its files, "
		  "slabtop -o, a log with an OOM report, a sosreport or supportconfig", 0 },
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
		char *now = xstrdup(root_name());

		import_set(triage.since);
		look_once(&triage, true);
		root_set(now);
		free(now);
	}
	if (triage.from)
		import_set(triage.from);
	look_for_some_time(&triage);
	check_looks(timeline);
	if (sample_has_account(last_look(timeline)))
		print_account(timeline);
	print_kinds(timeline);
	wanted_print(timeline, stdout);
	advise(timeline, stdout);
	for (i = 0; i < timeline->nr; i++)
		sample_free(&timeline->look[i]);
	close_output();
	return STATUS_OK;
}
