// SPDX-License-Identifier: GPL-2.0
/*
 * "kmemleak triage": where has memory gone, what of it grows, and what to do next.
 * May call: sample.c, account.c, clock.c, units.c, root.c,
 * command.c.
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
#include "units.h"

#define LOOKS_MAX	6
#define LISTED		8	/* caches, and callers of vmalloc() */

/* Of MemTotal: what is less is no reason for a lack of memory. */
#define SMALL_PERCENT	10

/**
 * struct triage - what was asked for and seen
 * @seconds: how long to look, 0 for once
 * @since: a tree saved earlier from this machine, to compare with; or NULL
 * @look: what was seen, in order of time
 * @nr: how often
 */
struct triage {
	double seconds;
	const char *since;
	struct sample look[LOOKS_MAX];
	unsigned int nr;
};

/* What to say of a line of the account that holds or takes most. */
struct advice {
	bool tracked;		/* the leak detector knows these objects */
	const char *meaning;
	const char *next;	/* of what is not tracked */
};

static const struct advice advice[ACCOUNT_LINES] = {
	[ACCOUNT_ANON] = {
		false, "Processes hold it.", "ps -e -o rss,pid,comm --sort=-rss | head" },
	[ACCOUNT_SHMEM] = {
		false, "Files in tmpfs and shared memory hold it, also those of no process.",
		"df -t tmpfs; ipcs -m" },
	[ACCOUNT_HUGETLB] = {
		false, "It was set aside for huge pages, in use or not.",
		"grep -r . /sys/kernel/mm/hugepages" },
	[ACCOUNT_COMPRESSED] = {
		false, "What was swapped out is kept in it, compressed.",
		"zramctl; grep -i zswap /proc/meminfo" },
	[ACCOUNT_SLAB_UNRECLAIMABLE] = {
		true, "Objects of kernel code, which it has to free itself.", NULL },
	[ACCOUNT_VMALLOC] = {
		true, "Large buffers of kernel code, which it has to free itself.", NULL },
	[ACCOUNT_PERCPU] = {
		true, "Counters and the like that have a copy for each CPU.", NULL },
	[ACCOUNT_MODULES] = {
		false, "The code of modules.", "sort -k2 -rn /proc/modules | head" },
	[ACCOUNT_STACKS] = {
		false, "Each thread has one.", "ps -e -o nlwp,pid,comm --sort=-nlwp | head" },
	[ACCOUNT_PAGE_TABLES] = {
		false, "They grow with what processes map.",
		"grep VmPTE /proc/[0-9]*/status | sort -k2 -n | tail" },
	[ACCOUNT_OTHER] = {
		false, "Drivers hold it, mostly for graphics.", NULL },
	[ACCOUNT_UNEXPLAINED] = {
		false, "Whole pages that kernel code allocated, and no counter tells of.", NULL },
};

/**
 * struct growth - how one of a kind changed
 * @usage: it, in the last look
 * @bytes: from the first look to the last
 * @lasting: in between, it gave back little of that
 */
struct growth {
	const struct usage *usage;
	int64_t bytes;
	bool lasting;
};

static const struct sample *last_look(const struct triage *triage)
{
	return &triage->look[triage->nr - 1];
}

/* Between the first look and the last. */
static double seconds_seen(const struct triage *triage)
{
	return last_look(triage)->uptime - triage->look[0].uptime;
}

/* Less than this comes and goes in any machine. */
static int64_t growth_min(const struct triage *triage)
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

static struct growth growth_of(const struct triage *triage, enum usage_kind kind,
			       size_t index)
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

/* All of a kind, what grew most first; the caller frees it. */
static struct growth *growths(const struct triage *triage, enum usage_kind kind)
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

/* Names the cache, or the caller of vmalloc(), with most of @whole bytes. */
static void say_which(const struct triage *triage, enum account_line line, bool grew,
		      int64_t whole)
{
	enum usage_kind kind = line == ACCOUNT_VMALLOC ? USAGE_AREA : USAGE_CACHE;
	struct growth *growth = growths(triage, kind), *most = NULL;
	char text[UNITS_MAX];
	size_t i;

	for (i = 0; i < last_look(triage)->of[kind].nr; i++) {
		if (grew && !growth[i].lasting)
			break;
		if (!grew)
			growth[i].bytes = growth[i].usage->bytes;
		if (!growth[i].usage->reclaimable &&
		    (!most || growth[i].bytes > most->bytes))
			most = &growth[i];
	}
	if (most && most->bytes > whole / 10)
		printf(", %s of that %s %s", format_bytes(text, most->bytes),
		       kind == USAGE_CACHE ? "in the cache" : "allocated by",
		       most->usage->name);
	free(growth);
}

