// SPDX-License-Identifier: GPL-2.0
/*
 * Parse the report that the kernel logs when it is out of memory. May call: command.c.
 *
 * Lines are found by words that only they have, as loggers put all sorts of things in
 * front of them, and other messages may come in between.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "oom.h"

/* Numbers of pages, by the name in the report. */
enum page_count {
	PAGES_ACTIVE_ANON, PAGES_INACTIVE_ANON, PAGES_ISOLATED_ANON, PAGES_ACTIVE_FILE,
	PAGES_INACTIVE_FILE, PAGES_ISOLATED_FILE, PAGES_UNEVICTABLE, PAGES_SLAB_RECLAIMABLE,
	PAGES_SLAB_UNRECLAIMABLE, PAGES_MAPPED, PAGES_SHMEM, PAGES_TABLES, PAGES_SEC_TABLES,
	PAGES_BOUNCE, PAGES_MISC, PAGES_FREE, PAGES_FREE_CPU,
	PAGES_CACHE, PAGES_SWAP_CACHE, PAGES_RAM, PAGES_RESERVED,
	PAGE_COUNTS,
};

static const char * const page_names[PAGE_COUNTS] = {
	[PAGES_ACTIVE_ANON] = "active_anon", [PAGES_INACTIVE_ANON] = "inactive_anon",
	[PAGES_ISOLATED_ANON] = "isolated_anon", [PAGES_ACTIVE_FILE] = "active_file",
	[PAGES_INACTIVE_FILE] = "inactive_file", [PAGES_ISOLATED_FILE] = "isolated_file",
	[PAGES_UNEVICTABLE] = "unevictable", [PAGES_SLAB_RECLAIMABLE] = "slab_reclaimable",
	[PAGES_SLAB_UNRECLAIMABLE] = "slab_unreclaimable", [PAGES_MAPPED] = "mapped",
	[PAGES_SHMEM] = "shmem", [PAGES_TABLES] = "pagetables",
	[PAGES_SEC_TABLES] = "sec_pagetables", [PAGES_BOUNCE] = "bounce",
	[PAGES_MISC] = "kernel_misc_reclaimable", [PAGES_FREE] = "free",
	[PAGES_FREE_CPU] = "free_pcp",
	/* These have lines of their own. */
	[PAGES_CACHE] = " total pagecache pages", [PAGES_SWAP_CACHE] = " pages in swap cache",
	[PAGES_RAM] = " pages RAM", [PAGES_RESERVED] = " pages reserved",
};

/* Room for the tokens of a line that matter, counted from its end. */
#define TOKENS		8

/* A text while it is put together. */
struct lines {
	FILE *to;
	char *text;
	size_t size;
};

/**
 * struct oom - the last report
 * @pages: numbers of pages
 * @free_kb: free memory of all zones
 * @managed_kb: all memory of all zones
 * @stack_kb: kernel stacks
 * @huge_kb: huge pages
 * @slabs: lines of the table of slab caches, for slabtop's reader
 * @allocs: lines of the table of allocations
 * @counting: no line after those of the report's counts was seen
 * @in_slabs: within the table of slab caches
 * @in_allocs: within the table of allocations
 * @reports: number of reports so far
 * @of_cgroup: there was one about a memory cgroup
 */
struct oom {
	uint64_t pages[PAGE_COUNTS];
	uint64_t free_kb;
	uint64_t managed_kb;
	uint64_t stack_kb;
	uint64_t huge_kb;
	struct lines slabs;
	struct lines allocs;
	bool counting;
	bool in_slabs;
	bool in_allocs;
	unsigned int reports;
	bool of_cgroup;
};

static void lines_free(struct lines *lines)
{
	if (lines->to)
		fclose(lines->to);
	free(lines->text);
	*lines = (struct lines){ 0 };
}

/* Frees the line. */
static void append(struct lines *lines, char *line)
{
	if (!lines->to)
		lines->to = open_memstream(&lines->text, &lines->size);
	if (!lines->to || fprintf(lines->to, "%s\n", line) < 0)
		die("out of memory");
	free(line);
}

static void write_lines(const struct lines *lines, FILE *to)
{
	if (!lines->to)
		return;
	fflush(lines->to);
	fputs(lines->text, to);
}

struct oom *oom_new(void)
{
	return xcalloc(1, sizeof(struct oom));
}

void oom_free(struct oom *oom)
{
	lines_free(&oom->slabs);
	lines_free(&oom->allocs);
	free(oom);
}

static void begin(struct oom *oom)
{
	struct oom empty = {
		.counting = true, .reports = oom->reports + 1, .of_cgroup = oom->of_cgroup,
	};

	lines_free(&oom->slabs);
	lines_free(&oom->allocs);
	*oom = empty;
}

