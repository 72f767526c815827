// SPDX-License-Identifier: GPL-2.0
/*
 * What the lines of the account mean, by all counters that tell of them. May call:
 * blame.c, ask.c, saying.c, wanted.c, growth.c, counters.c, sources.c, units.c, root.c,
 * command.c.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "root.h"
#include "units.h"
#include "wanted.h"

/* Counters with less than this part of a line are not worth a sentence. */
#define TOLD_PERCENT	5

/* As many dying cgroups hold a good part of what per-CPU memory there is. */
#define DYING_MANY	1000

static const struct sample *look_of(const struct advice *advice)
{
	return last_look(advice->timeline);
}

static int64_t counted(const struct advice *advice, enum counter counter)
{
	return look_of(advice)->counters.value[counter];
}

/* Tell of a counter that has a good part of @whole bytes; return what it has. */
static int64_t say_counter(struct advice *advice, enum counter counter, int64_t whole,
			   const char *remark)
{
	int64_t bytes = counted(advice, counter);
	char size[UNITS_MAX], *text;

	if (bytes <= whole / 100 * TOLD_PERCENT || bytes <= 0)
		return 0;
	text = xasprintf("%s have", counter_names[counter].text);
	*text = *text >= 'a' && *text <= 'z' ? *text - 'a' + 'A' : *text;
	say(advice, "%s %s by %s%s.\n", text, format_bytes(size, bytes),
	    counter_names[counter].file, remark);
	free(text);
	return bytes;
}

/* ---- Memory of processes, and caches ---- */

static void mean_anonymous(struct advice *advice, const struct topic *topic)
{
	say(advice, "Processes hold it.\n");
	propose(advice, "ps -e -o rss,pid,comm --sort=-rss | head");
}

static void mean_shmem(struct advice *advice, const struct topic *topic)
{
	const struct counters *counters = &look_of(advice)->counters;
	int64_t files;

	say(advice, "Files in tmpfs, shared memory of processes, and most buffers of graphics "
	    "drivers (GEM) count here, also those of no process.\n");
	files = say_counter(advice, COUNTER_TMPFS, topic->bytes, ": df -t tmpfs") +
		say_counter(advice, COUNTER_SYSV, topic->bytes, ": ipcs -m");
	files += say_counter(advice, COUNTER_GEM, topic->bytes, "");
	propose(advice, "df -t tmpfs; ipcs -m");
	if (files > topic->bytes / 2 && !counted(advice, COUNTER_GEM))
		return;
	if (!counters->graphics && source_was_read(&look_of(advice)->sources, "/proc/modules"))
		return;
	if (counters->graphics)
		say(advice, "The graphics drivers %s are loaded: no tmpfs and no IPC object has "
		    "their GEM buffers.\n"
		    "The driver tells of them in /sys/kernel/debug/dri, and for each process in "
		    "lines drm-* of /proc/PID/fdinfo.\n", counters->graphics);
	else
		say(advice, "If no file has it, a graphics driver may: see "
		    "/sys/kernel/debug/dri, and lines drm-* of /proc/PID/fdinfo.\n");
	propose(advice, "grep -s drm-total /proc/[0-9]*/fdinfo/* | sort -k 2 -n | tail; "
		"cat /sys/kernel/debug/dri/*/*gem*");
}

static void mean_hugetlb(struct advice *advice, const struct topic *topic)
{
	const int64_t *mem = look_of(advice)->mem.value;
	char each[UNITS_MAX], size[UNITS_MAX];

	say(advice, "It was set aside for huge pages: these are reserved, in use or not "
	    "(vm.nr_hugepages).\n");
	if (mem[HUGEPAGES_TOTAL])
		say(advice, "%" PRId64 " of %" PRId64 " pages of %s are free, %s.\n",
		    mem[HUGEPAGES_FREE], mem[HUGEPAGES_TOTAL],
		    format_bytes(each, mem[HUGEPAGE_SIZE]),
		    format_bytes(size, (double)mem[HUGEPAGES_FREE] * mem[HUGEPAGE_SIZE]));
	propose(advice, "grep -r . /sys/kernel/mm/hugepages");
}

static void mean_balloon(struct advice *advice, const struct topic *topic)
{
	say(advice, "The hypervisor took it by a balloon driver, and gives it back if told to: "
	    "ask whoever runs the host.\n");
	propose(advice, counted(advice, COUNTER_VMWARE) ?
		"cat /sys/kernel/debug/vmmemctl" : "grep Balloon /proc/meminfo");
}

