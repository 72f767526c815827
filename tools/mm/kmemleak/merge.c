// SPDX-License-Identifier: GPL-2.0
/*
 * "merge": the reports of many hosts as one table of bugs. May call: fleet.c,
 * suppress.c, command.c, json-c.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <json-c/json.h>

#include "command.h"
#include "fingerprint.h"
#include "fleet.h"
#include "units.h"

static const char *kernel_name(const struct fleet *fleet, ssize_t kernel)
{
	return kernel < 0 ? "none" : fleet->kernel[kernel];
}

/* ---- Text ---- */

/**
 * struct widths - widths of columns
 * @hosts: of the number of hosts
 * @leaks: of the number of leaks
 * @bytes: of the number of bytes
 * @first: of the name of the first kernel
 * @without: of the name of the newest kernel without the bug
 */
struct widths {
	int hosts;
	int leaks;
	int bytes;
	int first;
	int without;
};

static int number_width(uint64_t number, const char *title)
{
	int width = snprintf(NULL, 0, "%" PRIu64, number), least = strlen(title);

	return width > least ? width : least;
}

static int kernel_width(const struct fleet *fleet, const char *title)
{
	size_t width = strlen(title), i;

	for (i = 0; i < fleet->nr_kernels; i++)
		if (strlen(fleet->kernel[i]) > width)
			width = strlen(fleet->kernel[i]);
	return width;
}

static void text_row(const struct fleet *fleet, const struct row *row,
		     const struct widths *widths, FILE *out)
{
	const struct bug *bug = row->bug;

	fprintf(out, "%*zu  %*" PRIu64 "  %*" PRIu64 "  %-*s  %-*s  %" PRI_FINGERPRINT "  ",
		widths->hosts, row->hosts, widths->leaks, bug->objects,
		widths->bytes, bug->bytes, widths->first, kernel_name(fleet, row->first),
		widths->without, kernel_name(fleet, row->without), bug->fingerprint);
	if (!bug->function)
		fputs("unknown code\n", out);
	else if (bug->module)
		fprintf(out, "%s() [%s]\n", bug->function, bug->module);
	else
		fprintf(out, "%s()\n", bug->function);
}

static void text_rows(const struct fleet *fleet, FILE *out)
{
	const struct widths widths = {
		.hosts = number_width(fleet->nr_hosts, "hosts"),
		.leaks = number_width(fleet->bugs.objects, "leaks"),
		.bytes = number_width(fleet->bugs.bytes, "bytes"),
		.first = kernel_width(fleet, "first kernel"),
		.without = kernel_width(fleet, "newest without"),
	};
	size_t i;

	fprintf(out, "\n%*s  %*s  %*s  %-*s  %-*s  %-16s  leaked by\n", widths.hosts, "hosts",
		widths.leaks, "leaks", widths.bytes, "bytes", widths.first, "first kernel",
		widths.without, "newest without", "fingerprint");
	for (i = 0; i < fleet->bugs.nr; i++)
		text_row(fleet, &fleet->row[i], &widths, out);
}

static void merge_text(const struct fleet *fleet, FILE *out)
{
	const struct bugs *bugs = &fleet->bugs;

	fprintf(out, "%zu bug%s in %zu report%s of %zu host%s and %zu kernel%s: %" PRIu64
		" leak%s, %" PRIu64 " byte%s\n", bugs->nr, plural(bugs->nr), fleet->nr,
		plural(fleet->nr), fleet->nr_hosts, plural(fleet->nr_hosts), fleet->nr_kernels,
		plural(fleet->nr_kernels), bugs->objects, plural(bugs->objects), bugs->bytes,
		plural(bugs->bytes));
	if (bugs->unlisted_objects)
		fprintf(out, "not listed by the detector: %" PRIu64 " leak%s, %" PRIu64
			" byte%s\n", bugs->unlisted_objects, plural(bugs->unlisted_objects),
			bugs->unlisted_bytes, plural(bugs->unlisted_bytes));
	if (fleet->suppressions.objects)
		fprintf(out, "suppressed: %" PRIu64 " leak%s, %" PRIu64 " byte%s\n",
			fleet->suppressions.objects, plural(fleet->suppressions.objects),
			fleet->suppressions.bytes, plural(fleet->suppressions.bytes));
	if (bugs->nr)
		text_rows(fleet, out);
}

/* ---- JSON ---- */

static struct json_object *string(const char *text)
{
	return text ? json_object_new_string(text) : NULL;
}

static void add(struct json_object *to, const char *key, struct json_object *value)
{
	json_object_object_add(to, key, value);
}

static void add_number(struct json_object *to, const char *key, uint64_t value)
{
	add(to, key, json_object_new_uint64(value));
}

static struct json_object *kernels_with(const struct fleet *fleet, const struct bug *bug)
{
	struct json_object *kernels = json_object_new_array();
	bool *has = xcalloc(fleet->nr_kernels, sizeof(*has));
	size_t i;

	fleet_kernels(fleet, bug, has);
	for (i = 0; i < fleet->nr_kernels; i++)
		if (has[i])
			json_object_array_add(kernels, string(fleet->kernel[i]));
	free(has);
	return kernels;
}

static struct json_object *bug_object(const struct fleet *fleet, const struct row *row)
{
	struct json_object *object = json_object_new_object();
	const struct bug *bug = row->bug;
	char text[32];

