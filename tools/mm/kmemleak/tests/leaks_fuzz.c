// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer target: the parsers of reports, also in JSON and packed, and of counts of
 * sites, what prints and merges reports, and the order of releases. The first byte of the
 * input selects the parser; the rest is the file.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../bugs.h"
#include "../release.h"
#include "../report.h"
#include "../reread.h"
#include "../unpack.h"

/* Small inputs unpack to any size; more would only take time. */
#define UNPACKED_MAX	(256 * 1024)

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

/* The bugs of two copies of a report have twice its leaks. */
static void check_bugs(const struct leaks *leaks)
{
	struct bugs bugs = { .nr_reports = 70 };
	uint64_t objects = 0, bytes = 0;
	bool fits;
	size_t i;

	fits = bugs_add(&bugs, 0, leaks) && bugs_add(&bugs, 69, leaks);
	for (i = 0; i < bugs.nr; i++) {
		objects += bugs.bug[i]->objects;
		bytes += bugs.bug[i]->bytes;
		check(!fits || (bug_in(bugs.bug[i], 0) && bug_in(bugs.bug[i], 69)),
		      "a bug is in one copy only");
		check(!bug_in(bugs.bug[i], 1), "a bug is in no copy");
	}
	check(!fits || (objects + bugs.unlisted_objects == 2 * leaks->objects &&
			bytes + bugs.unlisted_bytes == 2 * leaks->bytes),
	      "the sums of bugs are wrong");
	check(bugs.nr <= leaks->nr, "more bugs than groups");
	bugs_free(&bugs);
}

static void check_printable(const char *text)
{
	for (; text && *text; text++)
		check(*text >= ' ' && *text <= '~', "a text with other bytes");
}

/* What is kept of a frame is printable, and its lines have an end. */
static void check_frame(struct frame *frame, void *context)
{
	unsigned int i;

	check(!!frame->text, "a frame without text");
	check(!frame->symbol == !frame->function, "half a name");
	check_printable(frame->text);
	check_printable(frame->symbol);
	check_printable(frame->function);
	check_printable(frame->module);
	for (i = 0; i < frame->nr_lines; i++) {
		check_printable(frame->lines[i].function);
		check_printable(frame->lines[i].file);
		check(frame->lines[i].inlined == (i + 1 < frame->nr_lines), "no last line");
	}
}

static void fuzz_reread(struct stacks *stacks, FILE *file)
{
	struct leaks leaks = { .stacks = stacks };
	struct origin origin = {};
	char error[LEAKS_ERROR] = "";
	bool good = reread(&leaks, &origin, file, error, sizeof(error));

	check(good == !*error, "an error without a message, or the other way round");
	if (good) {
		check_sums(&leaks);
		check_bugs(&leaks);
	}
	stacks_each_frame(stacks, check_frame, NULL);
	leaks_free(&leaks);
	origin_free(&origin);
}

static int sign(int number)
{
	return (number > 0) - (number < 0);
}

/* Three lines are three releases, which have one order. */
static void fuzz_release(const uint8_t *bytes, size_t size)
{
	char *text = strndup((const char *)bytes, size), *b, *c;
	int ab, bc;

	b = strchr(text, '\n');
	c = b ? strchr(b + 1, '\n') : NULL;
	if (c) {
		*b++ = '\0';
		*c++ = '\0';
		ab = sign(release_compare(text, b));
		bc = sign(release_compare(b, c));
		check(ab == -sign(release_compare(b, text)), "the order depends on the side");
		check(!ab == !strcmp(text, b), "two releases are one");
		check(ab != bc || sign(release_compare(text, c)) == ab, "the order has a circle");
	}
	free(text);
}

static void fuzz_leaks(struct stacks *stacks, FILE *file)
{
	struct report report = { .source = "fuzz", .leaks.stacks = stacks };
	char error[LEAKS_ERROR] = "";
	bool good;

	report.leaks.skipped_to = nowhere;
	good = leaks_read(&report.leaks, file, error, sizeof(error));
	check(good == !*error, "an error without a message, or the other way round");
	check(report.leaks.skipped <= report.leaks.lines, "more lines skipped than read");
	check_printable(error);
	stacks_each_frame(stacks, check_frame, NULL);
	if (good) {
		check_sums(&report.leaks);
		check_bugs(&report.leaks);
		leaks_sort(&report.leaks);
		report_text(&report, nowhere);
		report_folded(&report, nowhere);
	}
	leaks_free(&report.leaks);
}

static void fuzz_unpack(struct stacks *stacks, const uint8_t *bytes, size_t size)
{
	static char text[UNPACKED_MAX];
	int memory = memfd_create("packed", MFD_CLOEXEC);
	struct unpacked unpacked;
	char path[64];
	size_t nr = 0;
	FILE *file;

	check(memory >= 0 && write(memory, bytes, size) == (ssize_t)size, "no memory");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", memory);
	if (unpack_open(&unpacked, path)) {
		nr = fread(text, 1, sizeof(text), unpacked.file);
		check(nr == sizeof(text) || feof(unpacked.file) || unpacked.why,
		      "an end without a reason");
		unpack_close(&unpacked);
	} else {
		check(!!unpacked.why, "a file that is refused without a reason");
	}
	close(memory);
	if (!nr)
		return;
	file = fmemopen(text, nr, "r");
	check(!!file, "there is no file");
	fuzz_leaks(stacks, file);
	fclose(file);
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
	else if (bytes[0] == 'j')
		fuzz_reread(stacks, file);
	else if (bytes[0] == 'p')
		fuzz_unpack(stacks, bytes + 1, size - 1);
	else if (bytes[0] == 'r')
		fuzz_release(bytes + 1, size - 1);
	else
		fuzz_leaks(stacks, file);
	stacks_free(stacks);
	fclose(file);
	return 0;
}
