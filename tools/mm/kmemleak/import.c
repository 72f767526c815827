// SPDX-License-Identifier: GPL-2.0
/*
 * Find what tells of memory in what people saved. May call: oom.c, meminfo.c, root.c,
 * command.c.
 *
 * Invariants: lines are recognised by what is in them, whatever file they are in, and
 * whatever is around them. Where a text is there twice, the last one counts, in the order of
 * the times of files, and of their names. Symbolic links are not followed.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "command.h"
#include "import.h"
#include "meminfo.h"
#include "oom.h"
#include "root.h"
#include "units.h"

/* The header of a file in an archive of tar, and where its sum is. */
#define TAR_HEAD	512
#define TAR_SUM		148

/* A small file could unpack to any size. */
#define FILE_BYTES_MAX	((z_off_t)4 << 30)

/* Files that are recognised by their lines. */
enum kind {
	KIND_MEMINFO,
	KIND_SLABINFO,
	KIND_VMALLOCINFO,
	KIND_ALLOCINFO,
	KINDS,
};

static const char * const kind_paths[KINDS] = {
	[KIND_MEMINFO] = "/proc/meminfo",
	[KIND_SLABINFO] = "/proc/slabinfo",
	[KIND_VMALLOCINFO] = "/proc/vmallocinfo",
	[KIND_ALLOCINFO] = "/proc/allocinfo",
};

/* Files that are recognised by their names, or by a heading of supportconfig's. */
static const char * const known_paths[] = {
	"/proc/zoneinfo", "/proc/vmstat", "/proc/modules", "/proc/uptime", "/proc/cgroups",
	"/proc/version", "/proc/net/sockstat", "/proc/sysvipc/shm",
	"/proc/sys/kernel/osrelease", "/proc/sys/kernel/random/boot_id",
	"/proc/spl/kstat/zfs/arcstats", "/proc/spl/kstat/zfs/abdstats",
	"/sys/kernel/debug/vmmemctl", "/sys/fs/cgroup/cgroup.stat",
	"/sys/kernel/debug/dma_buf/bufinfo", "/sys/kernel/debug/kmemleak",
	"/sys/kernel/debug/kmemleak_summary", "/sys/kernel/debug/kmemleak_stats",
	"/sys/kernel/debug/kmemleak_sites",
};

/**
 * struct cut - a text while it is put together
 * @to: writes into @text
 * @text: the lines so far
 * @size: of @text
 * @file: number of the file that they are from
 * @path: its path
 * @times: how often such a text began
 */
struct cut {
	FILE *to;
	char *text;
	size_t size;
	unsigned int file;
	char *path;
	unsigned int times;
};

/**
 * struct import - state while files are read
 * @cut: a text for each kind
 * @oom: reports of lack of memory
 * @oom_path: the file that the last of them is in
 * @named: a text of known_paths[]; not open between files
 * @named_path: its path; NULL if the lines are of no such text
 * @file: number of the file that is read
 * @path: its path
 * @found: some text was found already
 */
struct import {
	struct cut cut[KINDS];
	struct oom *oom;
	char *oom_path;
	struct cut named;
	const char *named_path;
	unsigned int file;
	const char *path;
	bool found;
};

static void cut_begin(struct cut *cut)
{
	if (cut->to)
		fclose(cut->to);
	free(cut->text);
	cut->text = NULL;
	cut->to = open_memstream(&cut->text, &cut->size);
	if (!cut->to)
		die("out of memory");
	cut->times++;
}

/* Return: the text, which belongs to the caller; NULL if there is none. */
static char *cut_end(struct cut *cut)
{
	char *text = NULL;

	if (cut->to) {
		fclose(cut->to);
		text = cut->text;
	}
	free(cut->path);
	*cut = (struct cut){ .times = cut->times };
	return text;
}

/* ---- Lines ---- */

/* Whether the unit is one that the kernel has, meminfo.c tells. */
static bool is_meminfo(const char *line)
{
	char name[MEMINFO_NAME_MAX], unit[MEMINFO_UNIT_MAX];
	int64_t value;

	return meminfo_field(line, name, &value, unit) && strcspn(name, " \t") == strlen(name) &&
	       (!*unit || strchr("bB", unit[strlen(unit) - 1]));
}

static bool is_slabtop(const char *line)
{
	char object[2], all[2];

	return sscanf(line, " %*u %*u %*u%% %*[0-9.]%1[KMG] %*u %*u %*[0-9.]%1[KMG] %*s",
		      object, all) == 2;
}

