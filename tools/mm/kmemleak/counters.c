// SPDX-License-Identifier: GPL-2.0
/*
 * Counters of single parts of the kernel. May call: sources.c, root.c, command.c.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "command.h"
#include "counters.h"
#include "root.h"

#define ZFS_DIR		"/proc/spl/kstat/zfs"

const struct counter_name counter_names[COUNTERS] = {
	[COUNTER_ARC] = { "ZFS's cache of files (ARC)", ZFS_DIR "/arcstats" },
	[COUNTER_ARC_PAGES] = { "pages of ZFS's ARC", ZFS_DIR "/abdstats" },
	[COUNTER_ARC_MAX] = { "the limit of ZFS's ARC", ZFS_DIR "/arcstats" },
	[COUNTER_VMWARE] = { "VMware's balloon", "/sys/kernel/debug/vmmemctl" },
	[COUNTER_ZRAM] = { "zram", "/sys/block/zram*/mm_stat" },
	[COUNTER_ZSWAP] = { "zswap", "/sys/kernel/debug/zswap/pool_total_size" },
	[COUNTER_SOCKETS] = { "buffers of sockets", "/proc/net/sockstat" },
	[COUNTER_DMABUF] = { "buffers that drivers share (dma-buf)",
			     "/sys/kernel/debug/dma_buf/bufinfo" },
	[COUNTER_GTT] = { "the graphics card (GTT)",
			  "/sys/class/drm/card*/device/mem_info_gtt_used" },
	[COUNTER_SYSV] = { "System V shared memory", "/proc/sysvipc/shm" },
	[COUNTER_TMPFS] = { "tmpfs", "/proc/mounts" },
	[COUNTER_GEM] = { "GEM buffers", "/sys/kernel/debug/dri/*/i915_gem_objects" },
	[COUNTER_DYING_CGROUPS] = { "dying cgroups", "/sys/fs/cgroup/cgroup.stat" },
	[COUNTER_CGROUPS] = { "memory cgroups", "/proc/cgroups" },
};

/* Sums of sensible counters do not overflow. */
#define VALUE_MAX	(INT64_MAX / 1024)

static void add_value(struct counters *counters, enum counter counter, uint64_t value)
{
	if (value > VALUE_MAX || counters->value[counter] > VALUE_MAX)
		return;
	counters->value[counter] += value;
	counters->known[counter] = true;
}

/**
 * struct reading - state while a file is read
 * @counters: gets the values
 * @page_size: bytes of a page
 * @counter: of a file that has a single value
 * @devices: of tmpfs that are counted
 * @nr_devices: how many
 */
struct reading {
	struct counters *counters;
	uint64_t page_size;
	enum counter counter;
	dev_t *devices;
	size_t nr_devices;
};

/* ---- ZFS ---- */

/* "name type data", after two lines of heading */
static bool kstat_line(char *line, void *context)
{
	struct reading *reading = context;
	struct counters *counters = reading->counters;
	char name[64];
	uint64_t value;
	unsigned int type;

	if (sscanf(line, "%63s %u %" SCNu64, name, &type, &value) != 3)
		return !strncmp(line, "name ", 5) || strstr(line, " 0x");
	if (!strcmp(name, "size"))
		add_value(counters, COUNTER_ARC, value);
	else if (!strcmp(name, "c_max"))
		add_value(counters, COUNTER_ARC_MAX, value);
	else if (!strcmp(name, "scatter_data_size"))
		add_value(counters, COUNTER_ARC_PAGES, value);
	return true;
}

static void read_zfs(struct reading *reading, struct sources *sources)
{
	sources_read(sources, ZFS_DIR "/arcstats", kstat_line, reading);
	if (!reading->counters->known[COUNTER_ARC])
		return;
	reading->counters->zfs = true;
	sources_read(sources, ZFS_DIR "/abdstats", kstat_line, reading);
}

/* ---- Modules ---- */

