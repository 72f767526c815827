// SPDX-License-Identifier: GPL-2.0
/*
 * A report as a page: page.html, built into the program, with the report inserted as
 * JSON. May call: json.c, take.c, root.c, json-c.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>

#include "page.h"
#include "report.h"
#include "root.h"
#include "take.h"

/* More groups would make the browser slow, and nobody reads them. */
#define GROUPS_MAX	2000

/* Placeholder for the report in the page. */
#define PLACE		"@REPORT@"

/* Escape "<", as text in a report could otherwise end the script element. */
static void write_json(const char *text, FILE *out)
{
	size_t length;

	for (;; text += length + 1) {
		length = strcspn(text, "<");
		fwrite(text, 1, length, out);
		if (!text[length])
			return;
		fputs("\\u003c", out);
	}
}

/* The first line of a file of the inspected machine. */
static void add_line(struct json_object *object, const char *key, const char *path)
{
	FILE *file = root_try(path);
	char line[256];

	if (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		copy_printable(line, line, strlen(line));
		json_object_object_add(object, key, json_object_new_string(line));
	}
	if (file)
		fclose(file);
}

static void add_machine(struct json_object *object, const struct report *report)
{
	time_t now = time(NULL);
	char date[64];

	/* A saved report does not tell where it is from. */
	if (!report->is_saved) {
		add_line(object, "host", "/proc/sys/kernel/hostname");
		add_line(object, "kernel", "/proc/sys/kernel/osrelease");
	}
	if (strftime(date, sizeof(date), "%Y-%m-%d %H:%M %Z", localtime(&now)))
		json_object_object_add(object, "date", json_object_new_string(date));
}

void report_html(const struct report *report, FILE *out)
{
	const char *place = memmem(page_html, page_html_end - page_html, PLACE, strlen(PLACE));
	struct json_object *object = report_object(report, GROUPS_MAX);

	if (report->leaks.nr > GROUPS_MAX)
		json_object_object_add(object, "groups_left_out",
				       json_object_new_uint64(report->leaks.nr - GROUPS_MAX));
	add_machine(object, report);
	fwrite(page_html, 1, place - page_html, out);
	write_json(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN), out);
	place += strlen(PLACE);
	fwrite(place, 1, page_html_end - place, out);
	json_object_put(object);
}
