// SPDX-License-Identifier: GPL-2.0
/*
 * Conclusions of "kmemleak triage", in words, and the command to run next.
 * May call: growth.c, account.c, usage.c, units.c, root.c, command.c.
 *
 * Growth matters more than size, and the kernel's own memory more than that of
 * processes, for which there are better tools. The last line is "next: " and a
 * command.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "advice.h"
#include "command.h"
#include "growth.h"
#include "root.h"
#include "units.h"
#include "usage.h"

/* Less than this part of MemTotal does not explain a lack of memory. */
#define SMALL_PERCENT	10

#define NEXT_LOOK	"kmemleak triage --for 60s"
#define NEXT_RECORD	"kmemleak record --every 60s --db kmemleak.db"

/**
 * struct advice - the advice while it is written, a line for each sentence
 * @timeline: the looks
 * @out: the stream to write to
 * @next: the command to propose at the end; the last one set counts
 */
struct advice {
	const struct timeline *timeline;
	FILE *out;
	char *next;
};

/* What to say about the line of the account that is largest, or grew most. */
struct line_advice {
	const char *meaning;
	const char *next;	/* NULL: ask the detector or the kernel */
};

static const struct line_advice line_advice[ACCOUNT_LINES] = {
	[ACCOUNT_ANON] = {
		"Processes hold it.", "ps -e -o rss,pid,comm --sort=-rss | head" },
	[ACCOUNT_SHMEM] = {
		"Files in tmpfs and shared memory hold it, also those of no process.",
		"df -t tmpfs; ipcs -m" },
	[ACCOUNT_HUGETLB] = {
		"It was set aside for huge pages, in use or not.",
		"grep -r . /sys/kernel/mm/hugepages" },
	[ACCOUNT_COMPRESSED] = {
		"What was swapped out is kept in it, compressed.",
		"zramctl; grep -i zswap /proc/meminfo" },
	[ACCOUNT_SLAB_UNRECLAIMABLE] = {
		"These are objects of kernel code, which has to free them itself.", NULL },
	[ACCOUNT_VMALLOC] = {
		"These are large buffers of kernel code, which has to free them itself.", NULL },
	[ACCOUNT_PERCPU] = {
		"These are counters and the like, with a copy for each CPU.", NULL },
	[ACCOUNT_MODULES] = {
		"It is the code and data of modules.", "sort -k2 -rn /proc/modules | head" },
	[ACCOUNT_STACKS] = {
		"Each thread has one.", "ps -e -o nlwp,pid,comm --sort=-nlwp | head" },
	[ACCOUNT_PAGE_TABLES] = {
		"They grow with what processes map.",
		"grep VmPTE /proc/[0-9]*/status | sort -k2 -n | tail" },
	[ACCOUNT_OTHER] = {
		"Drivers hold it, mostly for graphics.", NULL },
	[ACCOUNT_UNEXPLAINED] = {
		"These are pages that kernel code allocated, and no counter tells of.", NULL },
};

static void __printf(2, 3)
say(struct advice *advice, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(advice->out, format, args);
	va_end(args);
}

static void propose(struct advice *advice, const char *command)
{
	free(advice->next);
	advice->next = xstrdup(command);
}

/* Name the cache, or the caller of vmalloc(), with most of @whole bytes. */
static void say_which(struct advice *advice, enum account_line line, bool grew,
		      int64_t whole)
{
	enum usage_kind kind = line == ACCOUNT_VMALLOC ? USAGE_AREA : USAGE_CACHE;
	struct growth *growth = growths(advice->timeline, kind), *most = NULL;
	char size[UNITS_MAX];
	size_t i;

	for (i = 0; i < last_look(advice->timeline)->of[kind].nr; i++) {
		if (grew && !growth[i].lasting)
			break;
		if (!grew)
			growth[i].bytes = growth[i].usage->bytes;
		if (!growth[i].usage->reclaimable &&
		    (!most || growth[i].bytes > most->bytes))
			most = &growth[i];
	}
	/* Others may have shrunk meanwhile. */
	if (most && most->bytes > whole / 10)
		say(advice, ", %s of that %s %s",
		    format_bytes(size, most->bytes < whole ? most->bytes : whole),
		    kind == USAGE_CACHE ? "in the cache" : "allocated by",
		    most->usage->name);
	free(growth);
}

