// SPDX-License-Identifier: GPL-2.0
/*
 * "diff": changes between two reports. May call: report.c, culprits.c and what they call.
 *
 * Leaks of one bug are compared, by its fingerprint: addresses and offsets change with a
 * boot or a build, sizes with what was allocated, and a summary has other groups than a
 * report of all leaks.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "culprits.h"
#include "report.h"
#include "sums.h"
#include "units.h"

/**
 * struct change - a bug in either or both reports
 * @fingerprint: the bug's
 * @stack: that of its leaks with most bytes, of the newer report if that has it
 * @before: its leaks in the first report
 * @after: and in the second one
 */
struct change {
	uint64_t fingerprint;
	const struct stack *stack;
	struct count {
		uint64_t objects;
		uint64_t bytes;
	} before, after;
};

static int64_t bytes_of(const struct change *change)
{
	return change->after.bytes - change->before.bytes;
}

static int64_t objects_of(const struct change *change)
{
	return change->after.objects - change->before.objects;
}

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* Of one bug, what names it comes first: most bytes, of the newer report. */
static int by_fingerprint(const void *left, const void *right)
{
	const struct change *a = left, *b = right;

	return compare(a->fingerprint, b->fingerprint) ?:
	       compare(b->after.bytes, a->after.bytes) ?:
	       compare(b->before.bytes, a->before.bytes);
}

static int by_bytes(const void *left, const void *right)
{
	return compare(llabs(bytes_of(right)), llabs(bytes_of(left))) ?:
	       by_fingerprint(left, right);
}

/* Take the culprits of a report as changes. Return: the number of all changes by now. */
static size_t enter(struct change *changes, size_t nr, const struct culprits *culprits,
		    bool is_after)
{
	const struct culprit *culprit;
	struct change *change;
	size_t i;

	for (i = 0; i < culprits->nr; i++) {
		culprit = &culprits->list[i];
		change = &changes[nr++];
		change->fingerprint = culprit->fingerprint;
		change->stack = culprit->stack;
		*(is_after ? &change->after : &change->before) = (struct count) {
			culprit->objects, culprit->bytes,
		};
	}
	return nr;
}

/* Add up the changes of one bug. Return: the number of bugs. */
static size_t join(struct change *changes, size_t nr)
{
	struct change *to = changes;
	size_t i;

	if (!nr)
		return 0;
	qsort(changes, nr, sizeof(*changes), by_fingerprint);
	for (i = 1; i < nr; i++) {
		if (changes[i].fingerprint != to->fingerprint) {
			*++to = changes[i];
			continue;
		}
		add_to(&to->before.objects, changes[i].before.objects);
		add_to(&to->before.bytes, changes[i].before.bytes);
		add_to(&to->after.objects, changes[i].after.objects);
		add_to(&to->after.bytes, changes[i].after.bytes);
	}
	nr = to + 1 - changes;
	qsort(changes, nr, sizeof(*changes), by_bytes);
	return nr;
}

static void tell(const struct change *change)
{
	char *title = stack_title(change->stack);

	printf("  %+" PRId64 " bytes, %+" PRId64 " object%s: %s\n", bytes_of(change),
	       objects_of(change), plural(llabs(objects_of(change))), title);
	free(title);
}

static bool is_new(const struct change *change)
{
	return !change->before.objects;
}

static bool is_gone(const struct change *change)
{
	return !change->after.objects;
}

static bool is_both(const struct change *change)
{
	return !is_new(change) && !is_gone(change);
}

static bool is_grown(const struct change *change)
{
	return is_both(change) && (bytes_of(change) > 0 ||
				   (!bytes_of(change) && objects_of(change) > 0));
}

static bool is_shrunk(const struct change *change)
{
	return is_both(change) && !is_grown(change) &&
	       (bytes_of(change) || objects_of(change));
}

static const struct {
	const char *title;
	bool (*has)(const struct change *change);
	bool fails;
} kinds[] = {
	{ "new", is_new, true },
	{ "grown", is_grown, true },
	{ "shrunk", is_shrunk, false },
	{ "gone", is_gone, false },
};

/* Return: whether there are changes of that kind. */
static bool tell_kind(size_t kind, const struct change *changes, size_t nr)
{
	bool titled = false;
	size_t i;

	for (i = 0; i < nr; i++) {
		if (!kinds[kind].has(&changes[i]))
			continue;
		if (!titled)
			printf("\n%s:\n", kinds[kind].title);
		titled = true;
		tell(&changes[i]);
	}
	return titled;
}

/* Return: whether there are leaks that were not there before. */
static bool tell_changes(const struct leaks *before, const struct leaks *after)
{
	struct culprits of_before, of_after;
	struct change *changes;
	bool worse = false;
	size_t kind, nr;

	culprits_find(&of_before, before);
	culprits_find(&of_after, after);
	changes = xcalloc(of_before.nr + of_after.nr + 1, sizeof(*changes));
	nr = enter(changes, 0, &of_after, true);
	nr = enter(changes, nr, &of_before, false);
	nr = join(changes, nr);
	for (kind = 0; kind < ARRAY_SIZE(kinds); kind++)
		worse |= tell_kind(kind, changes, nr) && kinds[kind].fails;
	free(changes);
	culprits_free(&of_before);
	culprits_free(&of_after);
	return worse;
}

struct arguments {
	struct report_options report;
	const char *paths[2];
	bool fail;
};

static const struct argp_option options[] = {
	{ "fail", OPTION_FAIL, NULL, 0, "Exit with status 1 if leaks are new or have grown", 0 },
	{}
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->report;
		return 0;
	case OPTION_FAIL:
		arguments->fail = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 1)
			argp_error(state, "two reports, no more");
		arguments->paths[state->arg_num] = arg;
		return 0;
	case ARGP_KEY_END:
		if (state->arg_num < 2)
			argp_error(state, "two saved reports are needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	options, parse, "BEFORE AFTER",
	"Shows what is new, grown, shrunk and gone between two saved reports.",
	report_children,
	NULL, NULL,
};

int cmd_diff(int argc, char **argv)
{
	struct arguments arguments = {};
	struct suppressions suppressions = {};
	struct leaks before = {}, after = {};
	struct symbols *symbols;
	bool worse;

	parse_options(&argp, argc, argv, &arguments);
	if (arguments.report.suppress)
		suppressions_load(&suppressions, arguments.report.suppress);
	before.stacks = stacks_new();
	after.stacks = before.stacks;
	before.skipped_to = arguments.report.verbose ? stderr : NULL;
	after.skipped_to = before.skipped_to;
	leaks_load(&before, arguments.paths[0]);
	leaks_load(&after, arguments.paths[1]);
	arguments.report.files.of_saved = true;
	symbols = symbols_open(&arguments.report.files);
	symbols_decode(symbols, before.stacks);
	symbols_note(symbols);
	suppressions_apply(&suppressions, &before);
	suppressions_apply(&suppressions, &after);

	printf("%" PRIu64 " leak%s, %" PRIu64 " bytes before; %" PRIu64 " leak%s, %" PRIu64
	       " bytes after: %+" PRId64 " bytes\n", before.objects, plural(before.objects),
	       before.bytes, after.objects, plural(after.objects), after.bytes,
	       (int64_t)(after.bytes - before.bytes));
	worse = tell_changes(&before, &after);
	suppressions_free(&suppressions);
	leaks_free(&before);
	leaks_free(&after);
	stacks_free(before.stacks);
	symbols_close(symbols);
	close_output();
	return worse && arguments.fail ? STATUS_LEAKS : STATUS_OK;
}
