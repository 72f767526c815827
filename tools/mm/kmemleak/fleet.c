// SPDX-License-Identifier: GPL-2.0
/*
 * The reports of many hosts. May call: saved.c, bugs.c, release.c, suppress.c,
 * stacks.c, leaks.c, origin.c, command.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "fleet.h"
#include "release.h"
#include "saved.h"

/* ---- Names of reports ---- */

/* Return: the length of a name without the suffix of a text. */
static size_t without_suffix(const char *name, size_t length)
{
	static const char * const suffixes[] = {
		".gz", ".xz", ".zst", ".bz2", ".txt", ".log", ".json", ".dmesg", ".out",
	};
	size_t i, suffix;

	/* Those of compression are last in a name, and first in the list. */
	for (i = 0; i < ARRAY_SIZE(suffixes); i++) {
		suffix = strlen(suffixes[i]);
		if (length > suffix && !memcmp(name + length - suffix, suffixes[i], suffix))
			length -= suffix;
	}
	return length;
}

/* Return: the last part of a path, without suffixes; the caller frees it. */
static char *base_name(const char *path)
{
	size_t length = strlen(path);
	const char *slash;

	while (length > 1 && path[length - 1] == '/')
		length--;
	slash = memrchr(path, '/', length);
	if (slash && slash + 1 < path + length) {
		length -= slash + 1 - path;
		path = slash + 1;
	}
	return make_printable(xasprintf("%.*s", (int)without_suffix(path, length), path));
}

static void check_twice(const struct source *source, const struct source *other)
{
	mode_t kind = source->status.st_mode & S_IFMT;

	if ((kind == S_IFREG || kind == S_IFDIR) &&
	    source->status.st_ino == other->status.st_ino &&
	    source->status.st_dev == other->status.st_dev)
		die("%s: is named twice, as %s", source->path, other->path);
}

static void name_sources(struct fleet *fleet)
{
	bool *shared = xcalloc(fleet->nr, sizeof(*shared));
	struct source *source = fleet->source;
	size_t i, k;

	for (i = 0; i < fleet->nr; i++) {
		if (strcmp(source[i].path, "-") ? stat(source[i].path, &source[i].status) :
						  fstat(0, &source[i].status))
			die("%s: %s", source[i].path, strerror(errno));
		source[i].name = base_name(source[i].path);
		for (k = 0; k < i; k++) {
			check_twice(&source[i], &source[k]);
			if (!strcmp(source[i].name, source[k].name)) {
				shared[i] = true;
				shared[k] = true;
			}
		}
	}
	for (i = 0; i < fleet->nr; i++) {
		if (!shared[i])
			continue;
		free(source[i].name);
		source[i].name = make_printable(xstrdup(source[i].path));
	}
	free(shared);
}

/* ---- Reading ---- */

static void load_source(struct fleet *fleet, size_t nr)
{
	struct source *source = &fleet->source[nr];
	struct leaks leaks = { .stacks = stacks_new(), .skipped_to = fleet->skipped_to };

	saved_load(&leaks, &source->origin, source->path);
	source->is_whole = leaks_are_all(&leaks);
	suppressions_apply(&fleet->suppressions, &leaks);
	if (!bugs_add(&fleet->bugs, nr, &leaks))
		die("%s: the counts are too large", source->path);
	leaks_free(&leaks);
	stacks_free(leaks.stacks);
}

static const char *host_of(const struct source *source)
{
	return source->origin.host ?: source->name;
}

static const char *kernel_of(const struct source *source)
{
	return source->origin.kernel ?: source->name;
}

static int by_host(const void *left, const void *right)
{
	return strcmp(host_of(*(struct source *const *)left),
		      host_of(*(struct source *const *)right));
}

static int by_kernel(const void *left, const void *right)
{
	return release_compare(kernel_of(*(struct source *const *)left),
			       kernel_of(*(struct source *const *)right));
}

