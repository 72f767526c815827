// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer target: the parsers of reports and of counts of sites, and the printing of
 * reports. The first byte of the input selects the parser; the rest is the file.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../report.h"

static FILE *nowhere;

static void check(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

/* The totals must match the groups. */
static void check_sums(const struct leaks *leaks)
{
	uint64_t objects = leaks->unlisted_objects, bytes = leaks->unlisted_bytes;
	size_t i;

	for (i = 0; i < leaks->nr; i++) {
		objects += leaks->group[i]->objects;
		bytes += leaks->group[i]->bytes;
	}
	check(objects == leaks->objects && bytes == leaks->bytes, "the sums are wrong");
}

static void fuzz_leaks(struct stacks *stacks, FILE *file)
{
	struct report report = { .source = "fuzz", .leaks.stacks = stacks };
	char error[128] = "";
	bool good = leaks_read(&report.leaks, file, error, sizeof(error));

	check(good == !*error, "an error without a message, or the other way round");
	if (good) {
		check_sums(&report.leaks);
		leaks_sort(&report.leaks);
		report_text(&report, nowhere);
		report_folded(&report, nowhere);
	}
	leaks_free(&report.leaks);
}

static void fuzz_sites(struct stacks *stacks, FILE *file)
{
	struct sites sites = { .stacks = stacks };
	char error[128] = "";
	bool good = sites_read(&sites, file, error, sizeof(error));

	check(good == !*error, "an error without a message, or the other way round");
	check(!good || sites.scans <= SITES_SCANS, "more scans than there is room for");
	sites_free(&sites);
}

/* The name by which libFuzzer calls a target comes from the command line. */
int fuzz_one(const uint8_t *bytes, size_t size);

int fuzz_one(const uint8_t *bytes, size_t size)
{
	struct stacks *stacks;
	FILE *file;

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	if (size < 2)
		return 0;
	file = fmemopen((void *)(bytes + 1), size - 1, "r");
	check(file && nowhere, "there is no file");
	stacks = stacks_new();
	if (bytes[0] == 's')
		fuzz_sites(stacks, file);
	else
		fuzz_leaks(stacks, file);
	stacks_free(stacks);
	fclose(file);
	return 0;
}