static bool is_area(const char *line)
{
	int end = 0;

	return sscanf(line, "0x%*[0-9a-f]-0x%*[0-9a-f] %*u %n", &end) != EOF && end;
}

static bool is_alloc(const char *line)
{
	int end = 0;

	return sscanf(line, " %*d %*u %*s%n", &end) != EOF && end && strstr(line + end, " func:");
}

/* The kind of a line, or KINDS; @begins is set if it is the first of its text. */
static enum kind kind_of(const char *line, enum kind before, bool *begins)
{
	*begins = !strncmp(line, "MemTotal:", 9) || !strncmp(line, "slabinfo - version", 18) ||
		  !strncmp(line, "allocinfo - version", 19) ||
		  !strncmp(line, "Active / Total Objects", 22);
	if (!strncmp(line, "MemTotal:", 9) || (before == KIND_MEMINFO && is_meminfo(line)))
		return KIND_MEMINFO;
	if (!strncmp(line, "slabinfo - version", 18) || !strncmp(line, "Active / Total ", 15) ||
	    strstr(line, " : slabdata ") || is_slabtop(line))
		return KIND_SLABINFO;
	if (is_area(line))
		return KIND_VMALLOCINFO;
	if (!strncmp(line, "allocinfo - version", 19) || is_alloc(line))
		return KIND_ALLOCINFO;
	return KINDS;
}

static enum kind add_line(struct import *import, const char *line, enum kind before)
{
	bool begins;
	enum kind kind = kind_of(line, before, &begins);
	struct cut *cut;

	if (kind == KINDS)
		return kind;
	cut = &import->cut[kind];
	if (begins || !cut->to || cut->file != import->file)
		cut_begin(cut);
	if (cut->file != import->file) {
		free(cut->path);
		cut->path = xstrdup(import->path);
	}
	cut->file = import->file;
	fprintf(cut->to, "%s\n", line);
	return kind;
}

/* ---- Texts with a name ---- */

static const char *known_path(const char *path)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known_paths); i++)
		if (!strcmp(path, known_paths[i]))
			return known_paths[i];
	return NULL;
}

/* "zoneinfo", "zoneinfo.txt", "proc_zoneinfo" */
static const char *path_of_file(const char *name)
{
	const char *base;
	size_t i, length;

	if (!strncmp(name, "proc_", 5))
		name += 5;
	for (i = 0; i < ARRAY_SIZE(known_paths); i++) {
		base = strrchr(known_paths[i], '/') + 1;
		length = strlen(base);
		if (!strncmp(name, base, length) &&
		    (!name[length] || !strcmp(name + length, ".txt") ||
		     !strcmp(name + length, ".out")))
			return known_paths[i];
	}
	return NULL;
}

static void named_end(struct import *import)
{
	char *text = cut_end(&import->named);

	if (text && *text) {
		root_add_text(import->named_path, text);
		import->found = true;
	} else {
		free(text);
	}
	import->named_path = NULL;
}

static void named_begin(struct import *import, const char *path)
{
	import->named_path = path;
	if (path)
		cut_begin(&import->named);
}

/*
 * supportconfig puts a line "#==[ Command ]===#" before each text, and the file or the
 * command on the next line: "# /proc/zoneinfo", "# /bin/cat /proc/zoneinfo".
 */
static void heading_line(struct import *import, const char *line)
{
	const char *word = strrchr(line, ' ');

	named_end(import);
	named_begin(import, word ? known_path(word + 1) : NULL);
}

/* ---- Files ---- */

static char *strip(char *line)
{
	line[strcspn(line, "\r\n")] = '\0';
	return line + strspn(line, " \t>");
}

/* The kernel's lines are short; a longer one is something else, and is read in pieces. */
static void read_lines(struct import *import, gzFile file)
{
	enum kind kind = KINDS;
	bool heading = false;
	char line[4096], *at;

	while (gztell(file) < FILE_BYTES_MAX && gzgets(file, line, sizeof(line))) {
		at = strip(line);
		if (heading && *at == '#') {
			heading_line(import, at);
			heading = false;
			continue;
		}
		heading = !strncmp(at, "#==[", 4);
		if (heading)
			named_end(import);
		if (import->named_path)
			fprintf(import->named.to, "%s\n", at);
		kind = add_line(import, at, kind);
		oom_line(import->oom, at);
	}
	named_end(import);
}

