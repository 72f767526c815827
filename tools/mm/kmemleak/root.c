// SPDX-License-Identifier: GPL-2.0
/*
 * Files of the inspected machine. May call: command.c.
 *
 * Invariants: of a saved tree, nothing is written, and nothing outside of it is read:
 * symbolic links are followed as if the tree was the root directory. Only regular files
 * of a tree are read, as a pipe in it would keep the program waiting.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "command.h"
#include "root.h"

/* A file of which only the text is known, as it was cut out of another one. */
struct text_file {
	char *path;
	char *text;
	struct text_file *next;
};

static const char *root = "";		/* empty for the running machine */
static char *root_copy;			/* what it points to, if that was set */
static struct text_file *text_files;
static bool only_texts;

static void forget_texts(void)
{
	struct text_file *file;

	while ((file = text_files)) {
		text_files = file->next;
		free(file->path);
		free(file->text);
		free(file);
	}
}

static void set_name(const char *name)
{
	char *copy = xstrdup(name);

	forget_texts();
	free(root_copy);
	root_copy = copy;
	root = copy;
}

void root_set(const char *dir)
{
	set_name(strcmp(dir, "/") ? dir : "");
	only_texts = false;
}

void root_set_texts(const char *name)
{
	set_name(name);
	only_texts = true;
}

void root_add_text(const char *path, char *text)
{
	struct text_file *file = xcalloc(1, sizeof(*file));

	*file = (struct text_file){ xstrdup(path), text, text_files };
	text_files = file;
}

static const struct text_file *find_text(const char *path)
{
	const struct text_file *file;

	for (file = text_files; file; file = file->next)
		if (!strcmp(file->path, path))
			return file;
	return NULL;
}

bool root_is_live(void)
{
	return !*root;
}

const char *root_name(void)
{
	return *root ? root : "/";
}

char *root_path(const char *path)
{
	return xasprintf("%s%s", root, path);
}

/* Without openat2(): accept no symbolic link at all. */
static int open_without_links(int dir, const char *path, int flags)
{
	char *copy = xstrdup(path), *at = copy, *name;
	int fd = dup(dir), next;

	while (fd >= 0 && (name = strsep(&at, "/"))) {
		if (!*name)
			continue;
		if (!strcmp(name, "..")) {
			next = -1;
			errno = EXDEV;
		} else {
			next = openat(fd, name, O_CLOEXEC | O_NOFOLLOW | (at ? O_PATH : flags));
		}
		close(fd);
		fd = next;
	}
	free(copy);
	return fd;
}

/* Linux has it since 5.6; filters of system calls may not know it. */
static bool openat2_works(void)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC };
	int fd = syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof(how));

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static int open_in_tree(const char *path, int flags)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int dir, fd, err;

	if (only_texts) {
		errno = ENOENT;
		return -1;
	}
	dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -1;
	if (openat2_works())
		fd = syscall(SYS_openat2, dir, *path ? path : "/", &how, sizeof(how));
	else
		fd = open_without_links(dir, path, flags);
	err = errno;
	close(dir);
	errno = err;
	return fd;
}

/* Keep a descriptor of a regular file; close any other. */
static int keep_regular(int fd)
{
	struct stat stat;

	if (fd < 0 || (!fstat(fd, &stat) && S_ISREG(stat.st_mode)))
		return fd;
	close(fd);
	errno = EINVAL;
	return -1;
}

/* Look before opening: opening a device may do something. */
static int open_regular(const char *path, int flags)
{
	int fd = keep_regular(open_in_tree(path, O_PATH));

	if (fd < 0)
		return fd;
	close(fd);
	return keep_regular(open_in_tree(path, flags | O_NONBLOCK));
}

int root_open_fd(const char *path, int flags)
{
	if (root_is_live())
		return open(path, flags | O_CLOEXEC);
	return flags & (O_PATH | O_DIRECTORY) ? open_in_tree(path, flags) :
						open_regular(path, flags);
}

