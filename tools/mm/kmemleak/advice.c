// SPDX-License-Identifier: GPL-2.0
/*
 * Conclusions of "kmemleak triage", in words, and the command to run next. May call:
 * meaning.c, ask.c, blame.c, saying.c, growth.c, account.c, usage.c, units.c.
 *
 * Growth matters more than size, and the kernel's own memory more than that of
 * processes, for which there are better tools. The last line is "next: " and a
 * command.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "advice.h"
#include "growth.h"
#include "units.h"
#include "usage.h"

#define MIB		(1024 * 1024LL)
#define GIB		(1024 * MIB)

/* Less than this part of MemTotal does not explain a lack of memory. */
#define SMALL_PERCENT	10

/* A single cache that has more than this part needs a word, though it is given back. */
#define MOST_PERCENT	50

/* What any kernel needs, however small or large the machine. */
#define NEEDED_PERCENT	20
#define NEEDED_MAX	(128 * MIB)
#define LARGE_MAX	(32 * GIB)

static const struct sample *look_of(const struct advice *advice)
{
	return last_look(advice->timeline);
}

/* ---- What a line has, or how it grew ---- */

/* Bytes of caches that are not given back, though they count so. */
static int64_t kept_bytes(const struct sample *look)
{
	const struct usages *caches = &look->of[USAGE_CACHE];
	int64_t bytes = 0;
	size_t i;

	for (i = 0; i < caches->nr; i++)
		bytes += caches->list[i].kept ? caches->list[i].bytes : 0;
	return bytes;
}

/* Bytes of caches that go with what is given back, though they do not count so. */
static int64_t follows_bytes(const struct sample *look)
{
	const struct usages *caches = &look->of[USAGE_CACHE];
	int64_t bytes = 0;
	size_t i;

	for (i = 0; i < caches->nr; i++)
		bytes += caches->list[i].follows;
	return bytes;
}

/* A line, without what belongs to another. */
static int64_t own_bytes(const struct sample *look, enum account_line line)
{
	int64_t bytes = sample_bytes(look, line), follows;

	if (line == ACCOUNT_SLAB_RECLAIMABLE)
		return bytes - kept_bytes(look);
	if (line != ACCOUNT_SLAB_UNRECLAIMABLE)
		return bytes;
	follows = follows_bytes(look);
	return bytes > follows ? bytes - follows : 0;
}

static int64_t own_growth(const struct timeline *timeline, enum account_line line)
{
	int64_t bytes = growth_of(timeline, USAGE_MEMORY, line).bytes;

	if (line == ACCOUNT_SLAB_UNRECLAIMABLE)
		bytes -= follows_bytes(last_look(timeline)) - follows_bytes(&timeline->look[0]);
	return bytes;
}

static void say_part(struct advice *advice, struct topic *topic)
{
	bool cache = line_is_slab(topic->line);
	char size[UNITS_MAX];
	int64_t bytes;

	if (!cache && topic->line != ACCOUNT_VMALLOC)
		return;
	bytes = find_part(advice, topic);
	if (bytes)
		say(advice, bytes <= topic->bytes ? ", %s of that %s %s" : "; %s %s %s",
		    format_bytes(size, bytes), cache ? "in the cache" : "allocated by",
		    topic->part->name);
}

/* How long there will be free memory if it goes on like this. */
static void say_time_left(struct advice *advice, int64_t grown)
{
	double seconds = seconds_seen(advice->timeline), left;
	enum account_line line;
	char time[UNITS_MAX];
	int64_t bytes = 0;

	for (line = 0; line < ACCOUNT_LINES; line++)
		if (account_names[line].owner == OWNER_NOBODY ||
		    account_names[line].owner == OWNER_CACHE)
			bytes += own_bytes(look_of(advice), line);
	left = bytes * seconds / grown;
	if (left > 0 && left < 365 * 86400.0)
		say(advice, "At that rate, what is free or can be given back lasts %s.\n",
		    format_duration(time, left));
}

static void say_time(struct advice *advice)
{
	double seconds = seconds_seen(advice->timeline);
	char time[UNITS_MAX];

	if (seconds > 0)
		say(advice, " in %s", format_duration(time, seconds));
	else
		say(advice, " between the two looks");
}

