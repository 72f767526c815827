// SPDX-License-Identifier: GPL-2.0
/*
 * "diff": changes between two reports. May call: report.c and what it calls.
 * Leaks with the same stack and size are the same: addresses change at a reboot.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "report.h"
#include "units.h"

/**
 * struct change - a group in either or both reports
 * @before: the group in the first report, or NULL
 * @after: the group in the second report, or NULL
 */
struct change {
	const struct leak_group *before;
	const struct leak_group *after;
};

static int64_t bytes_of(const struct change *change)
{
	return (change->after ? change->after->bytes : 0) -
	       (change->before ? change->before->bytes : 0);
}

static int64_t objects_of(const struct change *change)
{
	return (change->after ? change->after->objects : 0) -
	       (change->before ? change->before->objects : 0);
}

/* The order does not matter as long as groups of one key are equal. */
static int key_compare(const struct leak_group *a, const struct leak_group *b)
{
	if (a->stack != b->stack)
		return a->stack < b->stack ? -1 : 1;
	if (a->size != b->size)
		return a->size < b->size ? -1 : 1;
	return (a->percpu - b->percpu) * 2 + a->size_is_bound - b->size_is_bound;
}

static int group_compare(const void *left, const void *right)
{
	return key_compare(*(struct leak_group *const *)left,
			   *(struct leak_group *const *)right);
}

static int change_compare(const void *left, const void *right)
{
	int64_t a = llabs(bytes_of(left)), b = llabs(bytes_of(right));

	return a > b ? -1 : a < b;
}

static void sort_by_key(struct leaks *leaks)
{
	if (leaks->nr)
		qsort(leaks->group, leaks->nr, sizeof(leaks->group[0]), group_compare);
}

/* Merge both sorted reports; return the number of changes. */
static size_t join(struct leaks *before, struct leaks *after, struct change *changes)
{
	size_t b = 0, a = 0, nr = 0;
	struct change *change;
	int order;

	sort_by_key(before);
	sort_by_key(after);
	while (b < before->nr || a < after->nr) {
		order = b == before->nr ? 1 : a == after->nr ? -1 :
			key_compare(before->group[b], after->group[a]);
		change = &changes[nr++];
		change->before = order <= 0 ? before->group[b++] : NULL;
		change->after = order >= 0 ? after->group[a++] : NULL;
	}
	qsort(changes, nr, sizeof(*changes), change_compare);
	return nr;
}

static void tell(const struct change *change)
{
	const struct leak_group *group = change->after ?: change->before;
	char *title = stack_title(group->stack);

	printf("  %+" PRId64 " bytes, %+" PRId64 " object%s of %s%" PRIu64 ": %s\n",
	       bytes_of(change), objects_of(change), plural(llabs(objects_of(change))),
	       group->size_is_bound ? "up to " : "", group->size, title);
	free(title);
}

static bool is_new(const struct change *change)
{
	return !change->before;
}

static bool is_gone(const struct change *change)
{
	return !change->after;
}

static bool is_grown(const struct change *change)
{
	return change->before && change->after && objects_of(change) > 0;
}

static bool is_shrunk(const struct change *change)
{
	return change->before && change->after && objects_of(change) < 0;
}

static const struct {
	const char *title;
	bool (*has)(const struct change *change);
} kinds[] = {
	{ "new", is_new },
	{ "grown", is_grown },
	{ "shrunk", is_shrunk },
	{ "gone", is_gone },
};

static void tell_kind(size_t kind, const struct change *changes, size_t nr)
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
}

struct arguments {
	struct report_options report;
	const char *paths[2];
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->report;
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
	NULL, parse, "BEFORE AFTER",
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
	struct change *changes;
	size_t kind, nr;

	parse_options(&argp, argc, argv, &arguments);
	if (arguments.report.suppress)
		suppressions_load(&suppressions, arguments.report.suppress);
	before.stacks = stacks_new();
	after.stacks = before.stacks;
	leaks_load(&before, arguments.paths[0]);
	leaks_load(&after, arguments.paths[1]);
	arguments.report.files.of_saved = true;
	symbols = symbols_open(&arguments.report.files);
	symbols_decode(symbols, before.stacks);
	symbols_note(symbols);
	suppressions_apply(&suppressions, &before);
	suppressions_apply(&suppressions, &after);

	changes = xcalloc(before.nr + after.nr, sizeof(*changes));
	nr = join(&before, &after, changes);
	printf("%" PRIu64 " leak%s, %" PRIu64 " bytes before; %" PRIu64 " leak%s, %" PRIu64
	       " bytes after: %+" PRId64 " bytes\n", before.objects, plural(before.objects),
	       before.bytes, after.objects, plural(after.objects), after.bytes,
	       (int64_t)(after.bytes - before.bytes));
	for (kind = 0; kind < ARRAY_SIZE(kinds); kind++)
		tell_kind(kind, changes, nr);

	free(changes);
	suppressions_free(&suppressions);
	leaks_free(&before);
	leaks_free(&after);
	stacks_free(before.stacks);
	symbols_close(symbols);
	close_output();
	return STATUS_OK;
}