/* A header of tar has the sum of its bytes, with spaces in place of the sum. */
static bool is_tar(const unsigned char *head)
{
	unsigned long sum = 0, i;
	char field[9];

	if (!*head)
		return false;
	memcpy(field, head + TAR_SUM, 8);
	field[8] = '\0';
	for (i = 0; i < TAR_HEAD; i++)
		sum += i >= TAR_SUM && i < TAR_SUM + 8 ? ' ' : head[i];
	return strspn(field, " 01234567") >= 4 && strtoul(field, NULL, 8) == sum;
}

/* What is packed by gzip is unpacked here, and may be an archive within. */
static bool is_archive(int fd, gzFile file)
{
	unsigned char head[TAR_HEAD] = { 0 };

	if (pread(fd, head, sizeof(head), 0) < 6)
		return false;
	if (!memcmp(head, "\3757zXZ", 5) || !memcmp(head, "PK\x03\x04", 4) ||
	    !memcmp(head, "BZh", 3) || !memcmp(head, "\x28\xb5\x2f\xfd", 4) ||
	    !memcmp(head, "7z\xbc\xaf", 4) || !memcmp(head, "\xed\xab\xee\xdb", 4))
		return true;
	memset(head, 0, sizeof(head));
	gzread(file, head, sizeof(head));
	return gzrewind(file) == 0 && is_tar(head);
}

/* What was named must be read; among the files of a directory others may do. */
static void __printf(3, 4) give_up(const char *path, bool named, const char *format, ...)
{
	va_list args;
	char *why;

	va_start(args, format);
	if (vasprintf(&why, format, args) < 0)
		die("out of memory");
	va_end(args);
	if (named)
		die("%s%s", path, why);
	note("%s%s; going on without", path, why);
	free(why);
}

static void read_file(struct import *import, const char *path, const char *name, int flags)
{
	unsigned int reports = oom_reports(import->oom);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags);
	gzFile file;
	int err;

	if (fd < 0) {
		give_up(path, !flags, ": %s", strerror(errno));
		return;
	}
	file = gzdopen(fd, "r");
	if (!file)
		die("out of memory");
	if (is_archive(fd, file)) {
		give_up(path, !flags, " is an archive; unpack it, and name what was in it");
		gzclose(file);
		return;
	}
	import->file++;
	import->path = path;
	named_begin(import, path_of_file(name));
	read_lines(import, file);
	gzerror(file, &err);
	if (gztell(file) >= FILE_BYTES_MAX)
		give_up(path, !flags, ": it is too large");
	else if (err)
		give_up(path, !flags, ": it cannot be read to its end");
	gzclose(file);
	if (oom_reports(import->oom) != reports) {
		free(import->oom_path);
		import->oom_path = xstrdup(path);
	}
}

/**
 * struct found - a file of a directory
 * @path: its path
 * @time: when it was written, in seconds: copies of one moment are in the order of names
 */
struct found {
	char *path;
	time_t time;
};

static int by_time(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return strverscmp(x->path, y->path);
}

static size_t find_files(const char *path, struct found **found)
{
	char *const paths[] = { (char *)path, NULL };
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *entry;
	size_t nr = 0;

	if (!tree)
		die("%s: %s", path, strerror(errno));
	while ((entry = fts_read(tree))) {
		if (entry->fts_info != FTS_F)
			continue;
		*found = xrealloc(*found, nr + 1, sizeof(**found));
		(*found)[nr++] = (struct found){
			.path = xstrdup(entry->fts_path),
			.time = entry->fts_statp->st_mtime,
		};
	}
	fts_close(tree);
	if (nr)
		qsort(*found, nr, sizeof(**found), by_time);
	return nr;
}

static void read_directory(struct import *import, const char *path)
{
	struct found *found = NULL;
	size_t i, nr = find_files(path, &found);

	for (i = 0; i < nr; i++) {
		read_file(import, found[i].path, strrchr(found[i].path, '/') + 1, O_NOFOLLOW);
		free(found[i].path);
	}
	free(found);
}

/* ---- What was found ---- */

static void add_text(struct import *import, const char *path, char *text)
{
	if (!text || !*text) {
		free(text);
		return;
	}
	root_add_text(path, text);
	import->found = true;
}

