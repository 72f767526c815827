// SPDX-License-Identifier: GPL-2.0
/*
 * Where all of MemTotal is, from /proc/meminfo, zoneinfo, vmallocinfo and
 * modules. May call: usage.c, root.c, command.c.
 *
 * Invariants: the lines add up to MemTotal exactly, as the last one is what is
 * left; no page is in two lines. /proc/meminfo counts many pages twice. What is
 * part of what:
 *
 * - MemFree lacks the free pages that each CPU keeps for itself; zoneinfo has
 *   them ("count" of "pagesets"). Free pages for DMA (CmaFree) and memory a
 *   guest has yet to accept (Unaccepted) are in MemFree.
 * - Cached holds Shmem: shared memory and tmpfs are files without a disk. It
 *   lacks Buffers, which are the page cache of block devices, and SwapCached.
 * - SwapCached holds pages that processes have mapped, which AnonPages counts,
 *   and some that nobody has mapped. Anonymous pages and Shmem are on the
 *   "(anon)" lists, except those that are locked: what is on these lists beyond
 *   AnonPages and Shmem is swap cache that nobody else counts. Locked pages can
 *   make this too small, never too large.
 * - AnonHugePages, Mapped, Mlocked, Dirty and the like say more of pages that
 *   are counted above. Hugetlb is a pool of its own, used or not.
 * - Zswap is what compressed swap takes; zoneinfo's nr_zspages, pages of the
 *   allocator beneath it, also has what zram takes. The larger one counts.
 * - KReclaimable holds SReclaimable, and pages that drivers would give back.
 * - VmallocUsed is the pages behind vmalloc(). Modules are in such memory, and
 *   shadow call stacks; so are kernel stacks with CONFIG_VMAP_STACK.
 *   Whether this kernel has that is told by the callers in vmallocinfo, which
 *   only root can read, else by the kernel's configuration; if neither can
 *   be read, it is taken for granted, as it is the default where it exists.
 * - Percpu memory is allocated as pages, only mapped by vmalloc's means, and not
 *   in VmallocUsed. The first chunk is set aside at boot before MemTotal is
 *   counted, and yet is in Percpu: some hundred kB for each CPU that
 *   "not explained" is too small by, always the same.
 * - A balloon (Balloon) is not a line: with most drivers its pages leave MemTotal.
 *
 * The kernel adds up these counters while it goes on, and CPUs keep small
 * changes back for a while: some hundred kB of error, either way, are no finding.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <zlib.h>

#include "account.h"
#include "command.h"
#include "root.h"
#include "usage.h"

#define KB	1024

const struct account_name account_names[ACCOUNT_LINES] = {
	[ACCOUNT_FREE] = { "free", "free", OWNER_NOBODY, true },
	[ACCOUNT_FREE_CPU] = { "free_cpu", "free, kept ready by CPUs", OWNER_NOBODY },
	[ACCOUNT_ANON] = { "anonymous", "user: anonymous", OWNER_USER, true },
	[ACCOUNT_SWAP_CACHE] = { "swap_cache", "user: swap cache", OWNER_CACHE },
	[ACCOUNT_SHMEM] = { "shmem", "user: shared memory and tmpfs", OWNER_USER, true },
	[ACCOUNT_PAGE_CACHE] = { "page_cache", "user: page cache", OWNER_CACHE, true },
	[ACCOUNT_HUGETLB] = { "hugetlb", "user: pool of huge pages", OWNER_USER },
	[ACCOUNT_COMPRESSED] = { "compressed", "compressed swap (zswap, zram)", OWNER_USER },
	[ACCOUNT_SLAB_RECLAIMABLE] = {
		"slab_reclaimable", "slab, reclaimable", OWNER_CACHE, true },
	[ACCOUNT_SLAB_UNRECLAIMABLE] = {
		"slab_unreclaimable", "slab, unreclaimable", OWNER_KERNEL, true },
	[ACCOUNT_VMALLOC] = { "vmalloc", "vmalloc", OWNER_KERNEL, true },
	[ACCOUNT_MODULES] = { "modules", "modules", OWNER_KERNEL, true },
	[ACCOUNT_STACKS] = { "kernel_stacks", "kernel stacks", OWNER_KERNEL, true },
	[ACCOUNT_PAGE_TABLES] = { "page_tables", "page tables", OWNER_KERNEL, true },
	[ACCOUNT_PERCPU] = { "percpu", "per-CPU memory", OWNER_KERNEL, true },
	[ACCOUNT_OTHER] = { "other", "drivers, as far as counted", OWNER_KERNEL },
	[ACCOUNT_UNEXPLAINED] = { "unexplained", "not explained", OWNER_KERNEL, true },
};

/* Fields of /proc/meminfo, in bytes; what a kernel does not have is 0. */
enum meminfo_field {
	MEM_TOTAL, MEM_FREE, BUFFERS, CACHED, SWAP_CACHED, ACTIVE_ANON, INACTIVE_ANON,
	ZSWAP, ANON_PAGES, SHMEM, KRECLAIMABLE, SRECLAIMABLE, SUNRECLAIM, KERNEL_STACK,
	SHADOW_CALL_STACK, PAGE_TABLES, SEC_PAGE_TABLES, BOUNCE, WRITEBACK_TMP,
	VMALLOC_USED, PERCPU, HUGETLB, GPU_ACTIVE, GPU_RECLAIM,
	MEMINFO_FIELDS,
};