/* The number in front of a text, as in "123 pages RAM". */
static void number_before(const char *line, const char *text, uint64_t *value)
{
	const char *at = strstr(line, text), *digit = at;

	if (!at)
		return;
	while (digit > line && digit[-1] >= '0' && digit[-1] <= '9')
		digit--;
	if (digit < at)
		*value = strtoull(digit, NULL, 10);
}

/* The number behind a name, as in "free:123"; false if the name is only a part of one. */
static bool number_after(const char *line, const char *name, char sign, uint64_t *value)
{
	size_t length = strlen(name);
	const char *at = line;

	while ((at = strstr(at, name))) {
		if (at[length] == sign && at[length + 1] >= '0' && at[length + 1] <= '9' &&
		    (at == line || strchr(" \t", at[-1]))) {
			*value = strtoull(at + length + 1, NULL, 10);
			return true;
		}
		at += length;
	}
	return false;
}

static void count_pages(struct oom *oom, const char *line)
{
	enum page_count count;

	for (count = 0; count < PAGES_CACHE; count++)
		number_after(line, page_names[count], ':', &oom->pages[count]);
	for (; count < PAGE_COUNTS; count++)
		number_before(line, page_names[count], &oom->pages[count]);
}

/* "Node 0 DMA free:15900kB ... managed:15992kB ... kernel_stack:0kB" */
static void node_line(struct oom *oom, const char *line)
{
	uint64_t value = 0, size = 0;

	if (number_after(line, "hugepages_total", '=', &value) &&
	    number_after(line, "hugepages_size", '=', &size)) {
		oom->huge_kb += value * size;
		return;
	}
	if (number_after(line, "free", ':', &value))
		oom->free_kb += value;
	if (number_after(line, "managed", ':', &value))
		oom->managed_kb += value;
	if (number_after(line, "kernel_stack", ':', &value))
		oom->stack_kb += value;
}

/* Cut a line into words, and keep the last of them, in reverse. */
static int last_words(char *line, char *word[TOKENS])
{
	char *at = line + strlen(line);
	int nr = 0;

	while (nr < TOKENS) {
		while (at > line && strchr(" \t", at[-1]))
			*--at = '\0';
		if (at == line)
			break;
		while (at > line && !strchr(" \t", at[-1]))
			at--;
		word[nr++] = at;
	}
	return nr;
}

/* "name 123KB 456KB": pass it on as a line of slabtop, which has no number of objects. */
static bool slab_line(struct oom *oom, const char *line)
{
	char *copy = xstrdup(line), *word[TOKENS];
	uint64_t used, total;
	int end[2] = { 0 };
	bool is;

	is = last_words(copy, word) >= 3 &&
	     sscanf(word[0], "%" SCNu64 "KB%n", &total, end) == 1 && end[0] &&
	     sscanf(word[1], "%" SCNu64 "KB%n", &used, end + 1) == 1 && end[1] &&
	     !word[0][end[0]] && !word[1][end[1]];
	if (is)
		append(&oom->slabs, xasprintf("0 0 0%% 0K 0 0 %" PRIu64 "K %s", total, word[2]));
	free(copy);
	return is;
}

/* "36.1 GiB 605000000 file:line [module] func:function" */
static bool alloc_line(struct oom *oom, const char *line)
{
	static const char units[] = "BKMGT";
	char *copy = xstrdup(line), *word[TOKENS];
	int nr = last_words(copy, word), i, place;
	const char *unit;
	double bytes;

	place = nr > 1 && word[1][0] == '[' ? 2 : 1;
	if (nr < place + 4 || strncmp(word[0], "func:", 5)) {
		free(copy);
		return false;
	}
	bytes = strtod(word[place + 3], NULL);
	unit = strchr(units, word[place + 2][0]);
	for (i = unit ? unit - units : 0; i; i--)
		bytes *= 1024;
	append(&oom->allocs, xasprintf("%.0f %s %s %s %s", bytes, word[place + 1], word[place],
				       place == 2 ? word[1] : "", word[0]));
	free(copy);
	return true;
}

/* Lines at which a part of a report begins or ends. */
static void find_part(struct oom *oom, const char *line)
{
	if (strstr(line, "Memory cgroup out of memory"))
		oom->of_cgroup = true;
	if (strstr(line, "Mem-Info:"))
		begin(oom);
	if (strstr(line, "Unreclaimable slab info"))
		oom->in_slabs = oom->reports;
	if (strstr(line, "Memory allocations"))
		oom->in_allocs = oom->reports;
	if (strstr(line, "Tasks state") || strstr(line, "Out of memory: ") ||
	    strstr(line, "uid  tgid")) {
		oom->counting = false;
		oom->in_slabs = false;
		oom->in_allocs = false;
	}
}

