// SPDX-License-Identifier: GPL-2.0
/*
 * "kmemleak export": metrics for monitoring many machines, in the text format of
 * Prometheus as node_exporter's textfile collector reads it. May call:
 * culprits.c, sample.c, usage.c, units.c, command.c.
 *
 * Invariants: all samples of a metric follow its HELP and TYPE; no two have the same
 * labels, as names are unique in a sample and print_label() keeps them apart; a file
 * appears whole or not at all.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "culprits.h"
#include "sample.h"
#include "units.h"
#include "usage.h"

/* Limit sites and caches: the server keeps a series for each, for years. */
#define TOP_DEFAULT	50

/**
 * struct export - what was asked for
 * @prometheus: the format; there is only one
 * @output: a file to replace, NULL for standard output
 * @top: number of caches, sites and leaks to export, largest first
 */
struct export {
	bool prometheus;
	const char *output;
	uint64_t top;
};

/**
 * struct metrics - a look at the machine
 * @sample: without a list of leaks, but with the error of reading them
 * @leaks: the detector's report
 */
struct metrics {
	struct sample sample;
	struct leaks leaks;
};

static void metrics_take(struct metrics *metrics)
{
	sample_take(&metrics->sample, SAMPLE_ALL & ~SAMPLE(LEAK));
	metrics->sample.of[USAGE_LEAK].error = sample_leaks(&metrics->leaks);
}

static void metrics_free(struct metrics *metrics)
{
	sample_leaks_free(&metrics->leaks);
	sample_free(&metrics->sample);
}

