/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A report ready for output: decoded, without suppressed leaks, in one of several
 * forms.
 */
#ifndef KMEMLEAK_REPORT_H
#define KMEMLEAK_REPORT_H

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>

#include <json-c/json_object.h>

#include "leaks.h"
#include "origin.h"
#include "selection.h"
#include "sites.h"
#include "suppress.h"
#include "symbols.h"

/**
 * struct report - a report ready for output
 * @source: a file, or "the running kernel"
 * @origin: the host and kernel that it comes from; unknown for a saved report
 * @is_saved: it is a file, of any machine
 * @leaks: groups with most bytes first
 * @suppressions: what was suppressed
 * @selection: what is shown
 * @sites: count of sites of the same kernel at about the same time, or NULL
 * @symbols: owner of the source lines of frames
 */
struct report {
	const char *source;
	struct origin origin;
	bool is_saved;
	struct leaks leaks;
	struct suppressions suppressions;
	struct selection selection;
	struct sites *sites;
	struct symbols *symbols;
};

/**
 * struct report_options - options of commands that show leaks
 * @saved: file with a saved report; NULL is the detector's
 * @saved_sites: file with a saved count of sites
 * @suppress: file with patterns of leaks to suppress
 * @selection: what to show; what is not shown is counted in a copy
 * @verbose: show what is skipped of a report
 * @files: where to find debug information
 */
struct report_options {
	const char *saved;
	const char *saved_sites;
	const char *suppress;
	struct selection selection;
	bool verbose;
	struct symbol_files files;
};

/*
 * Children for argp: --vmlinux and --modules, with a struct symbol_files as input, and
 * these together with --suppress, with a struct report_options as input.
 */
extern const struct argp_child symbol_children[];
extern const struct argp_child report_children[];

/**
 * report_load() - read, decode and sort a report
 * @report: zeroed
 * @options: what to load
 *
 * Ends the program if any of it cannot be loaded.
 */
void report_load(struct report *report, const struct report_options *options);
void report_free(struct report *report);

/* Write a report to @out; the caller checks the stream for errors. */
typedef void report_writer(const struct report *report, FILE *out);

/**
 * text_totals() - print how much there is, and how much of it is not listed or not shown
 * @report: the report
 * @out: where to
 */
void text_totals(const struct report *report, FILE *out);

/**
 * text_suppressed() - print what was suppressed, by pattern
 * @suppressions: the patterns, and what they matched
 * @out: where to
 */
void text_suppressed(const struct suppressions *suppressions, FILE *out);

report_writer report_text;
report_writer report_json;
report_writer report_folded;
report_writer report_pprof;
report_writer report_html;

/**
 * report_object() - a report as JSON
 * @report: the report
 * @most: maximum number of groups
 *
 * Return: the object; the caller drops the reference.
 */
struct json_object *report_object(const struct report *report, size_t most);

/**
 * stack_title() - the allocation site of a stack, in a few words
 * @stack: the stack
 *
 * Return: "function() at file:42 [module]", or the parts of it that are known; the
 * caller frees it.
 */
char *stack_title(const struct stack *stack);

/**
 * frame_title() - the same for one frame
 * @frame: the frame; NULL is an unknown one
 */
char *frame_title(const struct frame *frame);

#endif
