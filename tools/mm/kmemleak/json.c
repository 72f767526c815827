// SPDX-License-Identifier: GPL-2.0
/*
 * A report as JSON. May call: text.c, fingerprint.c, stacks.c, command.c, json-c. The keys
 * are an interface: add some, change none.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "command.h"
#include "fingerprint.h"
#include "report.h"

static void add_string(struct json_object *to, const char *key, const char *value)
{
	if (value)
		json_object_object_add(to, key, json_object_new_string(value));
}

static void add_number(struct json_object *to, const char *key, uint64_t value)
{
	json_object_object_add(to, key, json_object_new_uint64(value));
}

/* Three decimals, as in the detector's files. */
static void add_seconds(struct json_object *to, const char *key, double value)
{
	char text[32];

	snprintf(text, sizeof(text), "%.3f", value);
	json_object_object_add(to, key, json_object_new_double_s(value, text));
}

static struct json_object *line_object(const struct source_line *line)
{
	struct json_object *object = json_object_new_object();

	add_string(object, "function", line->function);
	add_string(object, "file", line->file);
	add_number(object, "line", line->line);
	json_object_object_add(object, "inlined", json_object_new_boolean(line->inlined));
	return object;
}

static struct json_object *frame_object(const struct frame *frame, bool site)
{
	struct json_object *object = json_object_new_object(), *lines;
	unsigned int i;

	add_string(object, "text", frame->text);
	if (frame->function) {
		add_string(object, "function", frame->function);
		add_string(object, "module", frame->module);
		add_number(object, "offset", frame->offset);
		add_number(object, "size", frame->size);
	}
	if (site)
		json_object_object_add(object, "site", json_object_new_boolean(true));
	if (!frame->nr_lines)
		return object;
	lines = json_object_new_array();
	for (i = 0; i < frame->nr_lines; i++)
		json_object_array_add(lines, line_object(&frame->lines[i]));
	json_object_object_add(object, "lines", lines);
	return object;
}

static struct json_object *stack_object(const struct stack *stack)
{
	struct json_object *frames = json_object_new_array();
	const struct frame *site = stack_site(stack);
	unsigned int i;

	for (i = 0; i < stack->nr; i++)
		json_object_array_add(frames, frame_object(stack->frame[i],
							   stack->frame[i] == site));
	return frames;
}

static void add_comms(struct json_object *to, const struct leak_group *group)
{
	struct json_object *comms = json_object_new_object();
	unsigned int i;

	for (i = 0; i < COMMS_MAX && group->comm_objects[i]; i++)
		add_number(comms, group->comm[i], group->comm_objects[i]);
	json_object_object_add(to, "comm", comms);
	if (group->other_comms)
		add_number(to, "other_comms", group->other_comms);
}

static struct json_object *group_object(const struct leak_group *group)
{
	struct json_object *object = json_object_new_object();
	char *title = stack_title(group->stack), text[32];

	add_string(object, "site", title);
	free(title);
	snprintf(text, sizeof(text), "%" PRI_FINGERPRINT, stack_fingerprint(group->stack));
	add_string(object, "fingerprint", text);
	add_number(object, "bytes", group->bytes);
	add_number(object, "objects", group->objects);
	add_number(object, "size", group->size);
	json_object_object_add(object, "percpu", json_object_new_boolean(group->percpu));
	if (group->has_direct)
		add_number(object, "direct", group->direct);
	if (group->indirect_objects) {
		add_number(object, "indirect_objects", group->indirect_objects);
		add_number(object, "indirect_bytes", group->indirect_bytes);
	}
	if (group->has_age) {
		add_seconds(object, "newest_seconds", group->newest);
		add_seconds(object, "oldest_seconds", group->oldest);
	}
	add_comms(object, group);
	if (group->address) {
		snprintf(text, sizeof(text), "0x%08" PRIx64, group->address);
		add_string(object, "address", text);
	}
	add_string(object, "last_referenced", group->holder);
	json_object_object_add(object, "stack", stack_object(group->stack));
	return object;
}

static struct json_object *suppressions_object(const struct suppressions *suppressions)
{
	struct json_object *object = json_object_new_object(), *list, *one;
	size_t i;

	add_number(object, "objects", suppressions->objects);
	add_number(object, "bytes", suppressions->bytes);
	list = json_object_new_array();
	for (i = 0; i < suppressions->nr; i++) {
		one = json_object_new_object();
		add_string(one, "pattern", suppressions->list[i].pattern);
		add_number(one, "objects", suppressions->list[i].objects);
		add_number(one, "bytes", suppressions->list[i].bytes);
		json_object_array_add(list, one);
	}
	json_object_object_add(object, "patterns", list);
	return object;
}

static struct json_object *counts_object(const uint64_t *values, unsigned int nr)
{
	struct json_object *list = json_object_new_array();
	unsigned int i;

