// SPDX-License-Identifier: GPL-2.0
/*
 * "report": leaks by bytes, decoded, in several forms. Also the code it shares with
 * other commands that show leaks. May call: all that reads, decodes and writes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "report.h"
#include "root.h"

/* ---- Options of several commands ---- */

enum {
	OPTION_VMLINUX = 256,
	OPTION_MODULES,
	OPTION_SUPPRESS,
	OPTION_SITES,
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

	report->source = options->saved ?: "the running kernel";
	if (options->suppress)
		suppressions_load(&report->suppressions, options->suppress);
	if (!options->saved && detector_is_off())
		die("the leak detector is off; boot with kmemleak=on");
	report->leaks.stacks = stacks_new();
	leaks_load(&report->leaks, options->saved);
	report->sites = load_sites(options, report->leaks.stacks);
	/* A saved tree identifies the kernel of its report. */
	files.of_saved = options->saved && root_is_live();
	report->symbols = symbols_open(&files);
	symbols_decode(report->symbols, report->leaks.stacks);
	suppressions_apply(&report->suppressions, &report->leaks);
	leaks_sort(&report->leaks);
}

void report_free(struct report *report)
{
	if (report->sites)
		sites_free(report->sites);
	free(report->sites);
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
} formats[] = {
	{ "text", report_text, false },
	{ "json", report_json, false },
	{ "folded", report_folded, false },
	{ "pprof", report_pprof, true },
	{ "html", report_html, false },
};

struct arguments {
	struct report_options report;
	const char *output;
	size_t format;
};

static const struct argp_option options[] = {
	{ "format", 'f', "FORMAT", 0,
	  "text, the default; json; folded, for flame graphs; pprof; html, one page for a browser",
	  0 },
	{ "output", 'o', "FILE", 0, "Write there and not to standard output", 0 },
	{ "sites", OPTION_SITES, "FILE", 0,
	  "A saved kmemleak_sites, for the chart of the page", 0 },
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
	case ARGP_KEY_ARG:
		if (arguments->report.saved)
			argp_error(state, "one report at a time");
		arguments->report.saved = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	options, parse, "[FILE]",
	"Shows leaks by bytes, with the lines that allocated them.\v"
	"FILE is a saved copy of /sys/kernel/debug/kmemleak or kmemleak_summary; \"-\" is "
	"standard input. Without it the detector's own file is read.",
	report_children, NULL, NULL,
};

int cmd_report(int argc, char **argv)
{
	struct arguments arguments = {};
	struct report report = {};
	FILE *out = stdout;

	parse_options(&argp, argc, argv, &arguments);
	if (formats[arguments.format].binary && !arguments.output && isatty(STDOUT_FILENO))
		die("%s is not for a terminal; name a file with --output",
		    formats[arguments.format].name);
	report_load(&report, &arguments.report);
	symbols_note(report.symbols);
	if (arguments.output)
		out = fopen(arguments.output, "we");
	if (!out)
		die("%s: %s", arguments.output, strerror(errno));
	formats[arguments.format].write(&report, out);
	if (ferror(out) || fclose(out))
		die("%s: %s", arguments.output ?: "standard output", strerror(errno));
	report_free(&report);
	return STATUS_OK;
}