/* What the detector has found is told before a scan is proposed. */
static bool say_found(const struct triage *triage)
{
	const struct sample *look = last_look(triage);
	const struct usages *leaks = &look->of[USAGE_LEAK];
	uint64_t objects = 0, bytes = 0;
	char text[UNITS_MAX];
	size_t i;

	for (i = 0; i < leaks->nr; i++) {
		objects += leaks->list[i].objects;
		bytes += leaks->list[i].bytes;
	}
	if (!objects)
		return false;
	printf("The leak detector has found %" PRIu64 " leaks, %s.\n\nnext: kmemleak report\n",
	       objects, format_bytes(text, bytes));
	return true;
}

/* A place that allocates more from scan to scan, and has not lost what it did. */
static bool say_growing_site(const struct triage *triage)
{
	const struct usages *sites = &last_look(triage)->of[USAGE_SITE];
	const struct usage *most = NULL;
	char text[UNITS_MAX], module[64];
	size_t i;

	for (i = 0; i < sites->nr; i++)
		if (sites->list[i].growing && (!most || sites->list[i].bytes > most->bytes))
			most = &sites->list[i];
	if (!most || most->bytes < growth_min(triage))
		return false;
	printf("At each scan %s had allocated more, %s by now, and\n"
	       "something still refers to it.\n\n", most->name,
	       format_bytes(text, most->bytes));
	if (sscanf(most->name, "%*s [%63[^]]]", module) == 1)
		printf("next: kmemleak module %s\n", module);
	else
		puts("next: kmemleak watch");
	return true;
}

static void say_next_of_detector(const struct triage *triage)
{
	switch (last_look(triage)->detector.state) {
	case DETECTOR_ABSENT:
		puts("This kernel has no leak detector: build it with CONFIG_DEBUG_KMEMLEAK=y to\n"
		     "learn who allocates what. Until then, see what goes on growing.\n\n"
		     "next: kmemleak record --every 60s --db kmemleak.db");
		break;
	case DETECTOR_OFF:
		puts("The leak detector is off: boot with kmemleak=on to learn who allocates\n"
		     "what. Until then, see what goes on growing.\n\n"
		     "next: kmemleak record --every 60s --db kmemleak.db");
		break;
	case DETECTOR_HIDDEN:
		puts("Only root can ask the leak detector.\n\n"
		     "next: sudo kmemleak triage --for 60s");
		break;
	case DETECTOR_UNMOUNTED:
		puts("The leak detector is reached through debugfs, which is not mounted.\n\n"
		     "next: mount -t debugfs none /sys/kernel/debug");
		break;
	case DETECTOR_BASE:
	case DETECTOR_ON:
		if (!say_found(triage) && !say_growing_site(triage))
			puts("The leak detector can say what of it is lost.\n\n"
			     "next: kmemleak scan");
		break;
	}
}

/* Of pages that are counted nowhere, newer kernels can say who allocated them. */
static void say_next_of_pages(void)
{
	FILE *file = root_try("/proc/allocinfo");

	if (file) {
		fclose(file);
		puts("\nnext: sort -n /proc/allocinfo | tail");
		return;
	}
	puts("The leak detector does not know such pages.\n"
	     "A kernel with CONFIG_MEM_ALLOC_PROFILING=y tells who allocates them.\n\n"
	     "next: kmemleak record --every 60s --db kmemleak.db");
}

static void say_next(const struct triage *triage, enum account_line line)
{
	printf("%s\n", advice[line].meaning);
	if (advice[line].tracked)
		say_next_of_detector(triage);
	else if (advice[line].next)
		printf("\nnext: %s\n", advice[line].next);
	else
		say_next_of_pages();
}

/* Counters are not exact, and their error ends up in what they do not explain. */
static int64_t least_of(const struct triage *triage, enum account_line line)
{
	return growth_min(triage) * (line == ACCOUNT_UNEXPLAINED ? 4 : 1);
}

/* The line that grew most and whose growth matters; ACCOUNT_LINES if none did. */
static enum account_line fastest(const struct triage *triage, enum account_owner owner)
{
	enum account_line line, most = ACCOUNT_LINES;
	int64_t bytes = 0;