/* A report of lack of memory is older than what the machine still could say of itself. */
static void use_oom(struct import *import, const char *path)
{
	struct cut meminfo = { 0 }, zoneinfo = { 0 }, slabtop = { 0 }, allocinfo = { 0 };

	cut_begin(&meminfo);
	cut_begin(&zoneinfo);
	cut_begin(&slabtop);
	cut_begin(&allocinfo);
	if (!oom_write(import->oom, meminfo.to, zoneinfo.to, slabtop.to, allocinfo.to))
		note("%s: the report of lack of memory is cut: it has no \"pages RAM\"", path);
	if (oom_reports(import->oom) > 1)
		note("%s has %u reports of lack of memory; this is the last%s%s", path,
		     oom_reports(import->oom), strcmp(import->oom_path, path) ? ", of " : "",
		     strcmp(import->oom_path, path) ? import->oom_path : "");
	add_text(import, "/proc/meminfo", cut_end(&meminfo));
	add_text(import, "/proc/zoneinfo", cut_end(&zoneinfo));
	add_text(import, "/proc/slabinfo", cut_end(&slabtop));
	add_text(import, "/proc/allocinfo", cut_end(&allocinfo));
}

/* The machine did lack memory, whatever its /proc/meminfo says. */
static void note_oom(const struct import *import)
{
	unsigned int nr = oom_reports(import->oom);
	const char *of = import->cut[KIND_MEMINFO].path;

	if (strcmp(of, import->oom_path))
		note("this is %s; there %s %u report%s of lack of memory, too: to look at the "
		     "last, kmemleak triage --from %s", of, nr == 1 ? "is" : "are", nr,
		     plural(nr), import->oom_path);
	else
		note("%s has %u report%s of lack of memory, too: to look at the last, copy it to "
		     "a file without /proc/meminfo", of, nr, plural(nr));
}

static void note_times(const struct cut *cut, const char *path, const char *what)
{
	if (strcmp(cut->path, path))
		note("%s has %s %u times; this is the last, of %s", path, what, cut->times,
		     cut->path);
	else
		note("%s has %s %u times; this is the last", path, what, cut->times);
}

static void use_texts(struct import *import, const char *path)
{
	enum kind kind;

	if (oom_reports(import->oom)) {
		if (import->cut[KIND_MEMINFO].to)
			note_oom(import);
		else
			use_oom(import, path);
	}
	for (kind = 0; kind < KINDS; kind++) {
		if (import->cut[kind].times > 1)
			note_times(&import->cut[kind], path, kind_paths[kind]);
		add_text(import, kind_paths[kind], cut_end(&import->cut[kind]));
	}
	if (import->found)
		return;
	if (oom_is_of_cgroup(import->oom))
		die("%s: a memory cgroup was out of memory, not the machine: its limit was "
		    "reached", path);
	die("%s: nothing in it tells of memory; looked for /proc/meminfo, slabinfo, "
	    "vmallocinfo and allocinfo, what slabtop -o prints, and \"Mem-Info:\" in a log",
	    path);
}

/* Is it a directory itself, and no link to one? */
static bool is_directory(const char *path)
{
	struct stat stat;

	return !lstat(path, &stat) && S_ISDIR(stat.st_mode);
}

static bool is_tree(const char *path)
{
	char *proc = xasprintf("%s/proc", path);
	bool is = is_directory(proc);

	free(proc);
	return is;
}

/* The tree in a directory that has been unpacked into; NULL if there is none. */
static char *find_tree(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char *found = NULL, *below;

	while (dir && (entry = readdir(dir))) {
		if (*entry->d_name == '.')
			continue;
		below = xasprintf("%s/%s", path, entry->d_name);
		if (!is_directory(below) || !is_tree(below)) {
			free(below);
			continue;
		}
		if (found)
			die("%s has more than one machine, %s and %s; name one", path,
			    strrchr(found, '/') + 1, entry->d_name);
		found = below;
	}
	if (dir)
		closedir(dir);
	return found;
}

void import_set(const char *path)
{
	struct import import = { 0 };
	struct stat stat_of;
	char *tree;

	if (stat(path, &stat_of))
		die("%s: %s", path, strerror(errno));
	if (!S_ISDIR(stat_of.st_mode) && !S_ISREG(stat_of.st_mode))
		die("%s: neither a file nor a directory", path);
	tree = !S_ISDIR(stat_of.st_mode) ? NULL :
	       is_tree(path) ? xstrdup(path) : find_tree(path);
	if (tree) {
		root_set(tree);
		free(tree);
		return;
	}
	root_set_texts(path);
	import.oom = oom_new();
	if (S_ISDIR(stat_of.st_mode))
		read_directory(&import, path);
	else
		read_file(&import, path, strrchr(path, '/') ? strrchr(path, '/') + 1 : path, 0);
	use_texts(&import, path);
	oom_free(import.oom);
	free(import.oom_path);
}
