// SPDX-License-Identifier: GPL-2.0
/*
 * Files that a look wanted and did not get. May call: sources.c, growth.c, root.c, command.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "allocs.h"
#include "command.h"
#include "root.h"
#include "wanted.h"

/**
 * struct wanted - a file
 * @path: its absolute path
 * @tells: what it tells
 * @growth: it is of use only for two looks or more
 * @always: each kernel has it, unless it was built without
 */
struct wanted {
	const char *path;
	const char *tells;
	bool growth;
	bool always;
};

static const struct wanted wanted[] = {
	{ "/proc/slabinfo", "slab caches", false, true },
	{ "/proc/vmallocinfo", "callers of vmalloc()", false, true },
	{ "/proc/modules", "modules", false, false },
	{ "/proc/zoneinfo", "free pages of CPUs, zsmalloc", false, true },
	{ "/proc/uptime", "the time between the looks", true, true },
	{ "/proc/sys/kernel/random/boot_id", "whether they are of one boot", true, true },
};

static int error_of(const struct sample *look, const char *path)
{
	const struct source_file *source = source_find(&look->sources, path);

	return source ? source->error : 0;
}

static void print_bad(const struct sources *sources, FILE *out)
{
	size_t i;

	for (i = 0; i < sources->nr; i++) {
		const struct source_file *source = &sources->list[i];
		char *path = make_printable(xstrdup(source->path));

		if (source->error == EBADMSG)
			fprintf(out, "\n%s: none of its %" PRIu64 " lines could be parsed\n",
				path, source->parsed);
		else if (source->bad)
			fprintf(out, "\n%s: %" PRIu64 " of %" PRIu64 " lines could not be "
				"parsed, the first is line %" PRIu64 "\n", path, source->bad,
				source->parsed, source->first_bad);
		else if (source->error && source->error != ENOENT && source->error != ENOTDIR &&
			 source->error != EACCES && source->error != EPERM)
			fprintf(out, "\n%s: %s\n", path, strerror(source->error));
		free(path);
	}
}

/* The files that fail with one of two errors, on a line. */
static void print_failed(const struct timeline *timeline, FILE *out, int error, int or_error,
			 const char *heading)
{
	const struct sample *first = &timeline->look[0], *last = last_look(timeline);
	bool any = false;
	size_t i;
	int now;

	for (i = 0; i < ARRAY_SIZE(wanted); i++) {
		if ((wanted[i].growth && timeline->nr == 1) ||
		    (root_is_live() && !wanted[i].always))
			continue;
		now = error_of(last, wanted[i].path) ?: error_of(first, wanted[i].path);
		if (!now || (now != error && now != or_error))
			continue;
		fprintf(out, "%s%s (%s)", any ? ", " : heading, wanted[i].path,
			wanted[i].tells);
		any = true;
	}
	if (any)
		fputc('\n', out);
}

void wanted_print(const struct timeline *timeline, FILE *out)
{
	print_bad(&last_look(timeline)->sources, out);
	print_failed(timeline, out, EACCES, EPERM, root_is_live() ?
		     "\nrun as root to see: " : "\nno permission; run as root to see: ");
	print_failed(timeline, out, ENOENT, ENOTDIR, root_is_live() ?
		     "\nnot there: " : "\nnot saved: ");
}

char *wanted_for_pages(const struct sample *look)
{
	const struct {
		const char *path;
		bool useless;
	} files[] = {
		{ "/proc/vmallocinfo", look->mem.value[VMALLOC_USED] && look->mem.has[PERCPU] },
		{ "/proc/zoneinfo", source_was_read(&look->sources, "/proc/vmstat") },
		{ "/proc/net/sockstat", false },
		{ "/sys/kernel/debug/dma_buf/bufinfo", false },
		{ "/sys/kernel/debug/vmmemctl", !look->counters.vmware_balloon &&
			source_was_read(&look->sources, "/proc/modules") },
		{ "/proc/spl/kstat/zfs/arcstats", !look->counters.zfs &&
			source_was_read(&look->sources, "/proc/modules") },
		{ ALLOCS_FILE, false },
	};
	char *list = NULL, *longer;
	size_t i;

	for (i = 0; !root_is_live() && i < ARRAY_SIZE(files); i++) {
		if (files[i].useless || source_was_read(&look->sources, files[i].path))
			continue;
		longer = list ? xasprintf("%s, %s", list, files[i].path) :
				xstrdup(files[i].path);
		free(list);
		list = longer;
	}
	return list;
}
