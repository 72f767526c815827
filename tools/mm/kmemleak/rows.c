// SPDX-License-Identifier: GPL-2.0
/*
 * A report as one row for each site, module or task. May call: selection.c, text.c,
 * stacks.c, usage.c, units.c, command.c, json-c.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "command.h"
#include "report.h"
#include "rows.h"
#include "selection.h"
#include "sums.h"
#include "units.h"
#include "usage.h"

const char * const row_names[] = {
	[ROW_SITE] = "site", [ROW_MODULE] = "module", [ROW_TASK] = "task", NULL,
};

static void add_row(struct usages *rows, const char *name, uint64_t leaks, uint64_t bytes)
{
	struct usage *row = usages_add(rows, name);

	row->objects = leaks;
	add_to(&row->bytes, bytes);
}

/* Return: the bytes of so many of the objects, rounded down. */
static uint64_t share_of(uint64_t bytes, uint64_t objects, uint64_t nr)
{
	uint64_t rest;

	if (nr == objects)
		return bytes;
	/* No machine has as many objects; those who are next get the rest. */
	if (__builtin_mul_overflow(bytes % objects, nr, &rest))
		rest = 0;
	return bytes / objects * nr + rest / objects;
}

/* Each task has the share in the bytes that it has in the objects. */
static void add_tasks(struct usages *rows, const struct leak_group *group)
{
	uint64_t objects = group->objects, bytes = group->bytes, nr, share;
	unsigned int i;

	for (i = 0; i < COMMS_MAX && group->comm_objects[i] && objects; i++) {
		nr = group->comm_objects[i] < objects ? group->comm_objects[i] : objects;
		share = share_of(bytes, objects, nr);
		add_row(rows, group->comm[i], nr, share);
		objects -= nr;
		bytes -= share;
	}
	if (objects)
		add_row(rows, i ? "(other tasks)" : "(unknown)", objects, bytes);
}

static void add_group(struct usages *rows, const struct leak_group *group, enum row_kind kind)
{
	char *title;

	switch (kind) {
	case ROW_SITE:
		title = stack_title(group->stack);
		add_row(rows, title, group->objects, group->bytes);
		free(title);
		break;
	case ROW_MODULE:
		add_row(rows, stack_module(group->stack), group->objects, group->bytes);
		break;
	case ROW_TASK:
		add_tasks(rows, group);
		break;
	}
}

static void make_rows(struct usages *rows, const struct report *report, enum row_kind kind)
{
	const struct leaks *leaks = &report->leaks;
	size_t i;

	*rows = (struct usages){ 0 };
	for (i = 0; i < leaks->nr; i++)
		add_group(rows, leaks->group[i], kind);
	if (leaks->unlisted_objects)
		add_row(rows, "(not listed)", leaks->unlisted_objects, leaks->unlisted_bytes);
	usages_sort(rows);
}

void rows_text(const struct report *report, enum row_kind kind, FILE *out)
{
	const struct usage **sorted;
	struct usages rows;
	size_t i;

	make_rows(&rows, report, kind);
	sorted = usages_by_bytes(&rows);
	text_totals(report, out);
	fprintf(out, "\n%12s %9s  %s\n", "bytes", "leaks", row_names[kind]);
	for (i = 0; i < rows.nr; i++)
		fprintf(out, "%12" PRId64 " %9" PRIu64 "  %s\n", sorted[i]->bytes,
			sorted[i]->objects, *sorted[i]->name ? sorted[i]->name : "no name");
	text_suppressed(&report->suppressions, out);
	free(sorted);
	usages_free(&rows);
}