int open_regular_file(const char *path)
{
	struct stat stat_of;

	if (stat(path, &stat_of))
		return -1;
	if (!S_ISREG(stat_of.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	return keep_regular(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
}

FILE *root_try(const char *path)
{
	const struct text_file *known = find_text(path);
	FILE *file;
	int fd;

	if (known)
		return fmemopen(known->text, strlen(known->text) + !*known->text, "r");
	fd = root_open_fd(path, O_RDONLY);
	if (fd < 0)
		return NULL;
	file = fdopen(fd, "r");
	if (!file)
		close(fd);
	return file;
}

DIR *root_dir(const char *path)
{
	int fd = root_open_fd(path, O_RDONLY | O_DIRECTORY);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !dir)
		close(fd);
	return dir;
}

int root_access(const char *path)
{
	int fd;

	if (find_text(path))
		return 0;
	if (root_is_live())
		return access(path, F_OK) ? errno : 0;
	fd = open_in_tree(path, O_PATH);
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

bool root_has(const char *path)
{
	return !root_access(path);
}

char *root_resolve(const char *path)
{
	char link[64], *place;
	int fd;

	if (root_is_live())
		return xstrdup(path);
	fd = open_in_tree(path, O_PATH);
	if (fd < 0)
		return NULL;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	place = realpath(link, NULL);
	close(fd);
	return place;
}

/* "none [integrity] confidentiality" */
static bool is_locked_down(void)
{
	FILE *file = root_try("/sys/kernel/security/lockdown");
	char line[128] = "";

	if (!file)
		return false;
	if (!fgets(line, sizeof(line), file))
		*line = '\0';
	fclose(file);
	return strchr(line, '[') && !strstr(line, "[none]");
}

const char *root_hint(int err)
{
	if (err != EACCES && err != EPERM)
		return "";
	if (root_is_live() && err == EPERM && is_locked_down())
		return "; this kernel is locked down, as Secure Boot does: see "
		       "/sys/kernel/security/lockdown";
	return root_is_live() ? "; run as root" : "; run as root, or as who saved it";
}

static void __noreturn die_of_detector(const char *path, int err)
{
	if (err != ENOENT)
		die("%s%s: %s%s", root, path, strerror(err), root_hint(err));
	if (root_has(DETECTOR_FILE))
		die("%s%s: no such file; this kernel's own leak detector cannot do that", root,
		    path);
	/* A mounted debugfs always has one of these. */
	if (root_has(DETECTOR_DIR "/clear_warn_once") || root_has(DETECTOR_DIR "/bdi"))
		die("%s%s: no such file; this kernel was built without CONFIG_DEBUG_KMEMLEAK",
		    root, path);
	if (root_is_live())
		die(DETECTOR_DIR ": debugfs is not mounted; run: mount -t debugfs none "
		    DETECTOR_DIR);
	die("%s%s: no such file; it was not saved", root, path);
}

FILE *detector_open(const char *name)
{
	char *path = xasprintf(DETECTOR_DIR "/%s", name);
	FILE *file = root_try(path);

	if (!file)
		die_of_detector(path, errno);
	free(path);
	return file;
}

bool detector_is_off(void)
{
	FILE *file = root_try(DETECTOR_FILE "_stats");
	char line[128];
	bool off = false;

	while (file && !off && fgets(line, sizeof(line), file))
		off = !strcmp(line, "state: off\n");
	if (file)
		fclose(file);
	return off;
}

bool detector_is_ours(void)
{
	return root_has(DETECTOR_FILE "_stats");
}

static void __noreturn die_of_write(const char *command, const char *invalid, int err)
{
	switch (err) {
	case EINVAL:
		die("%s", invalid);
	case EPERM:
		die("the leak detector is off; boot with kmemleak=on");
	case EINTR:
		die("%s: interrupted", command);
	default:
		die("%s: %s: %s", DETECTOR_FILE, command, strerror(err));
	}
}

void detector_need_live(void)
{
	if (!root_is_live())
		die("%s is a saved machine, and nothing is written there; "
		    "run this without --root", root);
}

void detector_write(const char *command, const char *invalid)
{
	int fd;

	detector_need_live();
	fd = open(DETECTOR_FILE, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		die_of_detector(DETECTOR_FILE, errno);
	if (write(fd, command, strlen(command)) < 0)
		die_of_write(command, invalid, errno);
	close(fd);
}
