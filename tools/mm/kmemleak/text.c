// SPDX-License-Identifier: GPL-2.0
/*
 * A report for people, and for tools that fold stacks. May call: stacks.c, units.c,
 * command.c.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "report.h"
#include "units.h"

/* Indentation of the lines of a stack. */
#define LINE_COLUMN	52

char *frame_title(const struct frame *frame)
{
	const struct source_line *line;
	char *module, *title;

	if (!frame)
		return xstrdup("no stack");
	if (!frame->function)
		return xstrdup(frame->text);
	module = frame->module ? xasprintf(" [%s]", frame->module) : xstrdup("");
	line = frame_site_line(frame);
	title = line ? xasprintf("%s() at %s:%d%s", line->function, line->file, line->line,
				 module) :
		       xasprintf("%s()+0x%" PRIx64 "%s", frame->function, frame->offset,
				 module);
	free(module);
	return title;
}

/* What code without a name called tells more than its address. */
static char *unnamed_title(const struct stack *stack, const struct frame *site)
{
	const struct frame *callee = NULL;
	unsigned int i;

	for (i = 0; i < stack->nr && stack->frame[i] != site; i++)
		callee = stack->frame[i];
	if (!callee || !callee->function)
		return frame_title(site);
	return xasprintf("%s, which called %s()", site->text, callee->function);
}

char *stack_title(const struct stack *stack)
{
	const struct frame *site = stack_site(stack);

	if (site && !site->function)
		return unnamed_title(stack, site);
	return frame_title(site ?: stack->nr ? stack->frame[0] : NULL);
}

static void text_frame(const struct frame *frame, bool blamed, FILE *out)
{
	const struct source_line *site = frame_site_line(frame), *line = frame->lines;
	unsigned int i;

	if (!frame->nr_lines) {
		fprintf(out, "  %s %s\n", blamed ? "=>" : "  ", frame->text);
		return;
	}
	for (i = 0; i < frame->nr_lines; i++, line++) {
		char *name = line->inlined ? xasprintf("%s (inlined)", line->function) :
					     xstrdup(frame->text);

		fprintf(out, "  %s %-*s %s:%d\n", blamed && line == site ? "=>" : "  ",
			LINE_COLUMN - 6, name, line->file, line->line);
		free(name);
	}
}

static void text_stack(const struct stack *stack, FILE *out)
{
	const struct frame *site = stack_site(stack);
	unsigned int i;

	for (i = 0; i < stack->nr; i++)
		text_frame(stack->frame[i], stack->frame[i] == site, out);
}

static void text_comms(const struct leak_group *group, FILE *out)
{
	unsigned int i;

	for (i = 0; i < COMMS_MAX && group->comm_objects[i]; i++)
		fprintf(out, "%s \"%s\" (%" PRIu64 ")", i ? "," : "  allocated by",
			group->comm[i], group->comm_objects[i]);
	if (group->other_comms)
		fprintf(out, ", others (%" PRIu64 ")", group->other_comms);
	if (!group->has_age) {
		fputs(i ? "\n" : "", out);
		return;
	}
	fprintf(out, i ? ", " : "  ");
	if (group->oldest > group->newest)
		fprintf(out, "%.3f s to ", group->newest);
	fprintf(out, "%.3f s ago\n", group->oldest);
}

static void text_content(const struct leak_group *group, FILE *out)
{
	unsigned int row;

	if (group->address)
		fprintf(out, "  %s 0x%08" PRIx64 "%s\n",
			group->objects > 1 ? "the first one is at" : "at", group->address,
			group->dump[0] ? ":" : "");
	for (row = 0; row < DUMP_ROWS && group->dump[row]; row++)
		fprintf(out, "    %s\n", group->dump[row]);
}

