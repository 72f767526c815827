// SPDX-License-Identifier: GPL-2.0
/*
 * One look at a machine. May call: account.c, meminfo.c, areas.c, caches.c, allocs.c,
 * counters.c, kconfig.c, sources.c, usage.c, leaks.c, reader.c, sites.c, stacks.c, root.c,
 * command.c.
 *
 * Invariant: an unreadable file or a malformed line does not invalidate the rest of
 * the sample.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account.h"
#include "allocs.h"
#include "areas.h"
#include "caches.h"
#include "command.h"
#include "kconfig.h"
#include "meminfo.h"
#include "root.h"
#include "sample.h"
#include "sites.h"
#include "usage.h"

static void take_sites(struct sample *sample)
{
	struct usages *usages = &sample->of[USAGE_SITE];
	struct sites sites = { .stacks = stacks_new() };
	FILE *file = root_try(DETECTOR_FILE "_sites");
	char error[256];
	size_t i;

	if (!file)
		usages->error = errno;
	else if (!sites_read(&sites, file, error, sizeof(error)))
		usages->error = EBADMSG;
	for (i = 0; !usages->error && i < sites.nr; i++) {
		const struct site *site = &sites.site[i];
		struct usage *usage = usages_add(usages, site->frame->text);

		usage->objects = site_last(&sites, site->objects);
		usage->bytes = site_last(&sites, site->bytes);
		if (site->growing)
			usage->grown = usage->bytes - site->bytes[0];
	}
	if (file)
		fclose(file);
	sites_free(&sites);
	stacks_free(sites.stacks);
	usages_sort(usages);
}

const char *sample_leak_name(const struct leak_group *group)
{
	const struct stack *stack = group->stack;
	const struct frame *site = stack_site(stack);

	return site ? site->text : stack->nr ? stack->frame[0]->text : "no stack";
}

void sample_take_leaks(struct sample *sample)
{
	struct usages *usages = &sample->of[USAGE_LEAK];
	struct leaks leaks;
	size_t i;

	usages->error = sample_leaks(&leaks);
	for (i = 0; !usages->error && i < leaks.nr; i++) {
		const struct leak_group *group = leaks.group[i];
		struct usage *usage = usages_add(usages, sample_leak_name(group));

		usage->objects = group->objects;
		usage->bytes = group->bytes;
	}
	if (!usages->error && leaks.unlisted_objects) {
		struct usage *usage = usages_add(usages, "not listed");

		usage->objects = leaks.unlisted_objects;
		usage->bytes = leaks.unlisted_bytes;
	}
	sample_leaks_free(&leaks);
	usages_sort(usages);
}

int sample_leaks(struct leaks *leaks)
{
	FILE *file = root_try(DETECTOR_FILE "_summary");
	char error[256];
	int err = 0;

	*leaks = (struct leaks){ .stacks = stacks_new() };
	if (!file)
		file = root_try(DETECTOR_FILE);
	if (!file)
		return errno;
	if (!leaks_read(leaks, file, error, sizeof(error)))
		err = EBADMSG;
	fclose(file);
	return err;
}

void sample_leaks_free(struct leaks *leaks)
{
	leaks_free(leaks);
	stacks_free(leaks->stacks);
}

/* The mount point of debugfs is empty while nothing is mounted. */
static bool debugfs_is_there(void)
{
	DIR *dir = root_dir(DETECTOR_DIR);
	const struct dirent *entry;
	bool there = false;

	while (dir && !there && (entry = readdir(dir)))
		there = entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return there;
}

static enum detector_state detector_missing(void)
{
	int err = root_access(DETECTOR_FILE);

	if (!err)
		return DETECTOR_BASE;
	if (err == EACCES || err == EPERM)
		return DETECTOR_HIDDEN;
	if (debugfs_is_there())
		return DETECTOR_ABSENT;
	return root_is_live() ? DETECTOR_UNMOUNTED : DETECTOR_UNSAVED;
}