/* Give each report the number of its host and of its kernel. */
static void number_sources(struct fleet *fleet)
{
	struct source **sorted = xcalloc(fleet->nr, sizeof(*sorted));
	size_t i;

	for (i = 0; i < fleet->nr; i++)
		sorted[i] = &fleet->source[i];
	qsort(sorted, fleet->nr, sizeof(*sorted), by_host);
	for (i = 0; i < fleet->nr; i++) {
		fleet->nr_hosts += !i || by_host(&sorted[i - 1], &sorted[i]);
		sorted[i]->host = fleet->nr_hosts - 1;
	}
	qsort(sorted, fleet->nr, sizeof(*sorted), by_kernel);
	fleet->kernel = xcalloc(fleet->nr, sizeof(fleet->kernel[0]));
	fleet->is_whole = xcalloc(fleet->nr, sizeof(fleet->is_whole[0]));
	for (i = 0; i < fleet->nr; i++) {
		if (!i || by_kernel(&sorted[i - 1], &sorted[i]))
			fleet->kernel[fleet->nr_kernels++] = kernel_of(sorted[i]);
		sorted[i]->kernel = fleet->nr_kernels - 1;
		fleet->is_whole[sorted[i]->kernel] |= sorted[i]->is_whole;
	}
	free(sorted);
}

/* ---- Bugs ---- */

void fleet_kernels(const struct fleet *fleet, const struct bug *bug, bool *has)
{
	size_t i;

	memset(has, 0, fleet->nr_kernels * sizeof(has[0]));
	for (i = 0; i < fleet->nr; i++)
		if (bug_in(bug, i))
			has[fleet->source[i].kernel] = true;
}

/* A host may have several reports. */
static size_t count_hosts(const struct fleet *fleet, const struct bug *bug, bool *has)
{
	size_t i, nr = 0;

	memset(has, 0, fleet->nr_hosts * sizeof(has[0]));
	for (i = 0; i < fleet->nr; i++) {
		if (!bug_in(bug, i) || has[fleet->source[i].host])
			continue;
		has[fleet->source[i].host] = true;
		nr++;
	}
	return nr;
}

/* @has has room for each host, and for each kernel. */
static struct row row_of(const struct fleet *fleet, const struct bug *bug, bool *has)
{
	struct row row = { .bug = bug, .first = -1, .without = -1 };
	size_t i;

	row.hosts = count_hosts(fleet, bug, has);
	fleet_kernels(fleet, bug, has);
	for (i = 0; i < fleet->nr_kernels; i++) {
		if (has[i] && row.first < 0)
			row.first = i;
		if (!has[i] && fleet->is_whole[i])
			row.without = i;
	}
	return row;
}

static int by_hosts(const void *left, const void *right)
{
	const struct row *a = left, *b = right;

	if (a->hosts != b->hosts)
		return a->hosts < b->hosts ? 1 : -1;
	if (a->bug->bytes != b->bug->bytes)
		return a->bug->bytes < b->bug->bytes ? 1 : -1;
	return a->bug->fingerprint > b->bug->fingerprint ? 1 : -1;
}

static void make_rows(struct fleet *fleet)
{
	bool *has = xcalloc(fleet->nr, sizeof(*has));
	size_t i;

	fleet->row = xcalloc(fleet->bugs.nr + 1, sizeof(fleet->row[0]));
	for (i = 0; i < fleet->bugs.nr; i++)
		fleet->row[i] = row_of(fleet, fleet->bugs.bug[i], has);
	qsort(fleet->row, fleet->bugs.nr, sizeof(fleet->row[0]), by_hosts);
	free(has);
}

/* ---- All of it ---- */

void fleet_name(struct fleet *fleet, const char *path)
{
	fleet->source = xrealloc(fleet->source, fleet->nr + 1, sizeof(fleet->source[0]));
	fleet->source[fleet->nr++] = (struct source){ .path = path };
}

void fleet_load(struct fleet *fleet)
{
	size_t i;

	name_sources(fleet);
	fleet->bugs.nr_reports = fleet->nr;
	for (i = 0; i < fleet->nr; i++)
		load_source(fleet, i);
	number_sources(fleet);
	make_rows(fleet);
}

void fleet_free(struct fleet *fleet)
{
	size_t i;

	for (i = 0; i < fleet->nr; i++) {
		free(fleet->source[i].name);
		origin_free(&fleet->source[i].origin);
	}
	free(fleet->source);
	free(fleet->kernel);
	free(fleet->is_whole);
	free(fleet->row);
	bugs_free(&fleet->bugs);
	suppressions_free(&fleet->suppressions);
}