/* Report known leaks before proposing another scan. */
static bool say_found(struct advice *advice)
{
	struct usage leaks = usages_total(&last_look(advice->timeline)->of[USAGE_LEAK]);
	char size[UNITS_MAX];

	if (!leaks.objects)
		return false;
	say(advice, "The leak detector has found %" PRIu64 " leaks, %s.\n", leaks.objects,
	    format_bytes(size, leaks.bytes));
	propose(advice, "kmemleak report");
	return true;
}

/* A site whose objects increase from scan to scan, and are still referenced. */
static bool say_growing_site(struct advice *advice)
{
	const struct usages *sites = &last_look(advice->timeline)->of[USAGE_SITE];
	const struct usage *most = NULL;
	char size[UNITS_MAX], module[64], *command;
	size_t i;

	for (i = 0; i < sites->nr; i++)
		if (sites->list[i].growing && (!most || sites->list[i].bytes > most->bytes))
			most = &sites->list[i];
	if (!most || most->bytes < growth_min(advice->timeline))
		return false;
	say(advice, "At each scan %s had allocated more, %s by now, "
	    "and something still refers to it.\n", most->name,
	    format_bytes(size, most->bytes));
	if (sscanf(most->name, "%*s [%63[^]]]", module) != 1) {
		propose(advice, "kmemleak watch");
		return true;
	}
	command = xasprintf("kmemleak module %s", module);
	propose(advice, command);
	free(command);
	return true;
}

static void ask_detector(struct advice *advice)
{
	switch (last_look(advice->timeline)->detector.state) {
	case DETECTOR_ABSENT:
		say(advice, "This kernel has no leak detector: build it with "
		    "CONFIG_DEBUG_KMEMLEAK=y to learn who allocates what.\n"
		    "Until then, see what goes on growing.\n");
		propose(advice, NEXT_RECORD);
		break;
	case DETECTOR_OFF:
		say(advice, "The leak detector is off: boot with kmemleak=on to learn who "
		    "allocates what.\n"
		    "Until then, see what goes on growing.\n");
		propose(advice, NEXT_RECORD);
		break;
	case DETECTOR_HIDDEN:
		say(advice, "Only root can ask the leak detector.\n");
		propose(advice, "sudo " NEXT_LOOK);
		break;
	case DETECTOR_UNMOUNTED:
		say(advice, "The leak detector is reached by debugfs, which is not mounted.\n");
		propose(advice, "mount -t debugfs none /sys/kernel/debug");
		break;
	case DETECTOR_BASE:
	case DETECTOR_ON:
		if (say_found(advice) || say_growing_site(advice))
			break;
		say(advice, "The leak detector can say what of it is lost.\n");
		propose(advice, "kmemleak scan");
		break;
	}
}

/* Newer kernels can tell who allocated pages that no counter includes. */
static void ask_kernel(struct advice *advice)
{
	FILE *file = root_try("/proc/allocinfo");

	if (file) {
		fclose(file);
		propose(advice, "sort -n /proc/allocinfo | tail");
		return;
	}
	say(advice, "The leak detector does not know such pages; a kernel with "
	    "CONFIG_MEM_ALLOC_PROFILING=y tells who allocates them.\n");
	propose(advice, NEXT_RECORD);
}

static void explain(struct advice *advice, enum account_line line)
{
	say(advice, "%s\n", line_advice[line].meaning);
	if (line_advice[line].next)
		propose(advice, line_advice[line].next);
	else if (line == ACCOUNT_OTHER || line == ACCOUNT_UNEXPLAINED)
		ask_kernel(advice);
	else
		ask_detector(advice);
}

static bool has_parts(enum account_line line)
{
	return line == ACCOUNT_SLAB_UNRECLAIMABLE || line == ACCOUNT_VMALLOC;
}

static void say_growth(struct advice *advice, enum account_line line)
{
	int64_t bytes = growth_of(advice->timeline, USAGE_MEMORY, line).bytes;
	char size[UNITS_MAX], time[UNITS_MAX];

	say(advice, "\"%s\" grew by %s in %s", account_names[line].text,
	    format_bytes(size, bytes),
	    format_duration(time, seconds_seen(advice->timeline)));
	if (has_parts(line))
		say_which(advice, line, true, bytes);
	say(advice, ".\n");
	explain(advice, line);
}

