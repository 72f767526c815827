// SPDX-License-Identifier: GPL-2.0
/*
 * A report as JSON. May call: text.c, stacks.c, json-c. The keys are an interface:
 * add some, change none.
 */
#include <stdlib.h>

#include <json-c/json.h>

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
	char *title = stack_title(group->stack), address[32];

	add_string(object, "site", title);
	free(title);
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
		snprintf(address, sizeof(address), "0x%08llx",
			 (unsigned long long)group->address);
		add_string(object, "address", address);
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

struct json_object *report_object(const struct report *report, size_t most)
{
	const struct leaks *leaks = &report->leaks;
	struct json_object *object = json_object_new_object(), *groups;
	size_t i;

	add_string(object, "source", report->source);
	add_number(object, "leaks", leaks->objects);
	add_number(object, "bytes", leaks->bytes);
	if (leaks->unlisted_objects) {
		add_number(object, "unlisted_leaks", leaks->unlisted_objects);
		add_number(object, "unlisted_bytes", leaks->unlisted_bytes);
	}
	groups = json_object_new_array();
	for (i = 0; i < leaks->nr && i < most; i++)
		json_object_array_add(groups, group_object(leaks->group[i]));
	json_object_object_add(object, "groups", groups);
	if (report->suppressions.nr)
		json_object_object_add(object, "suppressed",
				       suppressions_object(&report->suppressions));
	if (report->sites)
		json_object_object_add(object, "sites", sites_object(report->sites));
	return object;
}

void report_json(const struct report *report, FILE *out)
{
	struct json_object *object = report_object(report, report->leaks.nr);

	fputs(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
					     JSON_C_TO_STRING_NOSLASHESCAPE), out);
	fputc('\n', out);
	json_object_put(object);
}
