// SPDX-License-Identifier: GPL-2.0
/*
 * Allocations by the line of source that made them. May call: sources.c, root.c, take.c,
 * usage.c, command.c.
 *
 * The file has a line for each call of an allocator in the source, some 10,000. Linux 7.3
 * and later leave out the small ones if an ioctl asks for that.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc_tag.h"
#include "allocs.h"
#include "command.h"
#include "root.h"
#include "take.h"

/* A site with less does not explain anything. */
#define MIN_BYTES	(64 * 1024)

static void add_site(struct usages *allocs, const char *function, const char *place,
		     const char *module, int64_t bytes, uint64_t calls)
{
	char *name = *module ? xasprintf("%s() at %s [%s]", function, place, module) :
			       xasprintf("%s() at %s", function, place);
	struct usage *usage = usages_add(allocs, name);

	usage->bytes = bytes;
	usage->objects = calls;
	free(name);
}

/* "bytes calls file:line [module] func:function accurate:no" */
static bool alloc_line(char *line, void *context)
{
	char place[256], module[64] = "", function[128], *at;
	int64_t bytes;
	uint64_t calls;
	int end = 0;

	if (*line == '#' || !strncmp(line, "allocinfo - version", 19))
		return true;
	if (sscanf(line, "%" SCNd64 " %" SCNu64 " %255s %n", &bytes, &calls, place, &end) != 3 ||
	    !end)
		return false;
	at = line + end;
	if (*at == '[' && sscanf(at, "[%63[^]]]", module) != 1)
		return false;
	at = strstr(at, "func:");
	if (!at || sscanf(at, "func:%127s", function) != 1)
		return false;
	if (bytes > INT64_MAX / UINT16_MAX || bytes < INT64_MIN / UINT16_MAX)
		return false;
	if (bytes || calls)
		add_site(context, function, place, module, bytes, calls);
	return true;
}

/* ---- The ioctl ---- */

static void add_tag(struct usages *allocs, struct alloc_tag *tag)
{
	struct alloc_tag_place *place = &tag->place;
	char *const texts[] = { place->module, place->function, place->file };
	char *where;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		texts[i][ALLOC_TAG_NAME - 1] = '\0';
		copy_printable(texts[i], texts[i], strlen(texts[i]));
	}
	where = xasprintf("%s:%" PRIu64, place->file, place->line);
	add_site(allocs, place->function, where, place->module, tag->bytes, tag->calls);
	free(where);
}

/* Return: false if this kernel has no such ioctl, or a tree is saved. */
static bool read_by_ioctl(struct usages *allocs)
{
	struct alloc_tag_at at = { .mask = ALLOC_TAG_MIN_BYTES, .min_bytes = MIN_BYTES };
	bool done = false;
	int fd;

	if (!root_is_live())
		return false;
	fd = root_open_fd(ALLOCS_FILE, O_RDONLY);
	if (fd < 0)
		return false;
	if (!ioctl(fd, ALLOC_TAG_GET_AT, &at)) {
		do
			add_tag(allocs, &at.tag);
		while (!ioctl(fd, ALLOC_TAG_GET_NEXT, &at.tag));
		done = errno == ENOENT;
	}
	close(fd);
	if (!done)
		usages_free(allocs);
	return done;
}

void allocs_read(struct usages *allocs, struct sources *sources)
{
	allocs->error = 0;
	if (!read_by_ioctl(allocs))
		allocs->error = sources_read(sources, ALLOCS_FILE, alloc_line, allocs);
	if (!allocs->error && !allocs->nr)
		allocs->error = ENODATA;
	usages_sort(allocs);
}

/* ---- Sites ---- */

bool alloc_site_parse(struct alloc_site *site, const char *name)
{
	*site->module = '\0';
	return sscanf(name, "%127[^(]() at %255s [%63[^]]]", site->function, site->file,
		      site->module) >= 2;
}

/* The path in the source; the build may have put directories in front of it. */
static bool is_in(const char *file, const char *source)
{
	const char *at = strstr(file, source);

	return at && (at == file || at[-1] == '/');
}

bool alloc_is_counted(const struct alloc_site *site)
{
	static const char * const files[] = {
		/* Pages of processes and files. */
		"mm/filemap.c:", "mm/readahead.c:", "mm/memory.c:", "mm/shmem.c:",
		"mm/huge_memory.c:", "mm/mempolicy.c:", "mm/swap_state.c:", "mm/hugetlb.c:",
		"mm/migrate.c:", "mm/khugepaged.c:", "mm/ksm.c:", "mm/userfaultfd.c:",
		"mm/zsmalloc.c:", "mm/zpdesc.h:", "include/linux/highmem.h:",
		"include/linux/pagemap.h:", "mm/page_frag_cache.c:",
		/* Page tables. */
		"include/asm-generic/pgalloc.h:", "mm/pgtable-generic.c:", "mm/sparse-vmemmap.c:",
		"arch/x86/mm/pgtable.c:",
		/* Pages of allocators. */
		"mm/slub.c:", "mm/slab.c:", "mm/slab_common.c:", "mm/percpu-vm.c:",
		"mm/percpu-km.c:", "mm/percpu.c:", "mm/page_alloc.c:", "mm/vmalloc.c:",
		/* Stacks, and what is taken at boot before MemTotal is counted. */
		"kernel/fork.c:", "mm/page_ext.c:", "mm/mm_init.c:", "mm/memblock.c:",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(files); i++)
		if (is_in(site->file, files[i]))
			return !*site->module;
	return false;
}
