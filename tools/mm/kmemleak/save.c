// SPDX-License-Identifier: GPL-2.0
/*
 * "kmemleak save": what this program reads of a machine, for another one. May call:
 * saying.c, origin.c, units.c, root.c, command.c.
 *
 * Invariants: the directory is new, and only root and its owner can look into it, as
 * reports have addresses and contents of the kernel's memory. A file is there in full or
 * not at all, and so is the directory: it gets its name when all is saved.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "advice.h"
#include "command.h"
#include "origin.h"
#include "root.h"
#include "units.h"

/* No file of the kernel is as large: in a tree it is somebody's slip, or no file at all. */
#define FILE_BYTES	(1024UL * 1024 * 1024)

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

/* <dir>/<prefix>*<file>, for each entry of the directory; or the entry itself, empty. */
static const struct {
	const char *dir;
	const char *prefix;
	const char *file;
} entries[] = {
	{ "/sys/block", "zram", "/mm_stat" },
	{ "/sys/class/drm", "card", "/device/mem_info_gtt_used" },
	{ DETECTOR_DIR "/dri", "", "/i915_gem_objects" },
	{ "/sys/module", "", NULL },
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
 * @hidden: number of files and directories that may not be read
 * @why: the error of the last of them
 */
struct save {
	char *name;
	int dir;
	uint64_t saved;
	uint64_t hidden;
	int why;
};

static void __noreturn cannot_save(const struct save *save, const char *path)
{
	die("%s%s: %s; nothing was saved", save->name, path, strerror(errno));
}

/* ---- The directory, which has another name until all is in it ---- */

static char *unfinished;

static int remove_entry(const char *path, const struct stat *stat, int type, struct FTW *at)
{
	return remove(path);
}

static void remove_unfinished(void)
{
	if (unfinished)
		nftw(unfinished, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void begin(struct save *save)
{
	struct stat stat;
	char *end;

	for (end = save->name + strlen(save->name); end > save->name + 1 && end[-1] == '/';)
		*--end = '\0';
	if (!lstat(save->name, &stat))
		die("%s: exists, and nothing is written there; name a new one", save->name);
	unfinished = xasprintf("%s.XXXXXX", save->name);
	if (!mkdtemp(unfinished)) {
		unfinished = NULL;
		cannot_save(save, "");
	}
	atexit(remove_unfinished);
	save->dir = open(unfinished, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (save->dir < 0)
		cannot_save(save, "");
}

static void end(struct save *save)
{
	close(save->dir);
	if (!save->saved)
		die("%s: there was nothing to save", root_name());
	if (rename(unfinished, save->name))
		cannot_save(save, "");
	free(unfinished);
	unfinished = NULL;
}

/* The directories of a path are made as they are needed. */
static void create_above(const struct save *save, const char *path)
{
	char *copy = xstrdup(path + 1), *slash;

	for (slash = strchr(copy, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdirat(save->dir, copy, 0700) && errno != EEXIST)
			cannot_save(save, path);
		*slash = '/';
	}
	free(copy);
}

static int create(const struct save *save, const char *path)
{
	int fd;

	create_above(save, path);
	fd = openat(save->dir, path + 1, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		cannot_save(save, path);
	return fd;
}

/* ---- Files ---- */

/*
 * Files of the kernel have no size that could be asked for.
 * Return: why the file cannot be read to its end; NULL if it was.
 */
static const char *copy(const struct save *save, const char *path, FILE *from, FILE *to)
{
	uint64_t room = FILE_BYTES;
	char buffer[65536];
	struct stat stat;
	size_t nr;

	if (!fstat(fileno(from), &stat) && (uint64_t)stat.st_size > room)
		return "is too large for a file of the kernel";
	while ((nr = fread(buffer, 1, sizeof(buffer), from))) {
		if (nr > room)
			return "is too large for a file of the kernel";
		room -= nr;
		if (fwrite(buffer, 1, nr, to) != nr)
			cannot_save(save, path);
	}
	return ferror(from) ? strerror(errno) : NULL;
}

static void copy_file(struct save *save, const char *path, FILE *from)
{
	FILE *to = fdopen(create(save, path), "w");
	const char *why;

	if (!to)
		cannot_save(save, path);
	why = copy(save, path, from, to);
	if (fclose(to))
		cannot_save(save, path);
	if (why) {
		note("%s: %s; it is not saved", path, why);
		unlinkat(save->dir, path + 1, 0);
	} else {
		save->saved++;
	}
}

/* Tell of what is there and cannot be read. */
static void not_readable(struct save *save, const char *path)
{
	if (errno == EACCES || errno == EPERM) {
		save->hidden++;
		save->why = errno;
	} else if (errno != ENOENT && errno != ENOTDIR) {
		note("%s: %s", path, strerror(errno));
	}
}

static void save_file(struct save *save, const char *path)
{
	FILE *from = root_try(path);

	if (!from) {
		not_readable(save, path);
		return;
	}
	copy_file(save, path, from);
	fclose(from);
}

static void save_directory(const struct save *save, const char *path)
{
	create_above(save, path);
	if (mkdirat(save->dir, path + 1, 0700) && errno != EEXIST)
		cannot_save(save, path);
}

static void save_entries(struct save *save, size_t i)
{
	DIR *dir = root_dir(entries[i].dir);
	const struct dirent *entry;
	char *path;

	if (!dir) {
		not_readable(save, entries[i].dir);
		return;
	}
	while ((entry = readdir(dir))) {
		if (*entry->d_name == '.' ||
		    strncmp(entry->d_name, entries[i].prefix, strlen(entries[i].prefix)))
			continue;
		path = xasprintf("%s/%s%s", entries[i].dir, entry->d_name,
				 entries[i].file ?: "");
		if (entries[i].file)
			save_file(save, path);
		else
			save_directory(save, path);
		free(path);
	}
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
	if (!save.name || !*save.name)
		die("no directory is named");
	begin(&save);
	save_all(&save);
	end(&save);
	if (save.hidden)
		note("%" PRIu64 " file%s not saved: %s%s", save.hidden,
		     save.hidden == 1 ? " was" : "s were", strerror(save.why),
		     root_hint(save.why));
	word = shell_word(save.name);
	printf("%" PRIu64 " file%s saved\n\nnext: kmemleak --root %s triage\n", save.saved,
	       plural(save.saved), word);
	free(word);
	close_output();
	return STATUS_OK;
}
