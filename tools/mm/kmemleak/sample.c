// SPDX-License-Identifier: GPL-2.0
/*
 * One look at a machine. May call: account.c, usage.c, leaks.c, sites.c,
 * stacks.c, root.c, command.c.
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
#include "command.h"
#include "root.h"
#include "sample.h"
#include "sites.h"
#include "usage.h"

/* Pass each line of a file to @line, without its newline. */
static void read_lines(const char *path, struct sample *sample, enum usage_kind kind,
		       void (*line)(struct sample *sample, char *text))
{
	struct usages *usages = &sample->of[kind];
	FILE *file = root_try(path);
	char *text = NULL;
	size_t size = 0;
	ssize_t length;

	if (!file) {
		usages->error = errno;
		return;
	}
	while ((length = getline(&text, &size, file)) > 0) {
		if (text[length - 1] == '\n')
			text[length - 1] = '\0';
		line(sample, text);
	}
	if (ferror(file))
		usages->error = EIO;
	free(text);
	fclose(file);
	usages_sort(usages);
}

/*
 * Names may contain spaces, so parse numbers backwards from the first colon: pages
 * and objects per slab, object size, all objects, active objects. The number of slabs
 * is after the second colon.
 */
static void cache_line(struct sample *sample, char *text)
{
	char *tunables = strstr(text, " : tunables "), *slabs, *word = NULL;
	uint64_t number[5], nr_slabs;
	struct usage *usage;
	int i;

	slabs = tunables ? strstr(tunables, " : slabdata ") : NULL;
	if (!slabs || sscanf(slabs, " : slabdata %*u %" SCNu64, &nr_slabs) != 1)
		return;
	*tunables = '\0';
	for (i = 4; i >= 0; i--) {
		word = strrchr(text, ' ');
		if (!word || sscanf(word, "%" SCNu64, &number[i]) != 1)
			return;
		while (word > text && word[-1] == ' ')
			word--;
		*word = '\0';
	}
	if (nr_slabs > INT32_MAX || number[4] > INT16_MAX || !*text)
		return;
	usage = usages_add(&sample->of[USAGE_CACHE], text);
	usage->objects = number[0];
	usage->bytes = nr_slabs * number[4] * sample->page_size;
}

/* "0x...-0x... size caller pages=N ..."; an area without pages is only a mapping. */
static void area_line(struct sample *sample, char *text)
{
	char *pages = strstr(text, " pages=");
	int caller = 0;
	struct usage *usage;
	uint64_t nr;

	if (!pages || sscanf(pages, " pages=%" SCNu64, &nr) != 1 || nr > INT32_MAX)
		return;
	*pages = '\0';
	if (sscanf(text, "%*s %*u %n", &caller) < 0)
		return;
	usage = usages_add(&sample->of[USAGE_AREA], text[caller] ? text + caller : "?");
	usage->objects = 1;
	usage->bytes = nr * sample->page_size;
}

static bool cache_is_reclaimable(const char *name)
{
	char *path = xasprintf("/sys/kernel/slab/%s/reclaim_account", name);
	FILE *file = root_try(path);
	bool is = file && fgetc(file) == '1';

	if (file)
		fclose(file);
	free(path);
	return is;
}

static void take_caches(struct sample *sample)
{
	struct usages *usages = &sample->of[USAGE_CACHE];
	size_t i;

	read_lines("/proc/slabinfo", sample, USAGE_CACHE, cache_line);
	for (i = 0; i < usages->nr; i++)
		usages->list[i].reclaimable = cache_is_reclaimable(usages->list[i].name);
}

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
		struct usage *usage = usages_add(usages, sites.site[i].frame->text);

		usage->objects = site_last(&sites, sites.site[i].objects);
		usage->bytes = site_last(&sites, sites.site[i].bytes);
		usage->growing = sites.site[i].growing;
	}
	if (file)
		fclose(file);
	sites_free(&sites);
	stacks_free(sites.stacks);
	usages_sort(usages);
}

const char *sample_leak_name(const struct leak_group *group)
{
	const struct frame *site = stack_site(group->stack);

	return site ? site->text : "?";
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

/* Read the first value in a file with a scanf() format; false if there is none. */
static bool read_value(const char *path, const char *format, void *value)
{
	FILE *file = root_try(path);
	bool read;

	if (!file)
		return false;
	read = fscanf(file, format, value) == 1;
	fclose(file);
	return read;
}

/* The mount point of debugfs is empty while nothing is mounted. */
static bool debugfs_is_mounted(void)
{
	char *path = root_path(DETECTOR_DIR);
	DIR *dir = opendir(path);
	const struct dirent *entry;
	bool mounted = false;

	free(path);
	while (dir && !mounted && (entry = readdir(dir)))
		mounted = entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return mounted;
}

static enum detector_state detector_missing(void)
{
	char *path = root_path(DETECTOR_FILE);
	int err = access(path, F_OK) ? errno : 0;

	free(path);
	if (!err)
		return DETECTOR_BASE;
	if (err == EACCES || err == EPERM)
		return DETECTOR_HIDDEN;
	return debugfs_is_mounted() ? DETECTOR_ABSENT : DETECTOR_UNMOUNTED;
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

void sample_take(struct sample *sample, unsigned int kinds)
{
	memset(sample, 0, sizeof(*sample));
	if (!read_value("/proc/uptime", "%lf", &sample->uptime) || !(sample->uptime >= 0))
		sample->uptime = 0;
	read_value("/proc/sys/kernel/random/boot_id", "%63[0-9a-f-]", sample->boot_id);
	sample->page_size = account_page_size();
	read_lines("/proc/vmallocinfo", sample, USAGE_AREA, area_line);
	account_make(&sample->of[USAGE_MEMORY], sample->page_size, &sample->of[USAGE_AREA]);
	if (kinds & SAMPLE(CACHE))
		take_caches(sample);
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
	memset(sample, 0, sizeof(*sample));
}
