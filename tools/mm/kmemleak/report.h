/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A report as it is shown: decoded, with known leaks taken out, in one of several
 * forms.
 */
#ifndef KMEMLEAK_REPORT_H
#define KMEMLEAK_REPORT_H

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>

#include <json-c/json_object.h>

#include "leaks.h"
#include "sites.h"
#include "suppress.h"
#include "symbols.h"

/**
 * struct report - what is shown
 * @source: where it is from: a file, or the running kernel
 * @leaks: the one with most bytes first
 * @suppressions: what was taken out
 * @sites: of the same kernel, and about the same time; NULL if there is no count
 * @symbols: they have the texts of lines
 */
struct report {
	const char *source;
	struct leaks leaks;
	struct suppressions suppressions;
	struct sites *sites;
	struct symbols *symbols;
};

/**
 * struct report_options - what the commands that show leaks ask for
 * @saved: a saved report; NULL is the detector's
 * @saved_sites: a saved count of sites
 * @suppress: a file with patterns
 * @files: where debug information is
 */
struct report_options {
	const char *saved;
	const char *saved_sites;
	const char *suppress;
	struct symbol_files files;
};

/*
 * For argp's children: --vmlinux and --modules, whose input is a struct symbol_files;
 * and these with --suppress, whose input is a struct report_options.
 */
extern const struct argp_child symbol_children[];
extern const struct argp_child report_children[];

/**
 * report_load() - read, decode and sort a report
 * @report: zeroed
 * @options: what is asked for
 *
 * Ends the program if something that is asked for cannot be had.
 */
void report_load(struct report *report, const struct report_options *options);
void report_free(struct report *report);

/* How a report is written. The text goes to @out, whose errors the caller looks at. */
typedef void report_writer(const struct report *report, FILE *out);

report_writer report_text;
report_writer report_json;
report_writer report_folded;
report_writer report_pprof;
report_writer report_html;

/**
 * report_object() - a report as JSON
 * @report: the report
 * @most: groups to tell
 *
 * Return: the object, which the caller puts.
 */
struct json_object *report_object(const struct report *report, size_t most);

/**
 * stack_title() - who allocated, in a few words
 * @stack: the stack
 *
 * Return: "function() at file:42 [module]" or what is known of that; the caller frees
 * it.
 */
char *stack_title(const struct stack *stack);

/**
 * frame_title() - the same of one frame
 * @frame: the frame; NULL is an unknown one
 */
char *frame_title(const struct frame *frame);

static inline const char *plural(uint64_t nr)
{
	return nr == 1 ? "" : "s";
}

/**
 * text_stack() - print a stack, with the frame that is to blame marked
 * @stack: the stack
 * @out: where to
 */
void text_stack(const struct stack *stack, FILE *out);

#endif