static void take_detector(struct detector *detector)
{
	const struct {
		const char *name;
		uint64_t *value;
	} numbers[] = {
		{ "objects", &detector->objects },
		{ "bytes", &detector->bytes },
		{ "metadata_bytes", &detector->metadata_bytes },
		{ "scans", &detector->scans },
		{ "scan_duration_us", &detector->scan_duration_us },
	};
	FILE *file = root_try(DETECTOR_FILE "_stats");
	char line[128], name[64], value[64];
	size_t i;

	if (!file) {
		detector->state = detector_missing();
		return;
	}
	detector->state = DETECTOR_ON;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63[^:]: %63s", name, value) != 2)
			continue;
		if (!strcmp(name, "state") && !strcmp(value, "off"))
			detector->state = DETECTOR_OFF;
		for (i = 0; i < ARRAY_SIZE(numbers); i++)
			if (!strcmp(name, numbers[i].name))
				*numbers[i].value = strtoull(value, NULL, 10);
	}
	fclose(file);
}

static bool uptime_line(char *line, void *context)
{
	double *uptime = context;

	if (sscanf(line, "%lf", uptime) == 1 && *uptime >= 0 && *uptime < 1e10)
		return true;
	*uptime = 0;
	return false;
}

static bool boot_id_line(char *line, void *context)
{
	return sscanf(line, "%63[0-9a-f-]", (char *)context) == 1;
}

static bool stacks_are_mapped(const struct areas *areas)
{
	if (areas->stacks || !areas->by_caller.error)
		return areas->stacks;
	return kconfig_has("CONFIG_VMAP_STACK");
}

static void take_memory(struct sample *sample)
{
	struct sources *sources = &sample->sources;
	struct areas areas = { 0 };
	struct zones zones = { 0 };
	struct account_inputs in = {
		.mem = &sample->mem, .zones = &zones, .areas = &areas,
		.counters = &sample->counters,
	};

	zones_read(&zones, sources);
	in.page_size = page_size_find(&sample->mem, &zones);
	sample->page_size = in.page_size;
	areas.page_size = in.page_size;
	areas_read(&areas, sources);
	counters_read(&sample->counters, in.page_size, sources);
	in.stacks_are_mapped = stacks_are_mapped(&areas);
	if (sample->mem.value[MEM_TOTAL])
		account_make(&sample->of[USAGE_MEMORY], &in);
	sample->of[USAGE_AREA] = areas.by_caller;
	sample->stacks = areas.stacks;
	sample->percpu_span = areas.percpu_span;
}

static void __noreturn die_of_meminfo(int error)
{
	char *path = root_path("/proc/meminfo");

	if (error == EBADMSG)
		die("%s has no MemTotal; is it that of a Linux kernel?", path);
	if (error == EACCES || error == EPERM)
		die("%s: %s; run as root", path, strerror(error));
	die("%s: %s", path, strerror(error));
}

/* Is there anything to show without an account? */
static bool has_parts(const struct sample *sample)
{
	return sample->of[USAGE_CACHE].nr || sample->of[USAGE_AREA].nr ||
	       sample->of[USAGE_ALLOC].nr;
}

void sample_take(struct sample *sample, unsigned int kinds)
{
	struct sources *sources = &sample->sources;
	int error;

	memset(sample, 0, sizeof(*sample));
	sources_read(sources, "/proc/uptime", uptime_line, &sample->uptime);
	sources_read(sources, "/proc/sys/kernel/random/boot_id", boot_id_line, sample->boot_id);
	error = meminfo_read(&sample->mem, sources);
	if (error && !(kinds & SAMPLE_PARTS))
		die_of_meminfo(error);
	take_memory(sample);
	if (kinds & SAMPLE(CACHE))
		sample->slab_bytes = caches_read(&sample->of[USAGE_CACHE], sample->page_size,
						 sample->mem.value[SUNRECLAIM], sources);
	sample->of[USAGE_ALLOC].error = ENODATA;
	if (kinds & SAMPLE(ALLOC))
		allocs_read(&sample->of[USAGE_ALLOC], sources);
	if (error && !has_parts(sample))
		die_of_meminfo(error);
	take_detector(&sample->detector);
	if (kinds & SAMPLE(SITE))
		take_sites(sample);
	if (kinds & SAMPLE(LEAK))
		sample_take_leaks(sample);
}

void sample_free(struct sample *sample)
{
	enum usage_kind kind;

	for (kind = 0; kind < USAGE_KINDS; kind++)
		usages_free(&sample->of[kind]);
	counters_free(&sample->counters);
	sources_free(&sample->sources);
	memset(sample, 0, sizeof(*sample));
}