void oom_line(struct oom *oom, const char *line)
{
	find_part(oom, line);
	if ((oom->in_allocs && strstr(line, " func:") && alloc_line(oom, line)) ||
	    (oom->in_slabs && slab_line(oom, line)) || !oom->counting)
		return;
	if (strstr(line, "Node "))
		node_line(oom, line);
	else
		count_pages(oom, line);
	/* The counts end with this one; what comes later in a log is something else. */
	oom->counting = !oom->pages[PAGES_RESERVED];
}

unsigned int oom_reports(const struct oom *oom)
{
	return oom->reports;
}

bool oom_is_of_cgroup(const struct oom *oom)
{
	return oom->of_cgroup;
}

/* The report counts free memory both in pages and in kB. */
static uint64_t page_kb(const struct oom *oom)
{
	uint64_t pages = oom->pages[PAGES_FREE], kb = 4;

	while (pages && kb < 256 && oom->free_kb > pages * kb * 3 / 2)
		kb *= 2;
	return kb;
}

static uint64_t minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/*
 * Locked pages are on no list but "unevictable": those of files are what the page cache has
 * in excess of the lists of files, and the rest are anonymous.
 */
static void write_user(const uint64_t *pages, uint64_t kb, FILE *meminfo)
{
	uint64_t files = pages[PAGES_ACTIVE_FILE] + pages[PAGES_INACTIVE_FILE] +
			 pages[PAGES_ISOLATED_FILE];
	uint64_t cache = minus(pages[PAGES_CACHE], pages[PAGES_SWAP_CACHE]);
	uint64_t anon = pages[PAGES_ACTIVE_ANON] + pages[PAGES_INACTIVE_ANON] +
			pages[PAGES_ISOLATED_ANON];
	uint64_t locked;

	if (!pages[PAGES_CACHE])
		cache = files + pages[PAGES_SHMEM];
	locked = minus(pages[PAGES_UNEVICTABLE], minus(cache, files + pages[PAGES_SHMEM]));
	fprintf(meminfo, "Cached: %" PRIu64 " kB\nSwapCached: %" PRIu64 " kB\n"
		"AnonPages: %" PRIu64 " kB\nShmem: %" PRIu64 " kB\nMapped: %" PRIu64 " kB\n",
		cache * kb, pages[PAGES_SWAP_CACHE] * kb,
		(minus(anon, pages[PAGES_SHMEM]) + locked) * kb, pages[PAGES_SHMEM] * kb,
		pages[PAGES_MAPPED] * kb);
}

bool oom_write(const struct oom *oom, FILE *meminfo, FILE *zoneinfo, FILE *slabtop,
	       FILE *allocinfo)
{
	const uint64_t *pages = oom->pages;
	uint64_t kb = page_kb(oom), total = minus(pages[PAGES_RAM], pages[PAGES_RESERVED]) * kb;

	total = total ?: oom->managed_kb;
	if (!total)
		return false;
	fprintf(meminfo, "MemTotal: %" PRIu64 " kB\nMemFree: %" PRIu64 " kB\n", total,
		pages[PAGES_FREE] * kb);
	write_user(pages, kb, meminfo);
	fprintf(meminfo, "KReclaimable: %" PRIu64 " kB\nSReclaimable: %" PRIu64 " kB\n"
		"SUnreclaim: %" PRIu64 " kB\n",
		(pages[PAGES_SLAB_RECLAIMABLE] + pages[PAGES_MISC]) * kb,
		pages[PAGES_SLAB_RECLAIMABLE] * kb, pages[PAGES_SLAB_UNRECLAIMABLE] * kb);
	fprintf(meminfo, "KernelStack: %" PRIu64 " kB\nPageTables: %" PRIu64 " kB\n"
		"SecPageTables: %" PRIu64 " kB\nBounce: %" PRIu64 " kB\nHugetlb: %" PRIu64 " kB\n",
		oom->stack_kb, pages[PAGES_TABLES] * kb, pages[PAGES_SEC_TABLES] * kb,
		pages[PAGES_BOUNCE] * kb, oom->huge_kb);
	fprintf(zoneinfo, " nr_slab_unreclaimable %" PRIu64 "\n count: %" PRIu64 "\n",
		pages[PAGES_SLAB_UNRECLAIMABLE], pages[PAGES_FREE_CPU]);
	write_lines(&oom->slabs, slabtop);
	write_lines(&oom->allocs, allocinfo);
	return true;
}