static void text_group(const struct leak_group *group, size_t nr, FILE *out)
{
	char *title = stack_title(group->stack);

	fprintf(out, "\n%zu. %s\n  %" PRIu64 " bytes: %" PRIu64 " object%s of %s%" PRIu64
		" bytes%s\n", nr, title, group->bytes, group->objects, plural(group->objects),
		group->size_is_bound ? "up to " : "", group->size,
		group->percpu ? " on each CPU" : "");
	if (group->has_direct && group->direct != group->objects)
		fprintf(out, "  %" PRIu64 " direct, %" PRIu64 " only reached from other leaks\n",
			group->direct, group->objects - group->direct);
	if (group->indirect_objects)
		fprintf(out, "  and with them %" PRIu64 " indirect object%s, %" PRIu64 " bytes\n",
			group->indirect_objects, plural(group->indirect_objects),
			group->indirect_bytes);
	text_comms(group, out);
	if (group->holder)
		fprintf(out, "  last referenced by %s\n", group->holder);
	text_content(group, out);
	text_stack(group->stack, out);
	free(title);
}

void text_suppressed(const struct suppressions *suppressions, FILE *out)
{
	const struct suppression *one;
	size_t i;

	if (!suppressions->nr)
		return;
	fprintf(out, "\nsuppressed: %" PRIu64 " leak%s, %" PRIu64 " bytes\n",
		suppressions->objects, plural(suppressions->objects), suppressions->bytes);
	for (i = 0; i < suppressions->nr; i++) {
		one = &suppressions->list[i];
		if (one->objects)
			fprintf(out, "  %" PRIu64 " leak%s, %" PRIu64 " bytes: %s\n",
				one->objects, plural(one->objects), one->bytes, one->pattern);
	}
}

void text_totals(const struct report *report, FILE *out)
{
	const struct selection *selection = &report->selection;
	const struct leaks *leaks = &report->leaks;
	char bytes[UNITS_MAX];

	fprintf(out, "%" PRIu64 " leak%s, %" PRIu64 " bytes", leaks->objects,
		plural(leaks->objects), leaks->bytes);
	if (leaks->bytes >= 10000)
		fprintf(out, " (%s)", format_bytes(bytes, leaks->bytes));
	fprintf(out, ", %zu group%s by stack and size\n", leaks->nr, plural(leaks->nr));
	if (leaks->unlisted_objects)
		fprintf(out, "not listed by the detector: %" PRIu64 " leaks, %" PRIu64 " bytes\n",
			leaks->unlisted_objects, leaks->unlisted_bytes);
	if (selection->groups)
		fprintf(out, "not shown, as was asked: %" PRIu64 " leak%s, %" PRIu64 " bytes, "
			"%zu group%s\n", selection->leaks, plural(selection->leaks),
			selection->bytes, selection->groups, plural(selection->groups));
}

void report_text(const struct report *report, FILE *out)
{
	const struct leaks *leaks = &report->leaks;
	size_t i;

	text_totals(report, out);
	for (i = 0; i < leaks->nr; i++)
		text_group(leaks->group[i], i + 1, out);
	text_suppressed(&report->suppressions, out);
}

/* Replace semicolons and spaces, which end a name in a folded stack. */
static void folded_name(const char *name, const char *module, FILE *out)
{
	for (; *name; name++)
		fputc(*name == ';' || *name == ' ' ? '_' : *name, out);
	if (module)
		fprintf(out, "_[%s]", module);
}

static void folded_frame(const struct frame *frame, FILE *out)
{
	unsigned int i;

	if (!frame->nr_lines)
		folded_name(frame->function ?: frame->text, frame->module, out);
	for (i = frame->nr_lines; i--;) {
		folded_name(frame->lines[i].function, frame->module, out);
		fputs(i ? ";" : "", out);
	}
}

void report_folded(const struct report *report, FILE *out)
{
	const struct leaks *leaks = &report->leaks;
	const struct stack *stack;
	unsigned int frame;
	size_t i;

	for (i = 0; i < leaks->nr; i++) {
		stack = leaks->group[i]->stack;
		for (frame = stack->nr; frame--;) {
			folded_frame(stack->frame[frame], out);
			fputs(frame ? ";" : "", out);
		}
		fprintf(out, "%s %" PRIu64 "\n", stack->nr ? "" : "no_stack",
			leaks->group[i]->bytes);
	}
}
