// SPDX-License-Identifier: GPL-2.0
/*
 * "kmemleak save": what this program reads of a machine, for another one. May call:
 * saying.c, origin.c, units.c, root.c, command.c.
 *
 * Invariants: the directory is new, and only root and its owner can look into it, as
 * reports have addresses and contents of the kernel's memory. A file is there in full or
 * not at all.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "advice.h"
#include "command.h"
#include "origin.h"
#include "root.h"
#include "units.h"

/* What changes fastest comes first. */
static const char * const files[] = {
	"/proc/uptime", "/proc/meminfo", "/proc/vmstat", "/proc/zoneinfo", "/proc/slabinfo",
	"/proc/vmallocinfo", "/proc/allocinfo", "/proc/modules", "/proc/cgroups",
	"/proc/net/sockstat", "/proc/sysvipc/shm", "/proc/spl/kstat/zfs/arcstats",
	"/proc/spl/kstat/zfs/abdstats", "/proc/sys/kernel/random/boot_id",
	"/proc/sys/kernel/hostname", "/proc/sys/kernel/osrelease", "/proc/version",
	"/proc/config.gz", "/sys/fs/cgroup/cgroup.stat", "/sys/kernel/notes",
	"/sys/module/damon_reclaim/parameters/enabled", DETECTOR_DIR "/vmmemctl",
	DETECTOR_DIR "/dma_buf/bufinfo", DETECTOR_DIR "/zswap/pool_total_size",
	DETECTOR_FILE, DETECTOR_FILE "_stats", DETECTOR_FILE "_summary", DETECTOR_FILE "_sites",
};

/* <dir>/<prefix>*<file>, for each entry of the directory. */
static const struct {
	const char *dir;
	const char *prefix;
	const char *file;
} entries[] = {
	{ "/sys/block", "zram", "/mm_stat" },
	{ "/sys/class/drm", "card", "/device/mem_info_gtt_used" },
	{ DETECTOR_DIR "/dri", "", "/i915_gem_objects" },
	{ "/sys/module", "", "/notes/.note.gnu.build-id" },
	{ "/sys/kernel/slab", "", "/reclaim_account" },
	{ "/sys/kernel/slab", "", "/store_user" },
	{ DETECTOR_DIR "/slab", "", "/alloc_traces" },
};

/*
 * What is of use by being there: that debugfs is mounted, and that the kernel keeps who
 * allocated each page, of which it would tell for minutes.
 */
static const char * const marks[] = {
	DETECTOR_DIR "/clear_warn_once", DETECTOR_DIR "/bdi", DETECTOR_DIR "/page_owner",
};

/**
 * struct save - state of the command
 * @name: of the directory
 * @dir: the directory
 * @saved: number of files
 * @hidden: number of files that may not be read
 * @why: the error of the last of them
 */
struct save {
	const char *name;
	int dir;
	uint64_t saved;
	uint64_t hidden;
	int why;
};

/* The directories of a path are made as they are needed. */
static int create(const struct save *save, const char *path)
{
	char *copy = xstrdup(path + 1), *slash;
	int fd;

	for (slash = strchr(copy, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdirat(save->dir, copy, 0700) && errno != EEXIST)
			die("%s%s: %s", save->name, path, strerror(errno));
		*slash = '/';
	}
	fd = openat(save->dir, copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		die("%s%s: %s", save->name, path, strerror(errno));
	free(copy);
	return fd;
}

static void remove_saved(const struct save *save, const char *path, const char *why)
{
	note("%s: %s", path, why);
	unlinkat(save->dir, path + 1, 0);
}

/* Files of the kernel have no size that could be asked for. */
static void copy_file(struct save *save, const char *path, FILE *from)
{
	int fd = create(save, path), err = 0;
	FILE *to = fdopen(fd, "w");
	char buffer[65536];
	size_t nr;

	if (!to)
		die("%s%s: %s", save->name, path, strerror(errno));
	while (!err && (nr = fread(buffer, 1, sizeof(buffer), from)))
		if (fwrite(buffer, 1, nr, to) != nr)
			err = errno;
	if (fclose(to) && !err)
		err = errno;
	if (err)
		die("%s%s: %s", save->name, path, strerror(err));
	if (ferror(from))
		remove_saved(save, path, "cannot be read to its end");
	else
		save->saved++;
}

static void save_file(struct save *save, const char *path)
{
	FILE *from = root_try(path);

	if (from) {
		copy_file(save, path, from);
		fclose(from);
	} else if (errno == EACCES || errno == EPERM) {
		save->hidden++;
		save->why = errno;
	} else if (errno != ENOENT && errno != ENOTDIR) {
		note("%s: %s", path, strerror(errno));
	}
}

static void save_entries(struct save *save, size_t i)
{
	DIR *dir = root_dir(entries[i].dir);
	const struct dirent *entry;
	char *path;

	while (dir && (entry = readdir(dir))) {
		if (*entry->d_name == '.' ||
		    strncmp(entry->d_name, entries[i].prefix, strlen(entries[i].prefix)))
			continue;
		path = xasprintf("%s/%s%s", entries[i].dir, entry->d_name, entries[i].file);
		save_file(save, path);
		free(path);
	}
	if (dir)
		closedir(dir);
}

static void save_presence(struct save *save, const char *path)
{
	if (!root_has(path))
		return;
	close(create(save, path));
	save->saved++;
}

static void save_all(struct save *save)
{
	char *release, *config;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(files); i++)
		save_file(save, files[i]);
	for (i = 0; i < ARRAY_SIZE(entries); i++)
		save_entries(save, i);
	for (i = 0; i < ARRAY_SIZE(marks); i++)
		save_presence(save, marks[i]);
	release = kernel_release();
	if (release) {
		config = xasprintf("/boot/config-%s", release);
		save_file(save, config);
		free(config);
	}
	free(release);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct save *save = state->input;

	if (key != ARGP_KEY_ARG || save->name)
		return ARGP_ERR_UNKNOWN;
	save->name = arg;
	return 0;
}

int cmd_save(int argc, char **argv)
{
	static const struct argp argp = {
		NULL, parse, "DIR",
		"Copies what this program reads of the machine to a new directory, which "
		"--root names then.", NULL, NULL, NULL,
	};
	struct save save = { .dir = -1 };
	char *word;

	parse_options(&argp, argc, argv, &save);
	if (!save.name)
		die("no directory is named");
	if (mkdir(save.name, 0700))
		die("%s: %s", save.name, errno == EEXIST ?
		    "exists, and nothing is written there; name a new one" : strerror(errno));
	save.dir = open(save.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (save.dir < 0)
		die("%s: %s", save.name, strerror(errno));
	save_all(&save);
	close(save.dir);
	if (save.hidden)
		note("%" PRIu64 " file%s not saved: %s%s", save.hidden,
		     save.hidden == 1 ? " was" : "s were", strerror(save.why),
		     root_hint(save.why));
	if (!save.saved) {
		rmdir(save.name);
		die("%s: there was nothing to save", root_name());
	}
	word = shell_word(save.name);
	printf("%" PRIu64 " file%s saved\n\nnext: kmemleak --root %s triage\n", save.saved,
	       plural(save.saved), word);
	free(word);
	return STATUS_OK;
}
