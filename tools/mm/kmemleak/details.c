// SPDX-License-Identifier: GPL-2.0
/*
 * What is known of an allocation site: the counts of its live objects, and the stacks
 * of its leaks. May call: sample.c, sites.c, leaks.c, stacks.c, symbols.c, text.c,
 * units.c, root.c, command.c.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "details.h"
#include "report.h"
#include "root.h"
#include "sample.h"
#include "sites.h"
#include "units.h"

static void print_counts(const char *name, FILE *out)
{
	struct sites sites = { .stacks = stacks_new() };
	FILE *file = root_try(DETECTOR_FILE "_sites");
	char error[128], size[UNITS_MAX];
	size_t i, scan;

	if (file && sites_read(&sites, file, error, sizeof(error))) {
		for (i = 0; i < sites.nr; i++) {
			if (strcmp(sites.site[i].frame->text, name))
				continue;
			fprintf(out, "%16s %16s %16s\n", "seconds ago", "objects", "bytes");
			for (scan = 0; scan < sites.scans; scan++)
				fprintf(out, "%16.1f %16" PRIu64 " %16s\n", sites.ago[scan],
					sites.site[i].objects[scan],
					format_bytes(size, sites.site[i].bytes[scan]));
		}
	}
	if (file)
		fclose(file);
	sites_free(&sites);
	stacks_free(sites.stacks);
}

static void print_leaks(const char *name, FILE *out)
{
	const struct symbol_files files = { 0 };
	struct report report = { 0 };
	struct leaks leaks, *shown = &report.leaks;
	size_t i;

	if (!sample_leaks(&leaks))
		leaks_sort(&leaks);
	shown->group = xcalloc(leaks.nr + 1, sizeof(*shown->group));
	for (i = 0; i < leaks.nr; i++) {
		if (strcmp(sample_leak_name(leaks.group[i]), name))
			continue;
		shown->group[shown->nr++] = leaks.group[i];
		shown->objects += leaks.group[i]->objects;
		shown->bytes += leaks.group[i]->bytes;
	}
	if (shown->nr) {
		report.symbols = symbols_open(&files);
		symbols_decode(report.symbols, leaks.stacks);
		report_text(&report, out);
		symbols_close(report.symbols);
	} else {
		fputs("\nno leaks of it are known\n", out);
	}
	free(shown->group);
	sample_leaks_free(&leaks);
}

char *details_of(const char *name, bool counts)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		die("out of memory");
	fprintf(out, "%s\n\n", name);
	if (counts)
		print_counts(name, out);
	print_leaks(name, out);
	fclose(out);
	return text;
}