static void say_amount(struct advice *advice, enum account_line line)
{
	const struct sample *look = last_look(advice->timeline);
	int64_t bytes = sample_bytes(look, line);
	char size[UNITS_MAX];

	say(advice, "\"%s\" has %s, %.0f %% of the memory", account_names[line].text,
	    format_bytes(size, bytes), 100.0 * bytes / sample_total(look));
	if (has_parts(line))
		say_which(advice, line, false, bytes);
	say(advice, ".\n");
	explain(advice, line);
}

/* Counters are not exact, and their errors add up in the unexplained line. */
static int64_t growth_that_matters(const struct timeline *timeline, enum account_line line)
{
	return growth_min(timeline) * (line == ACCOUNT_UNEXPLAINED ? 4 : 1);
}

/* The line that grew most, if that growth matters; else ACCOUNT_LINES. */
static enum account_line fastest(const struct timeline *timeline, enum account_owner owner)
{
	enum account_line line, most = ACCOUNT_LINES;
	int64_t bytes = 0;

	for (line = 0; line < ACCOUNT_LINES; line++) {
		struct growth growth = growth_of(timeline, USAGE_MEMORY, line);

		if (account_names[line].owner == owner && growth.lasting &&
		    growth.bytes >= growth_that_matters(timeline, line) &&
		    growth.bytes > bytes) {
			bytes = growth.bytes;
			most = line;
		}
	}
	return most;
}

/* The largest line of @owner; @sum is set to the bytes of all its lines. */
static enum account_line largest(const struct sample *look, enum account_owner owner,
				 int64_t *sum)
{
	enum account_line line, most = ACCOUNT_LINES;

	*sum = 0;
	for (line = 0; line < ACCOUNT_LINES; line++) {
		if (account_names[line].owner != owner)
			continue;
		if (sample_bytes(look, line) > 0)
			*sum += sample_bytes(look, line);
		if (most == ACCOUNT_LINES ||
		    sample_bytes(look, line) > sample_bytes(look, most))
			most = line;
	}
	return most;
}

/* The kernel holds little: either processes hold the memory, or nothing is wrong. */
static void say_small(struct advice *advice, int64_t kernel)
{
	const struct sample *look = last_look(advice->timeline);
	int64_t total = sample_total(look), user, free, cache;
	enum account_line line = largest(look, OWNER_USER, &user);

	largest(look, OWNER_NOBODY, &free);
	largest(look, OWNER_CACHE, &cache);
	say(advice, "The kernel itself holds %.1f %% of the memory", 100.0 * kernel / total);
	if (user > free + cache) {
		say(advice, ".\n");
		say_amount(advice, line);
		return;
	}
	say(advice, ", and %.0f %% is free or is given back when it is needed.\n",
	    100.0 * (free + cache) / total);
	if (advice->timeline->nr > 1)
		ask_detector(advice);
	else if (!say_found(advice))
		propose(advice, NEXT_LOOK);
}

static void find_words(struct advice *advice)
{
	const struct timeline *timeline = advice->timeline;
	enum account_line grower = ACCOUNT_LINES, line;
	char time[UNITS_MAX];
	int64_t kernel;

	if (timeline->nr > 1)
		grower = fastest(timeline, OWNER_KERNEL);
	if (grower != ACCOUNT_LINES) {
		say_growth(advice, grower);
		return;
	}
	if (timeline->nr > 1)
		say(advice, "Nothing that the kernel itself holds grew in %s.\n",
		    format_duration(time, seconds_seen(timeline)));
	line = largest(last_look(timeline), OWNER_KERNEL, &kernel);
	if (kernel * 100 < sample_total(last_look(timeline)) * SMALL_PERCENT)
		say_small(advice, kernel);
	else
		say_amount(advice, line);
}

void advise(const struct timeline *timeline, FILE *out)
{
	struct advice advice = { .timeline = timeline, .out = out };

	fputc('\n', out);
	find_words(&advice);
	fprintf(out, "\nnext: %s\n", advice.next);
	free(advice.next);
}