static void say_growth(struct advice *advice, enum account_line line)
{
	struct topic topic = {
		.line = line, .grew = true,
		.bytes = growth_of(advice->timeline, USAGE_MEMORY, line).bytes,
	};
	char size[UNITS_MAX];

	say(advice, "\"%s\" grew by %s", account_names[line].text,
	    format_bytes(size, topic.bytes));
	say_time(advice);
	say_part(advice, &topic);
	say(advice, ".\n");
	if (seconds_seen(advice->timeline) > 0)
		say_time_left(advice, topic.bytes);
	else
		say(advice, "How long that took is not known: /proc/uptime was not saved.\n");
	explain(advice, &topic);
}

static void say_amount(struct advice *advice, enum account_line line)
{
	const struct sample *look = look_of(advice);
	struct topic topic = { .line = line, .bytes = sample_bytes(look, line) };
	char size[UNITS_MAX];

	say(advice, "\"%s\" has %s, %.0f %% of the memory", account_names[line].text,
	    format_bytes(size, topic.bytes), 100.0 * topic.bytes / sample_total(look));
	say_part(advice, &topic);
	say(advice, ".\n");
	explain(advice, &topic);
}

/* ---- Slab that the kernel counts in the wrong line ---- */

/* The growth of the largest cache to blame in slab that is counted as reclaimable. */
static int64_t kept_growth(const struct advice *advice, struct topic *topic)
{
	*topic = (struct topic){ .line = ACCOUNT_SLAB_RECLAIMABLE, .kept = true, .grew = true };
	return advice->timeline->nr > 1 ? find_part(advice, topic) : 0;
}

static void say_cache(struct advice *advice, struct topic *topic)
{
	char size[UNITS_MAX];

	if (topic->grew) {
		say(advice, "The cache %s grew by %s", topic->part->name,
		    format_bytes(size, topic->bytes));
		say_time(advice);
		say(advice, ".\n");
		if (seconds_seen(advice->timeline) > 0)
			say_time_left(advice, topic->bytes);
	} else {
		say(advice, "The cache %s has %s, %.0f %% of the memory.\n", topic->part->name,
		    format_bytes(size, topic->bytes),
		    100.0 * topic->bytes / sample_total(look_of(advice)));
	}
	explain(advice, topic);
}

/* ---- What to talk about ---- */

/*
 * Counters are not exact, and their errors add up in the unexplained line. Processes come
 * and go, this one among them.
 */
static int64_t growth_that_matters(const struct timeline *timeline, enum account_line line)
{
	int64_t least = growth_min(timeline);

	if (account_names[line].owner == OWNER_USER)
		return 16 * least;
	return line == ACCOUNT_UNEXPLAINED ? 4 * least : least;
}

/* The line that grew most, if that growth matters; else ACCOUNT_LINES. */
static enum account_line fastest(const struct timeline *timeline, enum account_owner owner)
{
	enum account_line line, most = ACCOUNT_LINES;
	int64_t bytes = 0;

	for (line = 0; timeline->nr > 1 && line < ACCOUNT_LINES; line++) {
		struct growth growth = growth_of(timeline, USAGE_MEMORY, line);

		growth.bytes = own_growth(timeline, line);
		if (account_names[line].owner == owner && growth.lasting &&
		    growth.bytes >= growth_that_matters(timeline, line) &&
		    growth.bytes > bytes) {
			bytes = growth.bytes;
			most = line;
		}
	}
	return most;
}

static int64_t growth_in(const struct timeline *timeline, enum account_line line)
{
	return line == ACCOUNT_LINES ? 0 : own_growth(timeline, line);
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
		if (own_bytes(look, line) > 0)
			*sum += own_bytes(look, line);
		if (most == ACCOUNT_LINES || own_bytes(look, line) > own_bytes(look, most))
			most = line;
	}
	return most;
}

/* Kernels of small machines need a larger part of them, and those of large ones less. */
static int64_t large_for_kernel(int64_t total)
{
	int64_t needed = total / 100 * NEEDED_PERCENT;
	int64_t bytes = total / 100 * SMALL_PERCENT + (needed < NEEDED_MAX ? needed : NEEDED_MAX);

	return bytes < LARGE_MAX ? bytes : LARGE_MAX;
}

/* Is there a single cache, or caller of vmalloc(), that is large? */
static bool has_large_part(const struct advice *advice, enum account_line line, int64_t total)
{
	struct topic topic = { .line = line, .bytes = sample_bytes(look_of(advice), line) };

	return (line == ACCOUNT_SLAB_UNRECLAIMABLE || line == ACCOUNT_VMALLOC) &&
	       find_part(advice, &topic) > total / 100 * SMALL_PERCENT;
}