	for (line = 0; line < ACCOUNT_LINES; line++) {
		struct growth growth = growth_of(triage, USAGE_MEMORY, line);

		if (account_names[line].owner == owner && growth.lasting &&
		    growth.bytes >= least_of(triage, line) && growth.bytes > bytes) {
			bytes = growth.bytes;
			most = line;
		}
	}
	return most;
}

/* The line with most bytes, and in @sum those of all lines of that owner. */
static enum account_line largest(const struct sample *look, enum account_owner owner,
				 int64_t *sum)
{
	enum account_line line, most = ACCOUNT_LINES;

	*sum = 0;
	for (line = 0; line < ACCOUNT_LINES; line++) {
		if (account_names[line].owner != owner)
			continue;
		if (account_bytes(look, line) > 0)
			*sum += account_bytes(look, line);
		if (most == ACCOUNT_LINES ||
		    account_bytes(look, line) > account_bytes(look, most))
			most = line;
	}
	return most;
}

static bool has_parts(enum account_line line)
{
	return line == ACCOUNT_SLAB_UNRECLAIMABLE || line == ACCOUNT_VMALLOC;
}

static void conclude_growth(const struct triage *triage, enum account_line line)
{
	int64_t bytes = growth_of(triage, USAGE_MEMORY, line).bytes;
	char size[UNITS_MAX], time[UNITS_MAX];

	printf("\"%s\" grew by %s in %s", account_names[line].text,
	       format_bytes(size, bytes), format_duration(time, seconds_seen(triage)));
	if (has_parts(line))
		say_which(triage, line, true, bytes);
	fputs(". ", stdout);
	say_next(triage, line);
}

static void conclude_amount(const struct triage *triage, enum account_line line)
{
	const struct sample *look = last_look(triage);
	int64_t bytes = account_bytes(look, line);
	char text[UNITS_MAX];

	printf("\"%s\" has %s, %.0f %% of the memory", account_names[line].text,
	       format_bytes(text, bytes), 100.0 * bytes / account_total(look));
	if (has_parts(line))
		say_which(triage, line, false, bytes);
	fputs(". ", stdout);
	say_next(triage, line);
}

/* The kernel holds little: then processes do, or nothing is wrong. */
static void conclude_small(const struct triage *triage, int64_t kernel)
{
	const struct sample *look = last_look(triage);
	int64_t total = account_total(look), user, free, cache;
	enum account_line line = largest(look, OWNER_USER, &user);

	largest(look, OWNER_NOBODY, &free);
	largest(look, OWNER_CACHE, &cache);
	printf("The kernel itself holds %.1f %% of the memory", 100.0 * kernel / total);
	if (user > free + cache) {
		fputs(". ", stdout);
		conclude_amount(triage, line);
		return;
	}
	printf(", and %.0f %% is free or is given back when it is needed.\n",
	       100.0 * (free + cache) / total);
	if (triage->nr > 1)
		say_next_of_detector(triage);
	else if (!say_found(triage))
		puts("\nnext: kmemleak triage --for 60s");
}

static void conclude(const struct triage *triage)
{
	const struct sample *look = last_look(triage);
	enum account_line grower = ACCOUNT_LINES, line;
	char text[UNITS_MAX];
	int64_t kernel;

	putchar('\n');
	if (triage->nr > 1)
		grower = fastest(triage, OWNER_KERNEL);
	if (grower != ACCOUNT_LINES) {
		conclude_growth(triage, grower);
		return;
	}
	if (triage->nr > 1)
		printf("Nothing that the kernel itself holds grew in %s.\n",
		       format_duration(text, seconds_seen(triage)));
	line = largest(look, OWNER_KERNEL, &kernel);
	if (kernel * 100 < account_total(look) * SMALL_PERCENT)
		conclude_small(triage, kernel);
	else
		conclude_amount(triage, line);
}

static void look_once(struct triage *triage)
{
	sample_take(&triage->look[triage->nr++], SAMPLE_ALL);
}

static void look_for_some_time(struct triage *triage)
{
	double begin = clock_now();
	unsigned int i;

	look_once(triage);
	for (i = 1; triage->seconds && i < LOOKS_MAX; i++) {
		clock_wait(begin + triage->seconds * i / (LOOKS_MAX - 1));
		look_once(triage);
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
		look_once(&triage);
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
	conclude(&triage);
	for (i = 0; i < triage.nr; i++)
		sample_free(&triage.look[i]);
	close_output();
	return STATUS_OK;
}