	snprintf(text, sizeof(text), "%" PRI_FINGERPRINT, bug->fingerprint);
	add(object, "fingerprint", string(text));
	add(object, "function", string(bug->function));
	add(object, "module", string(bug->module));
	add_number(object, "hosts", row->hosts);
	add_number(object, "objects", bug->objects);
	add_number(object, "bytes", bug->bytes);
	add(object, "first_kernel", string(fleet->kernel[row->first]));
	add(object, "newest_kernel_without",
	    string(row->without < 0 ? NULL : fleet->kernel[row->without]));
	add(object, "kernels", kernels_with(fleet, bug));
	return object;
}

static struct json_object *fleet_object(const struct fleet *fleet)
{
	struct json_object *object = json_object_new_object(), *kernels;
	const struct bugs *bugs = &fleet->bugs;
	size_t i;

	add_number(object, "reports", fleet->nr);
	add_number(object, "hosts", fleet->nr_hosts);
	kernels = json_object_new_array();
	for (i = 0; i < fleet->nr_kernels; i++)
		json_object_array_add(kernels, string(fleet->kernel[i]));
	add(object, "kernels", kernels);
	add_number(object, "leaks", bugs->objects);
	add_number(object, "bytes", bugs->bytes);
	if (bugs->unlisted_objects) {
		add_number(object, "unlisted_leaks", bugs->unlisted_objects);
		add_number(object, "unlisted_bytes", bugs->unlisted_bytes);
	}
	if (fleet->suppressions.nr) {
		add_number(object, "suppressed_leaks", fleet->suppressions.objects);
		add_number(object, "suppressed_bytes", fleet->suppressions.bytes);
	}
	return object;
}

/* Free each bug's object before the next one: there may be a million. */
static void merge_json(const struct fleet *fleet, FILE *out)
{
	const int flags = JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE;
	struct json_object *object = fleet_object(fleet);
	const char *text = json_object_to_json_string_ext(object, flags);
	size_t i;

	/* Leave the object open for the list. */
	fprintf(out, "%.*s,\n\"bugs\": [", (int)(strrchr(text, '}') - text), text);
	json_object_put(object);
	for (i = 0; i < fleet->bugs.nr; i++) {
		object = bug_object(fleet, &fleet->row[i]);
		fprintf(out, "%s\n%s", i ? "," : "",
			json_object_to_json_string_ext(object, flags));
		json_object_put(object);
	}
	fputs("\n]}\n", out);
}

/* ---- The command ---- */

enum {
	OPTION_SUPPRESS = 256,
};

typedef void merge_writer(const struct fleet *fleet, FILE *out);

struct arguments {
	struct fleet fleet;
	merge_writer *write;
	const char *output;
};

static const struct argp_option options[] = {
	{ "format", 'f', "FORMAT", 0, "text, the default, or json", 0 },
	{ "json", 'j', NULL, 0, "The same as --format json", 0 },
	{ "output", 'o', "FILE", 0, "Write there and not to standard output", 0 },
	{ "suppress", OPTION_SUPPRESS, "FILE", 0,
	  "Lines \"leak:pattern\": leaks with a function, module or file like that do not count",
	  0 },
	{ "verbose", 'v', NULL, 0, "Show what is skipped of the reports, on standard error", 0 },
	{},
};

static merge_writer *writer_named(const char *name)
{
	if (!strcmp(name, "text"))
		return merge_text;
	if (!strcmp(name, "json"))
		return merge_json;
	die("%s: no such format; there are text and json", name);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case 'f':
		arguments->write = writer_named(arg);
		return 0;
	case 'j':
		arguments->write = merge_json;
		return 0;
	case 'o':
		arguments->output = arg;
		return 0;
	case 'v':
		arguments->fleet.skipped_to = stderr;
		return 0;
	case OPTION_SUPPRESS:
		suppressions_load(&arguments->fleet.suppressions, arg);
		return 0;
	case ARGP_KEY_ARG:
		fleet_name(&arguments->fleet, arg);
		return 0;
	case ARGP_KEY_END:
		if (!arguments->fleet.nr)
			argp_error(state, "name at least one report");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	options, parse, "REPORT...",
	"Shows one row for each bug in the reports of many hosts: how many hosts have it, the "
	"first kernel that has it, and the newest that does not.\v"
	"A report is a saved kmemleak or kmemleak_summary, a log or anything else with such a "
	"report in it, the output of \"kmemleak report --format json\", any of these packed, or a "
	"directory with the /proc and /sys of the host. Where it does not tell its host or kernel, "
	"the name of the file stands for them.",
	NULL, NULL, NULL,
};

/* "merge -o a b c" is a slip more often than it is meant. */
static void check_output(const struct arguments *arguments)
{
	struct stat status;
	size_t i;

	if (!arguments->output || stat(arguments->output, &status))
		return;
	for (i = 0; i < arguments->fleet.nr; i++)
		if (S_ISREG(status.st_mode) &&
		    arguments->fleet.source[i].status.st_dev == status.st_dev &&
		    arguments->fleet.source[i].status.st_ino == status.st_ino)
			die("%s is one of the reports; name another file", arguments->output);
}

static void note_parts(const struct fleet *fleet)
{
	size_t i;

	for (i = 0; i < fleet->nr; i++)
		if (!fleet->source[i].is_whole)
			note("%s: has not all leaks; what is not in it may be on its kernel all "
			     "the same", fleet->source[i].path);
}

int cmd_merge(int argc, char **argv)
{
	struct arguments arguments = { .write = merge_text };
	struct output output;

	parse_options(&argp, argc, argv, &arguments);
	fleet_load(&arguments.fleet);
	check_output(&arguments);
	note_parts(&arguments.fleet);
	output_open(&output, arguments.output, 0600);
	arguments.write(&arguments.fleet, output.to);
	output_close(&output);
	fleet_free(&arguments.fleet);
	return STATUS_OK;
}
