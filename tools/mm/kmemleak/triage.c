// SPDX-License-Identifier: GPL-2.0
/*
 * "kmemleak triage": where has memory gone, what of it grows, and what to do next.
 * May call: advice.c, sample.c, account.c, clock.c, units.c, root.c, command.c.
 *
 * It works on any kernel, and shows what it may read: what is missing is told in
 * one line and stops nothing. What grew is judged by several looks in the time
 * that was asked for, as two alone take a peak for growth.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "clock.h"
#include "command.h"
#include "root.h"
#include "sample.h"
#include "triage.h"
#include "units.h"

#define LISTED		8	/* caches, and callers of vmalloc() */

const struct sample *last_look(const struct triage *triage)
{
	return &triage->look[triage->nr - 1];
}

double seconds_seen(const struct triage *triage)
{
	return last_look(triage)->uptime - triage->look[0].uptime;
}

int64_t growth_min(const struct triage *triage)
{
	int64_t part = account_total(last_look(triage)) / 16384;

	return part > 256 * 1024 ? part : 256 * 1024;
}

static int64_t bytes_at(const struct sample *sample, enum usage_kind kind,
			const char *name, size_t index)
{
	const struct usages *usages = &sample->of[kind];
	const struct usage *found;

	if (kind == USAGE_MEMORY)
		return usages->list[index].bytes;
	found = usage_find(usages, name);
	return found ? found->bytes : 0;
}

struct growth growth_of(const struct triage *triage, enum usage_kind kind, size_t index)
{
	const struct usage *usage = &last_look(triage)->of[kind].list[index];
	int64_t first = bytes_at(&triage->look[0], kind, usage->name, index);
	struct growth growth = { .usage = usage, .bytes = usage->bytes - first };
	int64_t highest = first, given_back = 0, now;
	unsigned int i;

	for (i = 1; i < triage->nr; i++) {
		now = bytes_at(&triage->look[i], kind, usage->name, index);
		if (now > highest)
			highest = now;
		else if (highest - now > given_back)
			given_back = highest - now;
	}
	growth.lasting = growth.bytes > 0 && given_back <= growth.bytes / 4;
	return growth;
}

static int by_growth(const void *a, const void *b)
{
	const struct growth *x = a, *y = b;

	if (x->lasting != y->lasting)
		return x->lasting ? -1 : 1;
	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return strcmp(x->usage->name, y->usage->name);
}

struct growth *growths(const struct triage *triage, enum usage_kind kind)
{
	size_t i, nr = last_look(triage)->of[kind].nr;
	struct growth *growth = xcalloc(nr + 1, sizeof(*growth));

	for (i = 0; i < nr; i++)
		growth[i] = growth_of(triage, kind, i);
	qsort(growth, nr, sizeof(*growth), by_growth);
	return growth;
}

/* Ends a row. */
static void print_rate(const struct triage *triage, int64_t grown)
{
	if (triage->nr > 1)
		printf(" %+12.0f", grown / seconds_seen(triage) * 60 / 1024);
	putchar('\n');
}

static void print_account(const struct triage *triage)
{
	const struct sample *look = last_look(triage);
	int64_t total = account_total(look), bytes;
	size_t i;

	printf("%-32s %14s %8s", "memory", "kB", "share");
	puts(triage->nr > 1 ? "       kB/min" : "");
	for (i = 0; i < ACCOUNT_LINES; i++) {
		bytes = account_bytes(look, i);
		if (!bytes && !account_names[i].always)
			continue;
		printf("%-32s %14" PRId64 " %6.1f %%", account_names[i].text,
		       bytes / 1024, 100.0 * bytes / total);
		print_rate(triage, growth_of(triage, USAGE_MEMORY, i).bytes);
	}
	printf("%-32s %14" PRId64 " %6.1f %%\n", "MemTotal", total / 1024, 100.0);
}

static void print_heading(const struct triage *triage, const char *what)
{
	printf("\n%-48s %14s %12s", what, "kB", "objects");
	puts(triage->nr > 1 ? "       kB/min" : "");
}

static void print_usage(const struct triage *triage, const struct usage *usage,
			int64_t grown)
{
	printf("%-48s %14" PRId64 " %12" PRIu64, usage->name, usage->bytes / 1024,
	       usage->objects);
	print_rate(triage, grown);
}

static void print_largest(const struct triage *triage, enum usage_kind kind,
			  const char *heading)
{
	const struct usages *usages = &last_look(triage)->of[kind];
	const struct usage **sorted = usages_by_bytes(usages);
	size_t i;

	print_heading(triage, heading);
	for (i = 0; i < usages->nr && i < LISTED && sorted[i]->bytes; i++)
		print_usage(triage, sorted[i],
			    growth_of(triage, kind, sorted[i] - usages->list).bytes);
	free(sorted);
}

static void print_growing(const struct triage *triage, enum usage_kind kind,
			  const char *heading)
{
	struct growth *growth = growths(triage, kind);
	size_t i, nr = last_look(triage)->of[kind].nr;

	for (i = 0; i < nr && i < LISTED && growth[i].lasting; i++) {
		if (growth[i].bytes < growth_min(triage) / 8)
			break;
		if (!i)
			print_heading(triage, heading);
		print_usage(triage, growth[i].usage, growth[i].bytes);
	}
	free(growth);
}

static void print_kind(const struct triage *triage, enum usage_kind kind,
		       const char *file, const char *largest, const char *growing)
{
	int error = last_look(triage)->of[kind].error;

	if (error) {
		printf("\n%s: %s%s\n", file, strerror(error),
		       error == EACCES || error == EPERM ?
		       "; run as root to see what is in it" : "");
		return;
	}
	print_largest(triage, kind, largest);
	if (triage->nr > 1)
		print_growing(triage, kind, growing);
}

/* What the detector knows is of interest at the end, and may take long to read. */
static void look_once(struct triage *triage, bool last)
{
	sample_take(&triage->look[triage->nr++], last ? SAMPLE_ALL : SAMPLE(CACHE));
}

static void look_for_some_time(struct triage *triage)
{
	unsigned int looks = triage->seconds ? LOOKS_MAX : 1, i;
	double begin = clock_now();

	for (i = 0; i < looks; i++) {
		if (i)
			clock_wait(begin + triage->seconds * i / (looks - 1));
		look_once(triage, i == looks - 1);
	}
}

/* Growth has no meaning between boots, or of what was saved twice. */
static void check_looks(const struct triage *triage)
{
	const struct sample *first = &triage->look[0], *last = last_look(triage);

	if (triage->nr == 1)
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
	unsigned int i;

	parse_options(&argp, argc, argv, &triage);
	if (triage.since) {
		char *now = root_path("");

		root_set(triage.since);
		look_once(&triage, false);
		root_set(now);
	}
	look_for_some_time(&triage);
	check_looks(&triage);
	print_account(&triage);
	print_kind(&triage, USAGE_CACHE, "/proc/slabinfo", "largest slab caches",
		   "growing slab caches");
	if (account_bytes(last_look(&triage), ACCOUNT_VMALLOC) * 100 >
	    account_total(last_look(&triage)))
		print_kind(&triage, USAGE_AREA, "/proc/vmallocinfo",
			   "largest callers of vmalloc()", "growing callers of vmalloc()");
	advise(&triage, stdout);
	for (i = 0; i < triage.nr; i++)
		sample_free(&triage.look[i]);
	close_output();
	return STATUS_OK;
}