static const char * const meminfo_names[MEMINFO_FIELDS] = {
	"MemTotal", "MemFree", "Buffers", "Cached", "SwapCached", "Active(anon)",
	"Inactive(anon)", "Zswap", "AnonPages", "Shmem", "KReclaimable", "SReclaimable",
	"SUnreclaim", "KernelStack", "ShadowCallStack", "PageTables", "SecPageTables",
	"Bounce", "WritebackTmp", "VmallocUsed", "Percpu", "Hugetlb", "GPUActive",
	"GPUReclaim",
};

_Static_assert(ARRAY_SIZE(meminfo_names) == MEMINFO_FIELDS,
	       "a field without a name");

static void meminfo_read(int64_t *fields)
{
	FILE *file = root_open("/proc/meminfo");
	char line[256], name[64];
	int64_t kb;
	size_t i;

	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63[^:]: %" SCNd64 " kB", name, &kb) != 2)
			continue;
		for (i = 0; i < MEMINFO_FIELDS; i++)
			if (!strcmp(name, meminfo_names[i]) && kb >= 0 &&
			    kb <= INT64_MAX / (KB * MEMINFO_FIELDS))
				fields[i] = kb * KB;
	}
	fclose(file);
	if (!fields[MEM_TOTAL])
		die("/proc/meminfo has no MemTotal; is it that of a Linux kernel?");
}

/* Sums over all zones, in pages. */
struct zones {
	int64_t slab;		/* what SUnreclaim is in bytes */
	int64_t cpu_lists;
	int64_t zspages;
};

static void zoneinfo_read(struct zones *zones)
{
	FILE *file = root_try("/proc/zoneinfo");
	char line[256];
	uint32_t pages;

	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, " nr_slab_unreclaimable %" SCNu32, &pages) == 1)
			zones->slab += pages;
		else if (sscanf(line, " count: %" SCNu32, &pages) == 1)
			zones->cpu_lists += pages;
		else if (sscanf(line, " nr_zspages %" SCNu32, &pages) == 1)
			zones->zspages += pages;
	}
	fclose(file);
}

/*
 * Of a saved machine, one file counts in pages and another in kB; what went on
 * between the two does not double the number. Free memory would not do: there
 * are guests whose balloon is part of MemFree.
 */
uint64_t account_page_size(void)
{
	int64_t mem[MEMINFO_FIELDS] = { 0 };
	struct zones zones = { 0 };
	uint64_t size;

	if (root_is_live())
		return sysconf(_SC_PAGESIZE);
	meminfo_read(mem);
	zoneinfo_read(&zones);
	for (size = 4 * KB; zones.slab && size <= 256 * KB; size *= 2)
		if (mem[SUNRECLAIM] < zones.slab * (int64_t)size * 3 / 2)
			return size;
	return sysconf(_SC_PAGESIZE);
}

/* Each of a module's parts begins on a page of its own; the kernel adds them up. */
static int64_t modules_bytes(uint64_t page)
{
	FILE *file = root_try("/proc/modules");
	uint64_t size, sum = 0;
	char line[1024];

	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %" SCNu64, &size) == 1 && size < INT32_MAX)
			sum += (size + page - 1) / page * page;
	fclose(file);
	return sum;
}

/* The function that forks may be inlined into its callers. */
static bool allocates_stacks(const char *caller)
{
	static const char * const names[] = {
		"alloc_thread_stack_node", "dup_task_struct", "copy_process", "kernel_clone",
	};
	size_t i, length = strcspn(caller, "+.");

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (strlen(names[i]) == length && !strncmp(caller, names[i], length))
			return true;
	return false;
}