static void begin_metric(FILE *to, const char *name, const char *type, const char *help)
{
	fprintf(to, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/*
 * Keep names as the kernel has them, except for bytes not valid in a label and the
 * backslash: two names differ in any case.
 */
static void print_label(FILE *to, const char *label, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	fprintf(to, "%s=\"", label);
	for (; *at; at++) {
		if (!isascii(*at) || !isprint(*at) || *at == '\\')
			fprintf(to, "\\\\x%02x", *at);
		else if (*at == '"')
			fputs("\\\"", to);
		else
			putc(*at, to);
	}
	putc('"', to);
}

static void print_labelled(FILE *to, const char *metric, const char *label,
			   const char *text, int64_t value)
{
	fprintf(to, "%s{", metric);
	print_label(to, label, text);
	fprintf(to, "} %" PRId64 "\n", value);
}

static void print_number(FILE *to, const char *metric, const char *type,
			 const char *help, uint64_t value)
{
	begin_metric(to, metric, type, help);
	fprintf(to, "%s %" PRIu64 "\n", metric, value);
}

/* Metrics of a kind of usage. */
struct kind_metrics {
	enum usage_kind kind;
	const char *label;
	const char *bytes;
	const char *bytes_help;
	const char *objects;		/* NULL if the kernel does not count objects */
	const char *objects_help;
};

static const struct kind_metrics kind_metrics[] = {
	{ USAGE_MEMORY, "use", "kmemleak_memory_bytes",
	  "What memory is used for; adds up to kmemleak_memory_total_bytes.", NULL, NULL },
	{ USAGE_CACHE, "cache", "kmemleak_slab_cache_bytes",
	  "Memory of a slab cache.", "kmemleak_slab_cache_objects",
	  "Live objects of a slab cache." },
	{ USAGE_AREA, "caller", "kmemleak_vmalloc_bytes",
	  "Memory from vmalloc() by caller.", "kmemleak_vmalloc_areas",
	  "Areas from vmalloc() by caller." },
	{ USAGE_SITE, "site", "kmemleak_site_bytes",
	  "Bytes that a place in the kernel has allocated, as of the last scan.",
	  "kmemleak_site_objects",
	  "Objects that a place in the kernel has allocated, as of the last scan." },
	{ USAGE_ALLOC, "site", "kmemleak_allocation_bytes",
	  "Allocated and not freed, by line of source (/proc/allocinfo).",
	  "kmemleak_allocation_calls",
	  "Allocations that were not freed, by line of source." },
};

static void print_kind(FILE *to, const struct sample *sample,
		       const struct kind_metrics *metrics, uint64_t top)
{
	const struct usages *usages = &sample->of[metrics->kind];
	const struct usage **sorted = usages_by_bytes(usages);
	size_t i, nr = usages->nr;

	if (metrics->kind != USAGE_MEMORY && nr > top)
		nr = top;
	if (nr)
		begin_metric(to, metrics->bytes, "gauge", metrics->bytes_help);
	for (i = 0; i < nr; i++)
		print_labelled(to, metrics->bytes, metrics->label, sorted[i]->name,
			       sorted[i]->bytes);
	if (nr && metrics->objects)
		begin_metric(to, metrics->objects, "gauge", metrics->objects_help);
	for (i = 0; metrics->objects && i < nr; i++)
		print_labelled(to, metrics->objects, metrics->label, sorted[i]->name,
			       sorted[i]->objects);
	free(sorted);
}

/* Without this, missing and unreadable files would look the same. */
static void print_readable(FILE *to, const struct sample *sample)
{
	const char *metric = "kmemleak_readable";
	size_t kind;

	begin_metric(to, metric, "gauge", "Whether numbers of this kind could be read.");
	for (kind = 0; kind < USAGE_KINDS; kind++)
		print_labelled(to, metric, "kind", usage_kind_names[kind],
			       !sample->of[kind].error);
}

static void print_detector(FILE *to, const struct detector *detector)
{
	static const char * const states[] = {
		[DETECTOR_ABSENT] = "absent",
		[DETECTOR_HIDDEN] = "hidden",
		[DETECTOR_UNMOUNTED] = "unmounted",
		[DETECTOR_UNSAVED] = "unsaved",
		[DETECTOR_BASE] = "base",
		[DETECTOR_OFF] = "off",
		[DETECTOR_ON] = "on",
	};
	const char *metric = "kmemleak_detector_state";
	size_t state;

	begin_metric(to, metric, "gauge", "1 for the state that the leak detector is in.");
	for (state = 0; state < ARRAY_SIZE(states); state++)
		print_labelled(to, metric, "state", states[state], state == detector->state);
	if (detector->state != DETECTOR_ON)
		return;
	print_number(to, "kmemleak_tracked_objects", "gauge",
		     "Objects that the detector knows.", detector->objects);
	print_number(to, "kmemleak_tracked_bytes", "gauge",
		     "Sizes of the objects that the detector knows.", detector->bytes);
	print_number(to, "kmemleak_metadata_bytes", "gauge",
		     "Memory that the detector itself takes.", detector->metadata_bytes);
	print_number(to, "kmemleak_scans_total", "counter",
		     "Scans that ran to their end.", detector->scans);
	begin_metric(to, "kmemleak_scan_duration_seconds", "gauge",
		     "How long the last scan took.");
	fprintf(to, "kmemleak_scan_duration_seconds %.6f\n", detector->scan_duration_us / 1e6);
}

static void print_culprit(FILE *to, const char *metric, const struct culprit *culprit,
			  uint64_t value)
{
	fprintf(to, "%s{", metric);
	print_label(to, "site", culprit->site);
	if (culprit->function) {
		putc(',', to);
		print_label(to, "function", culprit->function);
	}
	if (culprit->module) {
		putc(',', to);
		print_label(to, "module", culprit->module);
	}
	fprintf(to, ",fingerprint=\"%" PRI_FINGERPRINT "\"} %" PRIu64 "\n",
		culprit->fingerprint, value);
}

static void print_culprits(FILE *to, const struct leaks *leaks, uint64_t top)
{
	struct culprits culprits;
	size_t i, nr;

	if (!leaks->objects)
		return;
	culprits_find(&culprits, leaks);
	nr = culprits.nr < top ? culprits.nr : top;
	begin_metric(to, "kmemleak_leak_bytes", "gauge",
		     "Leaked bytes by the place that allocated them.");
	for (i = 0; i < nr; i++)
		print_culprit(to, "kmemleak_leak_bytes", &culprits.list[i],
			      culprits.list[i].bytes);
	if (leaks->unlisted_objects)
		print_labelled(to, "kmemleak_leak_bytes", "site", "not listed",
			       leaks->unlisted_bytes);
	begin_metric(to, "kmemleak_leak_objects", "gauge",
		     "Leaked objects by the place that allocated them.");
	for (i = 0; i < nr; i++)
		print_culprit(to, "kmemleak_leak_objects", &culprits.list[i],
			      culprits.list[i].objects);
	if (leaks->unlisted_objects)
		print_labelled(to, "kmemleak_leak_objects", "site", "not listed",
			       leaks->unlisted_objects);
	culprits_free(&culprits);
}

static void print_leaks(FILE *to, const struct metrics *metrics, uint64_t top)
{
	const struct leaks *leaks = &metrics->leaks;

	if (metrics->sample.of[USAGE_LEAK].error)
		return;
	print_culprits(to, leaks, top);
	print_number(to, "kmemleak_leaks", "gauge", "Objects that are lost.", leaks->objects);
	print_number(to, "kmemleak_leaked_bytes", "gauge", "Bytes that are lost.",
		     leaks->bytes);
}

static void print_all(FILE *to, const struct metrics *metrics, uint64_t top)
{
	const struct sample *sample = &metrics->sample;
	size_t i;

	print_number(to, "kmemleak_memory_total_bytes", "gauge", "MemTotal.",
		     sample_total(sample));
	for (i = 0; i < ARRAY_SIZE(kind_metrics); i++)
		print_kind(to, sample, &kind_metrics[i], top);
	print_leaks(to, metrics, top);
	print_detector(to, &sample->detector);
	print_readable(to, sample);
	/* OpenMetrics has this, to tell a whole text from the beginning of one. */
	fputs("# EOF\n", to);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct export *export = state->input;

	switch (key) {
	case 'p':
		export->prometheus = true;
		return 0;
	case 'o':
		export->output = arg;
		return 0;
	case 't':
		export->top = parse_count(arg, "--top");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int cmd_export(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "prometheus", 'p', NULL, 0, "in the text format of Prometheus", 0 },
		{ "output", 'o', "FILE", 0, "replace FILE, at once, instead of printing", 0 },
		{ "top", 't', "N", 0, "print the N largest of each kind (default: 50)", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		options, parse, NULL,
		"Prints what memory is used for, and leaks, for a monitoring system.",
		NULL, NULL, NULL,
	};
	struct export export = { .top = TOP_DEFAULT };
	struct metrics metrics;
	struct output output;

	parse_options(&argp, argc, argv, &export);
	if (!export.prometheus)
		die("no format is named; say --prometheus");
	metrics_take(&metrics);
	/* The collector runs as another user. */
	output_open(&output, export.output, 0644);
	print_all(output.to, &metrics, export.top);
	output_close(&output);
	metrics_free(&metrics);
	return STATUS_OK;
}
