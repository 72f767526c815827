// SPDX-License-Identifier: GPL-2.0
/*
 * Where all of MemTotal is, by /proc/meminfo, zoneinfo, vmallocinfo and
 * modules. May call: usage.c, root.c, command.c.
 *
 * Invariants: the lines add up to MemTotal exactly, as the last one is the
 * remainder; no page is in two lines. /proc/meminfo counts many pages twice. Its
 * fields contain each other as follows:
 *
 * - MemFree excludes the free pages on per-CPU lists; zoneinfo has them ("count"
 *   of "pagesets"). MemFree includes free pages for DMA (CmaFree) and memory
 *   that a guest has yet to accept (Unaccepted).
 * - Cached includes Shmem: shared memory and tmpfs are files without a disk. It
 *   excludes Buffers, the page cache of block devices, and SwapCached.
 * - SwapCached includes pages that processes have mapped, which AnonPages counts,
 *   and some that nobody has mapped. The "(anon)" lists hold anonymous pages and
 *   Shmem, except locked ones: pages on these lists in excess of AnonPages and
 *   Shmem are swap cache that no other field counts. Locked pages can make this
 *   too small, never too large.
 * - AnonHugePages, Mapped, Mlocked, Dirty and the like are details of pages
 *   counted above. Hugetlb is a pool of its own, used or not.
 * - Zswap is the size of compressed swap; zoneinfo's nr_zspages, pages of the
 *   allocator beneath it, also includes zram. The larger one counts.
 * - KReclaimable includes SReclaimable, and pages that drivers can give back.
 * - VmallocUsed is the pages behind vmalloc(). It includes modules and shadow
 *   call stacks, and kernel stacks with CONFIG_VMAP_STACK. Callers in
 *   vmallocinfo, which only root can read, tell whether this kernel has that
 *   option, else the kernel's configuration does. If neither can be read, assume
 *   that it has: the option is the default where it exists.
 * - Percpu memory is allocated as pages and mapped the way vmalloc() does, but is
 *   not in VmallocUsed. The first chunk is reserved at boot before MemTotal is
 *   counted, yet is in Percpu: it makes "not explained" too small by a constant,
 *   some hundred kB for each CPU.
 * - A balloon (Balloon) is not a line: most drivers take its pages out of MemTotal.
 *
 * The kernel sums these counters while they change, and CPUs batch small changes:
 * an error of some hundred kB, either way, means nothing.
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

/* Fields of /proc/meminfo, in bytes; 0 if the kernel does not have the field. */
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
	int64_t slab;		/* SUnreclaim */
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
 * For a saved machine, compare one file that counts in pages with another that
 * counts in kB; changes between the two reads do not double the number. Free memory
 * would not do: some guests have their balloon in MemFree.
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

/* Each part of a module begins on a page of its own; the file has their sum. */
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

/* The function that allocates the stack may be inlined into its callers. */
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