/* Is an option set to y? Return: -1 if the configuration cannot be read. */
static int config_has(const char *path, const char *setting)
{
	char *where = root_path(path), line[512];
	gzFile file = gzopen(where, "r");
	int found = -1;

	free(where);
	if (!file)
		return -1;
	while (found <= 0 && gzgets(file, line, sizeof(line))) {
		line[strcspn(line, "\n")] = '\0';
		found = !strcmp(line, setting);
	}
	gzclose(file);
	return found;
}

static bool stacks_are_mapped(const struct usages *areas)
{
	const char *setting = "CONFIG_VMAP_STACK=y";
	struct utsname uts;
	int has;
	size_t i;

	for (i = 0; i < areas->nr; i++)
		if (allocates_stacks(areas->list[i].name))
			return true;
	if (areas->nr)
		return false;
	has = config_has("/proc/config.gz", setting);
	if (has < 0 && root_is_live() && !uname(&uts)) {
		char *path = xasprintf("/boot/config-%s", uts.release);

		has = config_has(path, setting);
		free(path);
	}
	return has;
}

static int64_t at_least_zero(int64_t bytes)
{
	return bytes > 0 ? bytes : 0;
}

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void account_user(int64_t *lines, const int64_t *mem)
{
	int64_t beyond = at_least_zero(mem[ACTIVE_ANON] + mem[INACTIVE_ANON] -
				       mem[ANON_PAGES] - mem[SHMEM]);

	lines[ACCOUNT_ANON] = mem[ANON_PAGES];
	lines[ACCOUNT_SHMEM] = mem[SHMEM];
	lines[ACCOUNT_PAGE_CACHE] = at_least_zero(mem[CACHED] - mem[SHMEM]) + mem[BUFFERS];
	lines[ACCOUNT_SWAP_CACHE] = smaller(mem[SWAP_CACHED], beyond);
	lines[ACCOUNT_HUGETLB] = mem[HUGETLB];
}

static void account_vmalloc(int64_t *lines, const int64_t *mem, uint64_t page,
			    const struct usages *areas)
{
	int64_t inside = mem[SHADOW_CALL_STACK];

	if (stacks_are_mapped(areas))
		inside += mem[KERNEL_STACK];
	lines[ACCOUNT_STACKS] = mem[KERNEL_STACK] + mem[SHADOW_CALL_STACK];
	lines[ACCOUNT_VMALLOC] = at_least_zero(mem[VMALLOC_USED] - inside);
	lines[ACCOUNT_MODULES] = smaller(modules_bytes(page), lines[ACCOUNT_VMALLOC]);
	lines[ACCOUNT_VMALLOC] -= lines[ACCOUNT_MODULES];
}

void account_make(struct usages *account, uint64_t page_size, const struct usages *areas)
{
	int64_t mem[MEMINFO_FIELDS] = { 0 }, lines[ACCOUNT_LINES] = { 0 }, left;
	struct zones zones = { 0 };
	size_t i;

	meminfo_read(mem);
	zoneinfo_read(&zones);

	lines[ACCOUNT_FREE] = mem[MEM_FREE];
	lines[ACCOUNT_FREE_CPU] = zones.cpu_lists * page_size;
	lines[ACCOUNT_COMPRESSED] = larger(mem[ZSWAP], zones.zspages * page_size);
	lines[ACCOUNT_SLAB_RECLAIMABLE] = mem[SRECLAIMABLE];
	lines[ACCOUNT_SLAB_UNRECLAIMABLE] = mem[SUNRECLAIM];
	lines[ACCOUNT_PAGE_TABLES] = mem[PAGE_TABLES] + mem[SEC_PAGE_TABLES];
	lines[ACCOUNT_PERCPU] = mem[PERCPU];
	lines[ACCOUNT_OTHER] = at_least_zero(mem[KRECLAIMABLE] - mem[SRECLAIMABLE]) +
		mem[BOUNCE] + mem[WRITEBACK_TMP] + mem[GPU_ACTIVE] + mem[GPU_RECLAIM];
	account_user(lines, mem);
	account_vmalloc(lines, mem, page_size, areas);

	left = mem[MEM_TOTAL];
	for (i = 0; i < ACCOUNT_LINES; i++) {
		struct usage *usage = usages_add(account, account_names[i].name);

		if (i == ACCOUNT_UNEXPLAINED)
			lines[i] = left;
		left -= lines[i];
		usage->bytes = lines[i];
		usage->reclaimable = account_names[i].owner != OWNER_KERNEL;
	}
}
