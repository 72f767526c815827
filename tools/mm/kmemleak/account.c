// SPDX-License-Identifier: GPL-2.0
/*
 * Where all of MemTotal is. May call: usage.c, and nothing that reads files:
 * the counters are given.
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
 * - Hugetlb is a field since 4.20, and has huge pages of all sizes; HugePages_Total has
 *   those of the default size, and is there in all kernels.
 * - VmallocUsed is the pages behind vmalloc() since 5.3. It includes modules and shadow
 *   call stacks, and kernel stacks with CONFIG_VMAP_STACK. Kernels 4.4 to 5.2 say 0, and
 *   older ones, which also have a VmallocChunk, count address space, device memory
 *   included: there vmallocinfo is right, which only root can read. Its callers tell
 *   whether this kernel has CONFIG_VMAP_STACK, else the kernel's configuration does. If
 *   neither can be read, assume that it has: the option is the default where it exists.
 * - Percpu (since 4.20) is allocated as pages and mapped the way vmalloc() does, but is
 *   not in VmallocUsed. Earlier kernels tell by vmallocinfo of how much address space
 *   there is for it; as many pages or fewer are in there. The first chunk is reserved at
 *   boot before MemTotal is counted, yet is in Percpu: it makes "not explained" too small
 *   by a constant, some hundred kB for each CPU.
 * - Balloon drivers take their pages out of MemTotal, except VMware's, and virtio's if the
 *   host wants the balloon to shrink when memory is short.
 * - Some pages are counted outside of /proc/meminfo only, see counters.h. ZFS's ARC is in
 *   part slab or vmalloc() memory, in ways that its versions differ in: no more of it than
 *   the remainder is in its line. Likewise for what is known by its address space only.
 *
 * The kernel sums these counters while they change, and CPUs batch small changes:
 * an error of some hundred kB, either way, means nothing.
 */
#include <stdlib.h>

#include "account.h"
#include "command.h"
#include "usage.h"

const struct account_name account_names[ACCOUNT_LINES] = {
	[ACCOUNT_FREE] = { "free", "free", OWNER_NOBODY, true },
	[ACCOUNT_FREE_CPU] = { "free_cpu", "free, kept ready by CPUs", OWNER_NOBODY },
	[ACCOUNT_ANON] = { "anonymous", "user: anonymous", OWNER_USER, true },
	[ACCOUNT_SWAP_CACHE] = { "swap_cache", "user: swap cache", OWNER_CACHE },
	[ACCOUNT_SHMEM] = { "shmem", "user: shared memory and tmpfs", OWNER_USER, true },
	[ACCOUNT_PAGE_CACHE] = { "page_cache", "user: page cache", OWNER_CACHE, true },
	[ACCOUNT_HUGETLB] = { "hugetlb", "user: pool of huge pages", OWNER_USER },
	[ACCOUNT_BALLOON] = { "balloon", "balloon of the hypervisor", OWNER_USER },
	[ACCOUNT_COMPRESSED] = { "compressed", "compressed swap (zswap, zram)", OWNER_USER },
	[ACCOUNT_ZFS] = { "zfs_arc", "cache of ZFS (ARC)", OWNER_CACHE },
	[ACCOUNT_SLAB_RECLAIMABLE] = {
		"slab_reclaimable", "slab, reclaimable", OWNER_CACHE, true },
	[ACCOUNT_SLAB_UNRECLAIMABLE] = {
		"slab_unreclaimable", "slab, unreclaimable", OWNER_KERNEL, true },
	[ACCOUNT_VMALLOC] = { "vmalloc", "vmalloc", OWNER_KERNEL, true },
	[ACCOUNT_MODULES] = { "modules", "modules", OWNER_KERNEL, true },
	[ACCOUNT_STACKS] = { "kernel_stacks", "kernel stacks", OWNER_KERNEL, true },
	[ACCOUNT_PAGE_TABLES] = { "page_tables", "page tables", OWNER_USER, true },
	[ACCOUNT_DEVICE_TABLES] = {
		"device_page_tables", "page tables of guests and devices", OWNER_KERNEL },
	[ACCOUNT_PERCPU] = { "percpu", "per-CPU memory", OWNER_KERNEL, true },
	[ACCOUNT_OTHER] = { "other", "drivers, as far as counted", OWNER_KERNEL },
	[ACCOUNT_UNEXPLAINED] = { "unexplained", "not explained", OWNER_KERNEL, true },
};

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

static void account_user(int64_t *lines, const struct account_inputs *in)
{
	const int64_t *mem = in->mem->value;
	int64_t beyond = at_least_zero(mem[ACTIVE_ANON] + mem[INACTIVE_ANON] -
				       mem[ANON_PAGES] - mem[SHMEM]);
	int64_t pages = mem[HUGEPAGES_TOTAL], size = mem[HUGEPAGE_SIZE];
	const int64_t *counted = in->counters->value;

	lines[ACCOUNT_ANON] = mem[ANON_PAGES];
	lines[ACCOUNT_SHMEM] = mem[SHMEM];
	lines[ACCOUNT_PAGE_CACHE] = at_least_zero(mem[CACHED] - mem[SHMEM]) + mem[BUFFERS];
	lines[ACCOUNT_SWAP_CACHE] = smaller(mem[SWAP_CACHED], beyond);
	lines[ACCOUNT_HUGETLB] = mem[HUGETLB];
	if (size > 0 && pages <= INT64_MAX / ACCOUNT_LINES / size)
		lines[ACCOUNT_HUGETLB] = larger(mem[HUGETLB], pages * size);
	lines[ACCOUNT_COMPRESSED] =
		larger(in->zones->zs_pages * in->page_size,
		       larger(mem[ZSWAP], counted[COUNTER_ZSWAP]) + counted[COUNTER_ZRAM]);
	lines[ACCOUNT_PAGE_TABLES] = mem[PAGE_TABLES] + mem[QUICKLISTS];
}