/* The kernel's own line that is too large; else ACCOUNT_LINES. */
static enum account_line suspect(const struct advice *advice, int64_t *kernel)
{
	const struct sample *look = look_of(advice);
	enum account_line line = largest(look, OWNER_KERNEL, kernel);
	int64_t total = sample_total(look), large = large_for_kernel(total);
	int64_t cache = line == ACCOUNT_VMALLOC || line == ACCOUNT_SLAB_UNRECLAIMABLE ?
			arc_elsewhere(look) : 0;

	*kernel -= cache;
	if (own_bytes(look, line) - cache >= large || *kernel >= 2 * large ||
	    (!cache && has_large_part(advice, line, total)))
		return line;
	return ACCOUNT_LINES;
}

/* Caches that are counted as reclaimable, and have a good part of the memory or grow. */
static bool find_cache(const struct advice *advice, struct topic *topic, bool kept)
{
	int64_t total = sample_total(look_of(advice));

	*topic = (struct topic){ .line = ACCOUNT_SLAB_RECLAIMABLE, .kept = kept };
	topic->bytes = find_part(advice, topic);
	if (topic->bytes > total / 100 * (kept ? SMALL_PERCENT : MOST_PERCENT))
		return true;
	if (kept || advice->timeline->nr == 1 || topic->bytes <= total / 100 * SMALL_PERCENT)
		return false;
	topic->grew = true;
	topic->bytes = 0;
	topic->bytes = find_part(advice, topic);
	return topic->bytes >= growth_min(advice->timeline);
}

static bool is_large(const struct sample *look, enum account_line line)
{
	int64_t bytes = line == ACCOUNT_ZFS ? look->counters.value[COUNTER_ARC] :
					      sample_bytes(look, line);

	return bytes > sample_total(look) / 100 * SMALL_PERCENT;
}

/*
 * Lines that explain where memory is, and are no fault of the kernel's. They are worth a
 * sentence if they are large, whatever else there is.
 */
static void say_pools(struct advice *advice, enum account_line said, bool next)
{
	static const enum account_line pools[] = {
		ACCOUNT_COMPRESSED, ACCOUNT_SHMEM, ACCOUNT_BALLOON, ACCOUNT_HUGETLB, ACCOUNT_ZFS,
		ACCOUNT_PAGE_TABLES, ACCOUNT_STACKS,
	};
	struct advice silent = *advice;
	size_t i;

	silent.next = NULL;
	for (i = 0; i < ARRAY_SIZE(pools); i++)
		if (pools[i] != said && is_large(look_of(advice), pools[i]))
			say_amount(next ? advice : &silent, pools[i]);
	free(silent.next);
}

/* Neither the kernel nor processes hold too much. */
static void say_well(struct advice *advice, int64_t kernel, int64_t available)
{
	const struct sample *look = look_of(advice);
	bool odd = is_large(look, ACCOUNT_PAGE_TABLES) || is_large(look, ACCOUNT_STACKS), found;
	double total = sample_total(look);
	struct topic topic;
	bool large = find_cache(advice, &topic, false);

	say(advice, "%s kernel itself holds %.1f %% of the memory, and %.0f %% is free or is "
	    "given back when it is needed.\n", odd || large ? "The" : "This machine is well: the",
	    100.0 * kernel / total, 100.0 * available / total);
	found = say_found(advice, NULL);
	if (!found && large)
		say_cache(advice, &topic);
	else if (!found && seconds_seen(advice->timeline) > 0)
		ask_detector(advice, NULL);
	else if (!found)
		propose(advice, NEXT_LOOK);
	say_pools(advice, ACCOUNT_LINES, odd);
}

/* The kernel holds little: either processes hold the memory, or nothing is wrong. */
static void say_small(struct advice *advice, int64_t kernel)
{
	const struct sample *look = look_of(advice);
	int64_t user, free, cache;
	enum account_line line = largest(look, OWNER_USER, &user);

	largest(look, OWNER_NOBODY, &free);
	largest(look, OWNER_CACHE, &cache);
	cache += arc_elsewhere(look);
	if (user <= free + cache) {
		say_well(advice, kernel, free + cache);
		return;
	}
	say(advice, "The kernel itself holds %.1f %% of the memory, which is no sign of a "
	    "leak.\n", 100.0 * kernel / sample_total(look));
	say_amount(advice, line);
	say_pools(advice, line, false);
}

