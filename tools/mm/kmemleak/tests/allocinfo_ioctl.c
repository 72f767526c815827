// SPDX-License-Identifier: GPL-2.0
/*
 * To be preloaded: /proc/allocinfo with the ioctls of Linux 7.3, on a kernel that has none.
 * ALLOCINFO_IOCTL says what they do: "none" is an older kernel, "broken" fails halfway.
 * The structures are written out here as <linux/alloc_tag.h> of 7.3 has them.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define NAME	64
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

struct tag_data {
	char modname[NAME];
	char function[NAME];
	char filename[NAME];
	uint64_t lineno;
	uint64_t bytes;
	uint64_t calls;
	uint8_t accurate;
	uint8_t pad[7];
};

struct get_at {
	uint64_t pos;
	uint64_t mask;
	char names[3][NAME];
	uint64_t lineno;
	uint64_t min_size;
	uint64_t max_size;
	uint64_t inaccurate;
	struct tag_data data;
};

static const struct tag_data tags[] = {
	{ "", "alloc_slab_page", "mm/slub.c", 2424, 1 << 20, 256, 1, { 0 } },
	{ "", "too_small", "kernel/small.c", 7, 128, 2, 1, { 0 } },
	{ "leaky", "leak_by_ioctl", "drivers/leaky.c", 99, 3ULL << 30, 3 << 20, 0, { 0 } },
	{ "", "d_alloc", "fs/dcache.c", 1625, 2 << 20, 4096, 1, { 0 } },
};

static int file = -1;
static size_t at;

static int open_file(const char *path)
{
	static const char text[] = "allocinfo - version: 2.0\n#     <size>  <calls> <tag info>\n"
		"  4294967296  4194304 drivers/leaky.c:99 [leaky] func:leak_by_file\n";

	if (strcmp(path, "/proc/allocinfo"))
		return -1;
	file = memfd_create("allocinfo", 0);
	if (write(file, text, sizeof(text) - 1) != sizeof(text) - 1)
		abort();
	lseek(file, 0, SEEK_SET);
	return file;
}

int open(const char *path, int flags, ...)
{
	static int (*next)(const char *path, int flags, ...);
	int fd = open_file(path);
	va_list args;
	int mode;

	va_start(args, flags);
	mode = va_arg(args, int);
	va_end(args);
	if (!next)
		next = dlsym(RTLD_NEXT, "open");
	return fd < 0 ? next(path, flags, mode) : fd;
}

static int next_tag(uint64_t min_size, struct tag_data *data)
{
	const char *what = getenv("ALLOCINFO_IOCTL") ?: "";

	while (at < ARRAY_SIZE(tags) && tags[at].bytes < min_size)
		at++;
	if (!strcmp(what, "broken") && at) {
		errno = EFAULT;
		return -1;
	}
	if (at == ARRAY_SIZE(tags)) {
		errno = ENOENT;
		return -1;
	}
	*data = tags[at++];
	return 0;
}

int ioctl(int fd, unsigned long request, ...)
{
	static int (*next)(int fd, unsigned long request, ...);
	static uint64_t min_size;
	struct get_at *get;
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (!next)
		next = dlsym(RTLD_NEXT, "ioctl");
	if (fd != file || !strcmp(getenv("ALLOCINFO_IOCTL") ?: "", "none"))
		return next(fd, request, arg);
	if (request == _IOWR(0xA6, 1, struct get_at)) {
		get = arg;
		min_size = get->mask & (1 << 5) ? get->min_size : 0;
		at = get->pos;
		return next_tag(min_size, &get->data);
	}
	if (request == _IOR(0xA6, 2, struct tag_data))
		return next_tag(min_size, arg);
	errno = ENOTTY;
	return -1;
}