static void mean_compressed(struct advice *advice, const struct topic *topic)
{
	FILE *file = root_try("/sys/module/damon_reclaim/parameters/enabled");

	say(advice, "What was swapped out is kept in it, compressed.\n");
	if (file && fgetc(file) == 'Y')
		say(advice, "DAMON_RECLAIM swaps out what is not used for some time.\n");
	if (file)
		fclose(file);
	propose(advice, "zramctl; grep -i zswap /proc/meminfo");
}

int64_t arc_elsewhere(const struct sample *look)
{
	int64_t bytes = look->counters.value[COUNTER_ARC] - sample_bytes(look, ACCOUNT_ZFS);

	return bytes > 0 ? bytes : 0;
}

static void mean_zfs(struct advice *advice, const struct topic *topic)
{
	char size[UNITS_MAX], max[UNITS_MAX];

	say(advice, "ZFS keeps files in its cache (ARC), %s by %s.\n"
	    "It is a cache: it shrinks when memory is needed", format_bytes(size,
	    counted(advice, COUNTER_ARC)), counter_names[COUNTER_ARC].file);
	if (counted(advice, COUNTER_ARC_MAX))
		say(advice, ", and may grow to %s (zfs_arc_max)",
		    format_bytes(max, counted(advice, COUNTER_ARC_MAX)));
	say(advice, ".\n");
	if (arc_elsewhere(look_of(advice)) > counted(advice, COUNTER_ARC) / 10)
		say(advice, "The rest of it is vmalloc() or slab memory.\n");
	propose(advice, "grep -w -e size -e c_max %s", counter_names[COUNTER_ARC].file);
}

static void mean_page_tables(struct advice *advice, const struct topic *topic)
{
	say(advice, "They grow with what processes map.\n");
	propose(advice, "grep VmPTE /proc/[0-9]*/status | sort -k2 -n | tail");
}

/* ---- The kernel's own ---- */

/* The detector knows the most of what it tracks; else the kernel may know who allocated. */
static void ask_who(struct advice *advice, const struct topic *topic)
{
	enum detector_state state = look_of(advice)->detector.state;
	bool tracked = detector_tracks(topic->line) &&
		       (state == DETECTOR_ON || state == DETECTOR_BASE);

	if (!say_allocation(advice, topic) || tracked)
		ask_detector(advice, topic);
}

/* Whether it is given back can be tried; a cache that is kept for its owners is not. */
static void mean_reclaimable(struct advice *advice, const struct topic *topic)
{
	if (topic->kept) {
		say(advice, "The kernel counts it as reclaimable, but its objects live until who "
		    "uses them is done.\n");
		ask_who(advice, topic);
		return;
	}
	say(advice, "The kernel gives it back when memory is needed, unless something holds "
	    "references to it: see whether it shrinks on demand.\n");
	propose(advice, "sync; echo 2 >/proc/sys/vm/drop_caches; kmemleak triage");
}

static void mean_slab(struct advice *advice, const struct topic *topic)
{
	say(advice, "These are objects of kernel code, which has to free them itself.\n");
	ask_who(advice, topic);
}

static void mean_vmalloc(struct advice *advice, const struct topic *topic)
{
	say(advice, "These are large buffers of kernel code, which has to free them itself.\n");
	ask_who(advice, topic);
}

static void mean_modules(struct advice *advice, const struct topic *topic)
{
	say(advice, "It is the code and data of modules.\n");
	propose(advice, "sort -k2 -rn /proc/modules | head");
}

static void mean_stacks(struct advice *advice, const struct topic *topic)
{
	uint64_t nr = look_of(advice)->stacks;

	if (nr)
		say(advice, "Each thread has one; /proc/vmallocinfo has %" PRIu64 ".\n", nr);
	else
		say(advice, "Each thread has one.\n");
	propose(advice, "ps -e -o nlwp,pid,comm --sort=-nlwp | head");
}

static void mean_device_tables(struct advice *advice, const struct topic *topic)
{
	say(advice, "Guests (KVM) and devices (IOMMU) have page tables of their own.\n");
	propose(advice, "ps -e -o rss,pid,comm --sort=-rss | grep -e qemu -e kvm");
}