/* Each part of a module begins on a page of its own; the file has their sum. */
static bool module_line(char *line, void *context)
{
	static const char * const graphics[] = {
		"i915", "xe", "amdgpu", "radeon", "nouveau", "nvidia_drm", "vmwgfx", "qxl",
		"virtio_gpu", "msm", "panfrost", "panthor", "lima", "vc4", "v3d", "etnaviv",
		"tegra_drm", "ast", "mgag200", "gma500_gfx", "vgem", "udl", "evdi", "asahi",
		"powervr", "rockchipdrm", "mediatek_drm", "exynosdrm", "hibmc_drm",
	};
	struct reading *reading = context;
	struct counters *counters = reading->counters;
	uint64_t size, page = reading->page_size;
	char name[64], *before = counters->graphics;
	size_t i;

	if (sscanf(line, "%63s %" SCNu64, name, &size) != 2 || size >= INT32_MAX)
		return false;
	counters->modules_bytes += (size + page - 1) / page * page;
	counters->zfs |= !strcmp(name, "zfs");
	counters->vmware_balloon |= !strcmp(name, "vmw_balloon") || !strcmp(name, "vmmemctl");
	for (i = 0; i < ARRAY_SIZE(graphics); i++) {
		if (strcmp(name, graphics[i]))
			continue;
		counters->graphics = before ? xasprintf("%s, %s", before, name) : xstrdup(name);
		free(before);
	}
	return true;
}

/* ---- Files with some values ---- */

/* "current:  123 pages", "current : 123" */
static bool vmware_line(char *line, void *context)
{
	struct reading *reading = context;
	uint64_t pages;

	if (sscanf(line, " current%*[ :]%" SCNu64, &pages) == 1 && pages < INT32_MAX)
		add_value(reading->counters, COUNTER_VMWARE, pages * reading->page_size);
	return true;
}

/* "TCP: inuse 5 orphan 0 tw 0 alloc 7 mem 12" */
static bool sockstat_line(char *line, void *context)
{
	struct reading *reading = context;
	const char *mem = strstr(line, " mem ");
	uint64_t pages;

	if (mem && sscanf(mem, " mem %" SCNu64, &pages) == 1 && pages < INT32_MAX)
		add_value(reading->counters, COUNTER_SOCKETS, pages * reading->page_size);
	return true;
}

/* "Total 52 objects, 123456 bytes" */
static bool dmabuf_line(char *line, void *context)
{
	struct reading *reading = context;
	uint64_t bytes;

	if (sscanf(line, " Total %*u objects, %" SCNu64 " bytes", &bytes) == 1)
		add_value(reading->counters, COUNTER_DMABUF, bytes);
	return true;
}

/* "key shmid perms size cpid lpid nattch uid gid cuid cgid atime dtime ctime rss swap" */
static bool sysv_line(char *line, void *context)
{
	struct reading *reading = context;
	uint64_t bytes;

	if (sscanf(line, "%*d %*u %*o %*u %*d %*d %*u %*u %*u %*u %*u %*u %*u %*u %" SCNu64,
		   &bytes) != 1)
		return strstr(line, "shmid");
	add_value(reading->counters, COUNTER_SYSV, bytes);
	return true;
}

static bool cgroup_line(char *line, void *context)
{
	struct reading *reading = context;
	uint64_t number;

	if (sscanf(line, "nr_dying_descendants %" SCNu64, &number) == 1)
		add_value(reading->counters, COUNTER_DYING_CGROUPS, number);
	else if (sscanf(line, "memory %*u %" SCNu64, &number) == 1)
		add_value(reading->counters, COUNTER_CGROUPS, number);
	return true;
}

/* "orig_data_size compr_data_size mem_used_total ..." */
static bool zram_line(char *line, void *context)
{
	struct reading *reading = context;
	uint64_t bytes;

	if (sscanf(line, " %*u %*u %" SCNu64, &bytes) != 1)
		return false;
	add_value(reading->counters, COUNTER_ZRAM, bytes);
	return true;
}