static bool vmalloc_is_known(const struct account_inputs *in)
{
	return in->mem->value[VMALLOC_USED] || !in->areas->by_caller.error;
}

/* See the head of this file: which file is right depends on the kernel. */
static void account_vmalloc(int64_t *lines, const struct account_inputs *in)
{
	const int64_t *mem = in->mem->value;
	int64_t inside = mem[SHADOW_CALL_STACK], all = mem[VMALLOC_USED];
	int64_t modules = in->counters->modules_bytes;

	if (in->stacks_are_mapped && !mem[VMALLOC_CHUNK])
		inside += mem[KERNEL_STACK];
	if (!in->areas->by_caller.error && (!all || mem[VMALLOC_CHUNK])) {
		all = in->areas->bytes;
		inside = in->areas->stack_bytes;
	}
	/* What is larger than the whole is not a part of it. */
	all -= inside <= all ? inside : 0;
	all -= modules <= all ? modules : 0;
	lines[ACCOUNT_STACKS] = mem[KERNEL_STACK] + mem[SHADOW_CALL_STACK];
	lines[ACCOUNT_MODULES] = modules;
	lines[ACCOUNT_VMALLOC] = all;
}

static void account_kernel(int64_t *lines, const struct account_inputs *in)
{
	const int64_t *mem = in->mem->value;

	lines[ACCOUNT_SLAB_RECLAIMABLE] = mem[SRECLAIMABLE];
	lines[ACCOUNT_SLAB_UNRECLAIMABLE] = mem[SUNRECLAIM];
	lines[ACCOUNT_DEVICE_TABLES] = mem[SEC_PAGE_TABLES];
	lines[ACCOUNT_PERCPU] = mem[PERCPU];
	lines[ACCOUNT_OTHER] = at_least_zero(mem[KRECLAIMABLE] - mem[SRECLAIMABLE]) +
		mem[BOUNCE] + mem[WRITEBACK_TMP] + mem[GPU_ACTIVE] + mem[GPU_RECLAIM] +
		mem[HARDWARE_CORRUPTED];
	account_vmalloc(lines, in);
}

static int64_t remainder_of(const int64_t *lines, const struct account_inputs *in)
{
	int64_t left = in->mem->value[MEM_TOTAL];
	enum account_line line;

	for (line = 0; line < ACCOUNT_UNEXPLAINED; line++)
		left -= lines[line];
	return left;
}

/* Is it known only how much address space there is? */
static bool vmalloc_is_span(const struct account_inputs *in)
{
	return in->mem->value[VMALLOC_CHUNK] && in->areas->by_caller.error;
}

/* Counters of pages that may be in the remainder, or not. */
static void account_remainder(int64_t *lines, const struct account_inputs *in)
{
	const struct counters *counters = in->counters;
	const int64_t *counted = counters->value;
	int64_t balloon = larger(in->mem->value[BALLOON], counted[COUNTER_VMWARE]);
	int64_t arc = counters->known[COUNTER_ARC_PAGES] ? counted[COUNTER_ARC_PAGES] :
							   counted[COUNTER_ARC];

	int64_t span = lines[ACCOUNT_VMALLOC];

	if (vmalloc_is_span(in)) {
		lines[ACCOUNT_VMALLOC] = 0;
		lines[ACCOUNT_VMALLOC] = smaller(span, at_least_zero(remainder_of(lines, in)));
	}
	if (balloon <= remainder_of(lines, in))
		lines[ACCOUNT_BALLOON] = balloon;
	if (!in->mem->has[GPU_ACTIVE] && counted[COUNTER_GTT] <= remainder_of(lines, in))
		lines[ACCOUNT_OTHER] += counted[COUNTER_GTT];
	lines[ACCOUNT_ZFS] = smaller(arc, at_least_zero(remainder_of(lines, in)));
	if (!in->mem->has[PERCPU])
		lines[ACCOUNT_PERCPU] = smaller(in->areas->percpu_span,
						at_least_zero(remainder_of(lines, in)));
	lines[ACCOUNT_UNEXPLAINED] = remainder_of(lines, in);
}

static bool is_unknown(enum account_line line, const struct account_inputs *in)
{
	switch (line) {
	case ACCOUNT_VMALLOC:
		return !vmalloc_is_known(in);
	case ACCOUNT_MODULES:
		return !in->counters->modules_bytes;
	case ACCOUNT_PERCPU:
		return !in->mem->has[PERCPU] && in->areas->by_caller.error;
	case ACCOUNT_STACKS:
		return !in->mem->has[KERNEL_STACK];
	default:
		return false;
	}
}

void account_make(struct usages *account, const struct account_inputs *in)
{
	int64_t lines[ACCOUNT_LINES] = { 0 };
	enum account_line line;

	lines[ACCOUNT_FREE] = in->mem->value[MEM_FREE];
	lines[ACCOUNT_FREE_CPU] = in->zones->cpu_pages * in->page_size;
	account_user(lines, in);
	account_kernel(lines, in);
	account_remainder(lines, in);

	for (line = 0; line < ACCOUNT_LINES; line++) {
		struct usage *usage = usages_add(account, account_names[line].name);
		enum account_owner owner = account_names[line].owner;

		usage->bytes = lines[line];
		usage->reclaimable = owner == OWNER_CACHE || owner == OWNER_NOBODY;
		usage->unknown = is_unknown(line, in);
	}
}
