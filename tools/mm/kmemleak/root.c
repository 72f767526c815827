// SPDX-License-Identifier: GPL-2.0
/*
 * Files of the inspected machine, and helpful errors if they cannot be read.
 * May call: command.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "root.h"

static const char *root = "";

void root_set(const char *dir)
{
	root = strcmp(dir, "/") ? dir : "";
}

bool root_is_live(void)
{
	return !*root;
}

char *root_path(const char *path)
{
	return xasprintf("%s%s", root, path);
}

FILE *root_try(const char *path)
{
	char *where = root_path(path);
	FILE *file = fopen(where, "re");

	free(where);
	return file;
}

static bool exists(const char *path)
{
	char *where = root_path(path);
	bool there = !access(where, F_OK);

	free(where);
	return there;
}

FILE *root_open(const char *path)
{
	FILE *file = root_try(path);

	if (file)
		return file;
	if (errno == EACCES || errno == EPERM)
		die("%s%s: %s; run as root", root, path, strerror(errno));
	die("%s%s: %s", root, path, strerror(errno));
}

static void __noreturn die_of_detector(const char *path, int err)
{
	if (err == EACCES || err == EPERM)
		die("%s%s: %s; run as root", root, path, strerror(err));
	if (err != ENOENT)
		die("%s%s: %s", root, path, strerror(err));
	if (exists(DETECTOR_FILE))
		die("%s%s: no such file; this kernel's own leak detector cannot do that", root,
		    path);
	/* A mounted debugfs always has one of these. */
	if (exists(DETECTOR_DIR) && !exists(DETECTOR_DIR "/clear_warn_once") &&
	    !exists(DETECTOR_DIR "/bdi"))
		die("%s" DETECTOR_DIR ": debugfs is not mounted; run: mount -t debugfs none "
		    DETECTOR_DIR, root);
	die("%s%s: no such file; this kernel was built without CONFIG_DEBUG_KMEMLEAK",
	    root, path);
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
	return exists(DETECTOR_FILE "_stats");
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
		die("%s%s: %s: %s", root, DETECTOR_FILE, command, strerror(err));
	}
}

void detector_write(const char *command, const char *invalid)
{
	char *path = root_path(DETECTOR_FILE);
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = errno;

	free(path);
	if (fd < 0)
		die_of_detector(DETECTOR_FILE, err);
	if (write(fd, command, strlen(command)) < 0)
		die_of_write(command, invalid, errno);
	close(fd);
}