/* Each memory cgroup has some; one that was removed stays as long as memory is charged. */
static void mean_percpu(struct advice *advice, const struct topic *topic)
{
	const struct sample *look = look_of(advice);
	const struct counters *counters = &look->counters;
	int64_t dying = counters->value[COUNTER_DYING_CGROUPS];

	say(advice, "These are counters and the like, with a copy for each CPU.\n");
	if (!look->mem.has[PERCPU])
		say(advice, "This kernel has no count of them: this is address space for them "
		    "by /proc/vmallocinfo, as an upper bound.\n");
	if (say_allocation(advice, topic))
		return;
	if (counters->known[COUNTER_DYING_CGROUPS] && dying < DYING_MANY) {
		say(advice, "It is not for dying cgroups, as there are %" PRId64 ".\n", dying);
		ask_detector(advice, topic);
		return;
	}
	if (counters->known[COUNTER_DYING_CGROUPS])
		say(advice, "The reason is most likely %" PRId64 " dying cgroups: they were "
		    "removed, but memory is charged to them.\n", dying);
	else
		say(advice, "The usual cause is dying cgroups, which were removed while memory "
		    "is charged to them: cgroup.stat counts them (nr_dying_descendants); with "
		    "cgroup v1, compare num_cgroups in /proc/cgroups with the directories.\n");
	if (counters->known[COUNTER_CGROUPS])
		say(advice, "/proc/cgroups has %" PRId64 " memory cgroups, dying ones "
		    "included.\n", counters->value[COUNTER_CGROUPS]);
	propose(advice, "grep dying /sys/fs/cgroup/cgroup.stat; grep memory /proc/cgroups; "
		"find /sys/fs/cgroup -type d | wc -l");
}

static void mean_other(struct advice *advice, const struct topic *topic)
{
	say(advice, "Drivers hold it, mostly for graphics.\n");
	say_counter(advice, COUNTER_GTT, topic->bytes, "");
	ask_who(advice, topic);
}

/* ---- What no line explains ---- */

/* Counters outside of the account; return what they have. */
static int64_t say_uncounted(struct advice *advice, int64_t whole)
{
	const struct counters *counters = &look_of(advice)->counters;
	int64_t sockets = say_counter(advice, COUNTER_SOCKETS, whole, ", in part slab");
	int64_t shared = say_counter(advice, COUNTER_DMABUF, whole, ", in part shared memory");
	int64_t graphics = say_counter(advice, COUNTER_GTT, whole, "");

	if (sockets > shared && sockets > graphics)
		propose(advice, "ss -ntuamp | sort -k 2 -n | tail");
	else if (shared > graphics)
		propose(advice, "cat /sys/kernel/debug/dma_buf/bufinfo");
	else if (graphics)
		propose(advice, "grep . /sys/class/drm/card*/device/mem_info_*");
	if (counters->vmware_balloon && !counters->known[COUNTER_VMWARE]) {
		say(advice, "VMware's balloon driver is loaded: what it took is not explained "
		    "here, and /sys/kernel/debug/vmmemctl tells how much.\n");
		propose(advice, "cat /sys/kernel/debug/vmmemctl; vmware-toolbox-cmd stat balloon");
		return whole;
	}
	if (counters->zfs && !counters->known[COUNTER_ARC]) {
		say(advice, "ZFS is loaded: its cache (ARC) is not explained here, and %s tells "
		    "how large it is.\n", counter_names[COUNTER_ARC].file);
		propose(advice, "grep -w -e size -e c_max %s", counter_names[COUNTER_ARC].file);
		return whole;
	}
	return sockets + shared + graphics;
}

static void mean_unexplained(struct advice *advice, const struct topic *topic)
{
	char *missing = wanted_for_pages(look_of(advice));

	say(advice, "These are pages that kernel code allocated, and %s.\n",
	    missing ? "no counter that was saved tells of" : "no counter tells of");
	if (missing)
		say(advice, "These files might, and were not saved: %s.\n", missing);
	free(missing);
	if (say_uncounted(advice, topic->bytes) < topic->bytes / 2 || topic->grew)
		ask_who(advice, topic);
}

void explain(struct advice *advice, const struct topic *topic)
{
	static void (*const meanings[ACCOUNT_LINES])(struct advice *advice,
						     const struct topic *topic) = {
		[ACCOUNT_ANON] = mean_anonymous,
		[ACCOUNT_SHMEM] = mean_shmem,
		[ACCOUNT_HUGETLB] = mean_hugetlb,
		[ACCOUNT_BALLOON] = mean_balloon,
		[ACCOUNT_COMPRESSED] = mean_compressed,
		[ACCOUNT_ZFS] = mean_zfs,
		[ACCOUNT_SLAB_RECLAIMABLE] = mean_reclaimable,
		[ACCOUNT_SLAB_UNRECLAIMABLE] = mean_slab,
		[ACCOUNT_VMALLOC] = mean_vmalloc,
		[ACCOUNT_MODULES] = mean_modules,
		[ACCOUNT_STACKS] = mean_stacks,
		[ACCOUNT_PAGE_TABLES] = mean_page_tables,
		[ACCOUNT_DEVICE_TABLES] = mean_device_tables,
		[ACCOUNT_PERCPU] = mean_percpu,
		[ACCOUNT_OTHER] = mean_other,
		[ACCOUNT_UNEXPLAINED] = mean_unexplained,
	};

	if (meanings[topic->line])
		meanings[topic->line](advice, topic);
}
