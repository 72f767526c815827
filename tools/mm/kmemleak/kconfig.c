// SPDX-License-Identifier: GPL-2.0
/*
 * The configuration that the inspected kernel was built with: /proc/config.gz, or the
 * file in /boot. May call: origin.c, root.c, command.c.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "command.h"
#include "kconfig.h"
#include "origin.h"
#include "root.h"

/* A small file could unpack to any size; a configuration has some 300 KB. */
#define CONFIG_BYTES_MAX	(16 << 20)

static int has_line(const char *path, const char *setting)
{
	int fd = root_open_fd(path, O_RDONLY), found = 0;
	gzFile file = fd < 0 ? NULL : gzdopen(fd, "r");
	char line[512];

	if (!file) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while (!found && gztell(file) < CONFIG_BYTES_MAX && gzgets(file, line, sizeof(line))) {
		line[strcspn(line, "\n")] = '\0';
		found = !strcmp(line, setting);
	}
	gzclose(file);
	return found;
}

int kconfig_has(const char *option)
{
	char *setting = xasprintf("%s=y", option), *release = NULL, *path = NULL;
	int has = has_line("/proc/config.gz", setting);

	if (has < 0)
		release = kernel_release();
	if (release) {
		path = xasprintf("/boot/config-%s", release);
		has = has_line(path, setting);
	}
	free(path);
	free(release);
	free(setting);
	return has;
}