	for (i = 0; i < nr; i++)
		json_object_array_add(list, json_object_new_uint64(values[i]));
	return list;
}

static struct json_object *site_object(const struct sites *sites, const struct site *site)
{
	struct json_object *object = json_object_new_object();
	char *title = frame_title(site->frame);

	add_string(object, "site", title);
	free(title);
	json_object_object_add(object, "growing", json_object_new_boolean(site->growing));
	json_object_object_add(object, "objects", counts_object(site->objects, sites->scans));
	json_object_object_add(object, "bytes", counts_object(site->bytes, sites->scans));
	return object;
}

static struct json_object *sites_object(const struct sites *sites)
{
	struct json_object *object = json_object_new_object(), *list, *ago;
	unsigned int scan;
	char text[32];
	size_t i;

	ago = json_object_new_array();
	for (scan = 0; scan < sites->scans; scan++) {
		snprintf(text, sizeof(text), "%.3f", sites->ago[scan]);
		json_object_array_add(ago, json_object_new_double_s(sites->ago[scan], text));
	}
	json_object_object_add(object, "seconds_ago", ago);
	list = json_object_new_array();
	for (i = 0; i < sites->nr; i++)
		json_object_array_add(list, site_object(sites, &sites->site[i]));
	json_object_object_add(object, "list", list);
	return object;
}

static struct json_object *head_object(const struct report *report)
{
	const struct leaks *leaks = &report->leaks;
	struct json_object *object = json_object_new_object(), *shown;

	add_string(object, "source", report->source);
	add_string(object, "host", report->origin.host);
	add_string(object, "kernel", report->origin.kernel);
	add_number(object, "leaks", leaks->objects);
	add_number(object, "bytes", leaks->bytes);
	if (leaks->unlisted_objects) {
		add_number(object, "unlisted_leaks", leaks->unlisted_objects);
		add_number(object, "unlisted_bytes", leaks->unlisted_bytes);
	}
	if (report->selection.groups) {
		shown = json_object_new_object();
		add_number(shown, "leaks", report->selection.leaks);
		add_number(shown, "bytes", report->selection.bytes);
		add_number(shown, "groups", report->selection.groups);
		json_object_object_add(object, "not_shown", shown);
	}
	if (leaks->skipped)
		add_number(object, "skipped_lines", leaks->skipped);
	if (leaks->head_cut || leaks->tail_cut == LEAKS_CUT || leaks->is_part)
		json_object_object_add(object, "cut_off", json_object_new_boolean(true));
	return object;
}

static void add_tail(struct json_object *object, const struct report *report)
{
	if (report->suppressions.nr)
		json_object_object_add(object, "suppressed",
				       suppressions_object(&report->suppressions));
	if (report->sites)
		json_object_object_add(object, "sites", sites_object(report->sites));
}

struct json_object *report_object(const struct report *report, size_t most)
{
	const struct leaks *leaks = &report->leaks;
	struct json_object *object = head_object(report), *groups;
	size_t i;

	groups = json_object_new_array();
	for (i = 0; i < leaks->nr && i < most; i++)
		json_object_array_add(groups, group_object(leaks->group[i]));
	json_object_object_add(object, "groups", groups);
	add_tail(object, report);
	return object;
}

/* ---- Group by group ---- */

/* The text of an object, each line but the first after an indent; frees the object. */
static char *object_text(struct json_object *object, const char *indent)
{
	const char *text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
							  JSON_C_TO_STRING_NOSLASHESCAPE);
	char *indented = NULL;
	size_t length;
	FILE *out = open_memstream(&indented, &length);

	if (!out)
		die("out of memory");
	/* Newlines in strings are escaped. */
	for (; *text; text++) {
		fputc(*text, out);
		if (*text == '\n')
			fputs(indent, out);
	}
	fclose(out);
	json_object_put(object);
	return indented;
}

/* The members of an object, without its brackets and the newlines beside these. */
static void write_members(struct json_object *object, FILE *out)
{
	char *text = object_text(object, "");
	size_t length = strlen(text);

	if (length > 4)
		fwrite(text + 2, 1, length - 4, out);
	free(text);
}

/* As objects of json-c, hundreds of thousands of groups would take gigabytes. */
void report_json(const struct report *report, FILE *out)
{
	const struct leaks *leaks = &report->leaks;
	struct json_object *tail = json_object_new_object();
	char *text;
	size_t i;

	fputs("{\n", out);
	write_members(head_object(report), out);
	fputs(",\n  \"groups\":[", out);
	for (i = 0; i < leaks->nr; i++) {
		text = object_text(group_object(leaks->group[i]), "    ");
		fprintf(out, "%s\n    %s", i ? "," : "", text);
		free(text);
	}
	fputs(leaks->nr ? "\n  ]" : "]", out);
	add_tail(tail, report);
	if (json_object_object_length(tail))
		fputs(",\n", out);
	write_members(tail, out);
	fputs("\n}\n", out);
}
