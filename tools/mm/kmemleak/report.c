// SPDX-License-Identifier: GPL-2.0
/*
 * "report": leaks by bytes, decoded, in several forms. Also the code it shares with
 * other commands that show leaks. May call: all that reads, decodes and writes.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "report.h"
#include "rows.h"
#include "root.h"
#include "units.h"

/* ---- Options of several commands ---- */

enum {
	OPTION_VMLINUX = 256,
	OPTION_MODULES,
	OPTION_SUPPRESS,
	OPTION_SITES,
	OPTION_MODULE,
	OPTION_MIN,
	OPTION_TOP,
	OPTION_BY,
};

static const struct argp_option symbol_options[] = {
	{ "vmlinux", OPTION_VMLINUX, "FILE", 0, "The kernel with its debug information", 0 },
	{ "modules", OPTION_MODULES, "DIR", 0, "Where modules with theirs are", 0 },
	{},
};

static error_t symbol_option(int key, char *arg, struct argp_state *state)
{
	struct symbol_files *files = state->input;

	switch (key) {
	case OPTION_VMLINUX:
		files->vmlinux = arg;
		return 0;
	case OPTION_MODULES:
		files->modules = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp symbol_argp = { .options = symbol_options, .parser = symbol_option };

const struct argp_child symbol_children[] = { { &symbol_argp, 0, NULL, 0 }, {} };

static const struct argp_option report_options[] = {
	{ "suppress", OPTION_SUPPRESS, "FILE", 0,
	  "Lines \"leak:pattern\": leaks with a function, module or file like that are not shown",
	  0 },
	{ "verbose", 'v', NULL, 0, "Show what is skipped of a report, on standard error", 0 },
	{},
};

static error_t report_option(int key, char *arg, struct argp_state *state)
{
	struct report_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->files;
		return 0;
	case OPTION_SUPPRESS:
		options->suppress = arg;
		return 0;
	case 'v':
		options->verbose = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp report_argp = {
	.options = report_options, .parser = report_option, .children = symbol_children,
};

const struct argp_child report_children[] = { { &report_argp, 0, NULL, 0 }, {} };

/* ---- Loading ---- */

static struct sites *load_sites(const struct report_options *options, struct stacks *stacks)
{
	struct sites *sites = xcalloc(1, sizeof(*sites));
	FILE *file;

	sites->stacks = stacks;
	if (options->saved_sites) {
		sites_load(sites, options->saved_sites);
		return sites;
	}
	/* Sites of the running machine do not belong to a saved report. */
	file = options->saved ? NULL : root_try(DETECTOR_FILE "_sites");
	if (!file) {
		free(sites);
		return NULL;
	}
	fclose(file);
	sites_load(sites, NULL);
	return sites;
}

void report_load(struct report *report, const struct report_options *options)
{
	struct symbol_files files = options->files;

	report->source = options->saved ?: root_is_live() ? "the running kernel" : root_name();
	report->is_saved = options->saved;
	if (options->suppress)
		suppressions_load(&report->suppressions, options->suppress);
	if (!options->saved && detector_is_off())
		die("the leak detector is off; boot with kmemleak=on");
	if (!options->saved)
		origin_of_root(&report->origin);
	report->leaks.stacks = stacks_new();
	report->leaks.skipped_to = options->verbose ? stderr : NULL;
	leaks_load(&report->leaks, options->saved);
	report->sites = load_sites(options, report->leaks.stacks);
	/* A saved tree identifies the kernel of its report. */
	files.of_saved = options->saved && root_is_live();
	report->symbols = symbols_open(&files);
	symbols_decode(report->symbols, report->leaks.stacks);
	suppressions_apply(&report->suppressions, &report->leaks);
	leaks_sort(&report->leaks);
	report->selection = options->selection;
	leaks_select(&report->leaks, &report->selection);
}

void report_free(struct report *report)
{
	if (report->sites)
		sites_free(report->sites);
	free(report->sites);
	origin_free(&report->origin);
	suppressions_free(&report->suppressions);
	leaks_free(&report->leaks);
	stacks_free(report->leaks.stacks);
	symbols_close(report->symbols);
}

/* ---- The command ---- */

static const struct {
	const char *name;
	report_writer *write;
	bool binary;
	bool only_stacks;
} formats[] = {
	{ "text", report_text, false, false },
	{ "json", report_json, false, false },
	{ "folded", report_folded, false, true },
	{ "pprof", report_pprof, true, true },
	{ "html", report_html, false, false },
};

struct arguments {
	struct report_options report;
	const char *output;
	size_t format;
	const char *by;
};

static const struct argp_option options[] = {
	{ "format", 'f', "FORMAT", 0,
	  "text, the default; json; folded, for flame graphs; pprof; html, one page for a browser",
	  0 },
	{ "output", 'o', "FILE", 0, "Write there and not to standard output", 0 },
	{ "sites", OPTION_SITES, "FILE", 0,
	  "A saved kmemleak_sites, for the chart of the page", 0 },
	{ "module", OPTION_MODULE, "NAME", 0,
	  "Show what this module allocated; vmlinux is the kernel itself", 0 },
	{ "min", OPTION_MIN, "SIZE", 0, "Show groups of that many bytes or more, as in 64k", 0 },
	{ "top", OPTION_TOP, "N", 0, "Show the N groups with most bytes", 0 },
	{ "by", OPTION_BY, "WHAT", 0, "Show a row for each site, module or task, not stacks", 0 },
	{},
};

static size_t format_named(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(formats); i++)
		if (!strcmp(name, formats[i].name))
			return i;
	die("%s: no such format; there are text, json, folded, pprof and html", name);
}

static enum row_kind row_named(const char *name)
{
	enum row_kind kind;

	for (kind = 0; row_names[kind]; kind++)
		if (!strcmp(name, row_names[kind]))
			return kind;
	die("--by: %s: a row is for a site, a module or a task", name);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->report;
		return 0;
	case 'f':
		arguments->format = format_named(arg);
		return 0;
	case 'o':
		arguments->output = arg;
		return 0;
	case OPTION_SITES:
		arguments->report.saved_sites = arg;
		return 0;
	case OPTION_MODULE:
		if (!*arg)
			die("--module names no module");
		arguments->report.selection.module = module_name(arg);
		return 0;
	case OPTION_MIN:
		arguments->report.selection.min = parse_bytes(arg, "--min");
		return 0;
	case OPTION_TOP:
		arguments->report.selection.top = parse_count(arg, "--top");
		return 0;
	case OPTION_BY:
		arguments->by = arg;
		row_named(arg);
		return 0;
	case ARGP_KEY_ARG:
		if (arguments->report.saved)
			argp_error(state, "one report at a time");
		arguments->report.saved = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* What a form for other tools has no room for. */
static void note_not_shown(const struct report *report)
{
	const struct selection *selection = &report->selection;

	if (selection->groups)
		note("not shown, as was asked: %" PRIu64 " leak%s, %" PRIu64 " bytes",
		     selection->leaks, plural(selection->leaks), selection->bytes);
	if (report->suppressions.objects)
		note("suppressed: %" PRIu64 " leak%s, %" PRIu64 " bytes",
		     report->suppressions.objects, plural(report->suppressions.objects),
		     report->suppressions.bytes);
}

static const struct argp argp = {
	options, parse, "[FILE]",
	"Shows leaks by bytes, with the lines that allocated them.\v"
	"FILE is a saved copy of /sys/kernel/debug/kmemleak or kmemleak_summary, or a log, a "
	"mail or a page that has one in it; it may be compressed; \"-\" is standard input. "
	"Without it the detector's own file is read.",
	report_children, NULL, NULL,
};

int cmd_report(int argc, char **argv)
{
	struct arguments arguments = {};
	struct report report = {};
	struct output output;

	parse_options(&argp, argc, argv, &arguments);
	if (formats[arguments.format].binary && !arguments.output && isatty(STDOUT_FILENO))
		die("%s is not for a terminal; name a file with --output",
		    formats[arguments.format].name);
	if (arguments.by && formats[arguments.format].write != report_text)
		die("--by prints text, and no %s", formats[arguments.format].name);
	report_load(&report, &arguments.report);
	symbols_note(report.symbols);
	if (formats[arguments.format].only_stacks)
		note_not_shown(&report);
	output_open(&output, arguments.output, 0600);
	if (arguments.by)
		rows_text(&report, row_named(arguments.by), output.to);
	else
		formats[arguments.format].write(&report, output.to);
	output_close(&output);
	report_free(&report);
	return STATUS_OK;
}