/* "123 shrinkable [0 free] objects, 4567 bytes", "12 objects, 4567 bytes" */
static bool gem_line(char *line, void *context)
{
	struct reading *reading = context;
	struct counters *counters = reading->counters;
	const char *at = strstr(line, "objects, ");
	uint64_t bytes;

	if (!at || strchr(line, ':') || sscanf(at, "objects, %" SCNu64 " bytes", &bytes) != 1)
		return true;
	/* A card has two directories, one of them for rendering: count it once. */
	if (bytes <= VALUE_MAX && (int64_t)bytes > counters->value[COUNTER_GEM])
		counters->value[COUNTER_GEM] = bytes;
	counters->known[COUNTER_GEM] = true;
	return true;
}

static bool value_line(char *line, void *context)
{
	struct reading *reading = context;
	uint64_t bytes;

	if (sscanf(line, "%" SCNu64, &bytes) != 1)
		return false;
	add_value(reading->counters, reading->counter, bytes);
	return true;
}

/* Read <dir>/<prefix>*<file> for each entry of a directory. */
static void read_each(struct reading *reading, struct sources *sources, const char *dir,
		      const char *prefix, const char *file, source_line_fn *parse)
{
	DIR *entries = root_dir(dir);
	const struct dirent *entry;
	char *path;

	while (entries && (entry = readdir(entries))) {
		if (*entry->d_name == '.' || strncmp(entry->d_name, prefix, strlen(prefix)))
			continue;
		path = xasprintf("%s/%s/%s", dir, entry->d_name, file);
		if (root_has(path))
			sources_read(sources, path, parse, reading);
		free(path);
	}
	if (entries)
		closedir(entries);
}

/* Only the running machine tells how much is in a tmpfs; one may have many mounts. */
static bool mount_line(char *line, void *context)
{
	struct reading *reading = context;
	char place[512], type[32];
	struct statvfs space;
	struct stat stat_of;
	size_t i;

	if (sscanf(line, "%*s %511s %31s", place, type) != 2)
		return false;
	if (strcmp(type, "tmpfs") || stat(place, &stat_of) || statvfs(place, &space))
		return true;
	for (i = 0; i < reading->nr_devices; i++)
		if (reading->devices[i] == stat_of.st_dev)
			return true;
	reading->devices = xrealloc(reading->devices, i + 1, sizeof(*reading->devices));
	reading->devices[reading->nr_devices++] = stat_of.st_dev;
	add_value(reading->counters, COUNTER_TMPFS,
		  (space.f_blocks - space.f_bfree) * (uint64_t)space.f_frsize);
	return true;
}

void counters_read(struct counters *counters, uint64_t page_size, struct sources *sources)
{
	struct reading reading = { .counters = counters, .page_size = page_size };

	sources_read(sources, "/proc/modules", module_line, &reading);
	read_zfs(&reading, sources);
	sources_read(sources, "/sys/kernel/debug/vmmemctl", vmware_line, &reading);
	sources_read(sources, "/proc/net/sockstat", sockstat_line, &reading);
	sources_read(sources, "/sys/kernel/debug/dma_buf/bufinfo", dmabuf_line, &reading);
	sources_read(sources, "/proc/sysvipc/shm", sysv_line, &reading);
	sources_read(sources, "/sys/fs/cgroup/cgroup.stat", cgroup_line, &reading);
	sources_read(sources, "/proc/cgroups", cgroup_line, &reading);
	reading.counter = COUNTER_ZSWAP;
	sources_read(sources, "/sys/kernel/debug/zswap/pool_total_size", value_line, &reading);
	reading.counter = COUNTER_GTT;
	read_each(&reading, sources, "/sys/class/drm", "card", "device/mem_info_gtt_used",
		  value_line);
	read_each(&reading, sources, "/sys/block", "zram", "mm_stat", zram_line);
	read_each(&reading, sources, "/sys/kernel/debug/dri", "", "i915_gem_objects", gem_line);
	if (root_is_live())
		sources_read(sources, "/proc/mounts", mount_line, &reading);
	free(reading.devices);
}

void counters_free(struct counters *counters)
{
	free(counters->graphics);
	*counters = (struct counters){ 0 };
}