/* Counters can be wrong, or overlap in ways that no kernel known so far had. */
static void say_contradiction(struct advice *advice)
{
	int64_t left = sample_bytes(look_of(advice), ACCOUNT_UNEXPLAINED);
	char size[UNITS_MAX];

	if (-left > sample_total(look_of(advice)) / 100 * SMALL_PERCENT)
		say(advice, "The lines add up to %s more than MemTotal: some counters of this "
		    "kernel overlap or are wrong.\n", format_bytes(size, -left));
}

static void say_memory(struct advice *advice)
{
	const struct timeline *timeline = advice->timeline;
	enum account_line grower = fastest(timeline, OWNER_KERNEL), line;
	char size[UNITS_MAX];
	struct topic topic;
	int64_t kernel;

	say_contradiction(advice);
	topic.bytes = kept_growth(advice, &topic);
	if (topic.bytes >= growth_min(timeline) && topic.bytes > growth_in(timeline, grower)) {
		say_cache(advice, &topic);
		return;
	}
	if (grower != ACCOUNT_LINES) {
		say_growth(advice, grower);
		return;
	}
	if (timeline->nr > 1) {
		say(advice, "Nothing that the kernel itself holds grew by %s or more",
		    format_bytes(size, growth_min(timeline)));
		say_time(advice);
		say(advice, ".\n");
	}
	line = suspect(advice, &kernel);
	grower = fastest(timeline, OWNER_USER);
	if (find_cache(advice, &topic, true) &&
	    (line == ACCOUNT_LINES || topic.bytes > own_bytes(look_of(advice), line))) {
		say_cache(advice, &topic);
		say_pools(advice, ACCOUNT_LINES, false);
	} else if (line != ACCOUNT_LINES) {
		say_amount(advice, line);
		say_pools(advice, line, false);
	} else if (grower != ACCOUNT_LINES) {
		say_growth(advice, grower);
	} else {
		say_small(advice, kernel);
	}
}

/* ---- Without an account ---- */

/* The line that a kind is a part of. */
static const struct {
	enum usage_kind kind;
	enum account_line line;
	const char *text;
} parts[] = {
	{ USAGE_CACHE, ACCOUNT_SLAB_UNRECLAIMABLE, "slab caches" },
	{ USAGE_AREA, ACCOUNT_VMALLOC, "memory of vmalloc()" },
	{ USAGE_ALLOC, ACCOUNT_OTHER, "allocations by line of source" },
};

static void say_largest_part(struct advice *advice, size_t i)
{
	const struct usages *usages = &look_of(advice)->of[parts[i].kind];
	struct topic topic = { .line = parts[i].line, .bytes = usages_total(usages).bytes };
	const struct usage **sorted;
	char size[UNITS_MAX], whole[UNITS_MAX];

	if (parts[i].kind == USAGE_CACHE && look_of(advice)->slab_bytes)
		topic.bytes = look_of(advice)->slab_bytes;
	if (parts[i].kind == USAGE_ALLOC) {
		sorted = usages_by_bytes(usages);
		say(advice, "The largest of the %s is %s: %s.\n", parts[i].text,
		    sorted[0]->name, format_bytes(size, sorted[0]->bytes));
		free(sorted);
		return;
	}
	say(advice, "All %s have %s", parts[i].text, format_bytes(whole, topic.bytes));
	say_part(advice, &topic);
	say(advice, ".\n");
	if (topic.part)
		explain(advice, &topic);
}

/* No MemTotal: all that can be told is what is largest. */
static void say_parts(struct advice *advice)
{
	size_t i;

	propose(advice, NEXT_LOOK);
	for (i = 0; i < ARRAY_SIZE(parts); i++)
		if (look_of(advice)->of[parts[i].kind].nr)
			say_largest_part(advice, i);
	say(advice, "Whether that is much of the memory, /proc/meminfo would tell.\n");
}

void advise(const struct timeline *timeline, FILE *out)
{
	struct advice advice = { .timeline = timeline, .out = out };

	fputc('\n', out);
	if (sample_has_account(last_look(timeline)))
		say_memory(&advice);
	else
		say_parts(&advice);
	fprintf(out, advice.there ? "\nnext, on that machine: %s\n" : "\nnext: %s\n",
		advice.next);
	free(advice.next);
}
