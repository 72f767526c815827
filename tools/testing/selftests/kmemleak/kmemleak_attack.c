// SPDX-License-Identifier: GPL-2.0
/*
 * Attacks the detector's files: eight processes write commands that are valid, nearly
 * valid or neither, and read, seek and poll, all at random.
 *
 *	kmemleak_attack SECONDS SEED FILE...
 *
 * Files that cannot be written are only read. What is not written: "off", after which
 * there is nothing left to attack; and a true value to parameters that are named on or
 * after an argument "--", which would panic or flood the log. What a parameter held at
 * first it holds at the end.
 *
 * Prints the number of writes, of those that succeeded, and of reads: "writes done
 * reads". Fails, and tells the last call of each process, if one of them hangs.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROCESSES	8
#define FILES_MAX	48
#define TEXT_MAX	65536
#define VALUE_MAX	4096
#define ADDRESSES_MAX	4096
/* A process that has not ended this many seconds after the time is over hangs. */
#define PATIENCE	150

struct file {
	const char *name;
	int writable;
	int only_false;		/* takes no true value */
	size_t size;		/* of what it held at first, for a parameter */
	char value[VALUE_MAX];
};

/**
 * struct attacker - what a process does, for the parent to see
 * @call: what it does to a file now
 * @file: number of that file
 * @text: begin of what it writes
 */
struct attacker {
	const char *call;
	int file;
	char text[64];
	long writes;
	long done;
	long reads;
};

static struct file files[FILES_MAX];
static int nr_files;
static unsigned long addresses[ADDRESSES_MAX];
static int nr_addresses;
static struct attacker *attackers;
static time_t end;
static char text[TEXT_MAX + 64];
static char buffer[TEXT_MAX];

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

static unsigned long some(unsigned long below)
{
	return (((unsigned long)random() << 31) ^ random()) % below;
}

/* Addresses of what exists: vmalloc areas and the kernel's data. */
static void addresses_from(const char *name)
{
	unsigned int skip = 0;
	FILE *list = fopen(name, "r");
	char line[512];

	while (list && fgets(line, sizeof(line), list) && nr_addresses < ADDRESSES_MAX)
		if (skip++ % 16 == 0)
			addresses[nr_addresses++] = strtoul(line, NULL, 16);
	if (list)
		fclose(list);
}

static unsigned long some_address(void)
{
	unsigned long address = nr_addresses ? addresses[some(nr_addresses)] : 0;

	switch (some(4)) {
	case 0:
		return address;
	case 1:
		return address + some(1 << 16) * 8;
	case 2:
		return address ^ 1UL << some(64);
	default:
		return some(-1UL);
	}
}

static const char * const words[] = {
	"scan", "scan", "scan", "scan=on", "scan=off", "stack=on", "stack=off", "clear",
	"scan=", "path=", "dump=", "off", "on", "Y", "N", "0", "1", "y\n", "flat", "roots",
	"scan\n", " scan ", "\tclear\n", "SCAN", "scan =on", "stack", "clear=", "=", "-1",
	"scan=-1", "scan=4294967296", "scan=18446744073709551616", "scan=0x", "scan=1e9",
	"dump=0", "dump=-1", "path=0", "path=zzz", "dump=%s%n", "4294967295", "2147483648",
};

static const char * const prefixes[] = { "scan=", "path=", "dump=", "" };

/* Text for a write, of which much is a command; returns its size. */
static size_t some_text(void)
{
	size_t size, i;

	switch (some(8)) {
	case 0:
	case 1:
	case 2:
		return sprintf(text, "%s", words[some(sizeof(words) / sizeof(*words))]);
	case 3:
		return sprintf(text, some(2) ? "%s0x%lx" : "%s%lu", prefixes[1 + some(3)],
			       some_address());
	case 4:
		return sprintf(text, "%s%ld", prefixes[some(4)],
			       some(2) ? (long)some(4) : (long)some(-1UL) >> some(64));
	case 5:
		/* A command with a byte changed, or cut, or with a NUL and more behind it. */
		size = sprintf(text, "%s", words[some(sizeof(words) / sizeof(*words))]);
		text[some(size)] = some(256);
		if (some(2))
			size = some(size) + 1;
		else
			memcpy(text + size, "\0scan", 5), size += 5;
		return size;
	case 6:
		size = some(2) ? some(64) : some(TEXT_MAX);
		for (i = 0; i < size; i++)
			text[i] = some(256);
		return size;
	default:
		/* A command in much white space. */
		size = some(2) ? some(64) : some(TEXT_MAX);
		memset(text, some(2) ? ' ' : '\n', size);
		return size + sprintf(text + size, "%s", words[some(8)]);
	}
}

/* Would the kernel take it for "off"? It reads up to a NUL, without white space around. */
static int is_off(const char *from, size_t size)
{
	size_t last = strnlen(from, size), first = 0;

	while (first < last && isspace((unsigned char)from[first]))
		first++;
	while (last > first && isspace((unsigned char)from[last - 1]))
		last--;
	return last - first == 3 && !memcmp(from + first, "off", 3);
}

static int is_allowed(const struct file *file, const char *from, size_t size)
{
	if (file->only_false && size && strchr("yYtTeEoO1", *from))
		return 0;
	/* As a parameter's value it is one of the false ones. */
	return file->size || !is_off(from, size);
}

/* In one call or in two, or in as many pieces as writev() makes of it. */
static long attack_write(const struct file *file, int fd, struct attacker *me)
{
	size_t size = some_text(), cut = some(4) || !size ? size : some(size);
	struct iovec pieces[2] = { { text, cut }, { text + cut, size - cut } };

	if (!is_allowed(file, text, cut) || !is_allowed(file, text + cut, size - cut))
		return 0;
	snprintf(me->text, sizeof(me->text), "%.*s", (int)size, text);
	me->call = "write";
	me->writes++;
	switch (some(4)) {
	case 0:
		return writev(fd, pieces, 2);
	case 1:
		return pwrite(fd, text, cut, some(1 << 20));
	default:
		if (cut < size && write(fd, text, cut) < 0)
			return -1;
		return write(fd, text + (cut < size ? cut : 0), size - (cut < size ? cut : 0));
	}
}

static void attack_read(int fd, struct attacker *me)
{
	size_t size = some(3) ? some(4096) : some(TEXT_MAX);

	me->call = "read";
	me->reads++;
	if (some(2)) {
		while (read(fd, buffer, size) > 0 && some(16))
			;
	} else if (pread(fd, buffer, size, some(1 << some(21))) < 0) {
		me->call = "lseek";
		lseek(fd, (long)some(-1UL) >> some(64), some(5));
	}
}

static void attack_otherwise(int fd, struct attacker *me)
{
	struct pollfd wait = { .fd = fd, .events = POLLPRI | POLLIN | POLLOUT };

	switch (some(4)) {
	case 0:
		me->call = "lseek";
		lseek(fd, (long)some(-1UL) >> some(64), some(5));
		break;
	case 1:
		me->call = "ftruncate";
		if (ftruncate(fd, some(4096)))
			break;
		break;
	default:
		me->call = "poll";
		poll(&wait, 1, some(20));
	}
}

static void attack(struct attacker *me)
{
	int fds[4] = { -1, -1, -1, -1 }, of[4] = {}, i;

	while (now() < end) {
		i = some(4);
		if (fds[i] < 0 || !some(8)) {
			me->call = "close and open";
			if (fds[i] >= 0)
				close(fds[i]);
			/* Every second one is the control file, which is the first. */
			of[i] = some(2) ? 0 : some(nr_files);
			me->file = of[i];
			fds[i] = open(files[of[i]].name,
				      files[of[i]].writable ? O_RDWR : O_RDONLY);
			continue;
		}
		me->file = of[i];
		if (files[of[i]].writable && some(2))
			me->done += attack_write(&files[of[i]], fds[i], me) > 0;
		else if (some(4))
			attack_read(fds[i], me);
		else
			attack_otherwise(fds[i], me);
	}
	for (i = 0; i < 4; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	me->call = NULL;
}

static void file_add(const char *name, int only_false)
{
	struct file *file = &files[nr_files++];
	ssize_t size;
	int fd;

	file->name = name;
	/* To root, access() says that every file is. */
	fd = open(name, O_WRONLY);
	file->writable = fd >= 0;
	if (fd >= 0)
		close(fd);
	file->only_false = only_false;
	if (!file->writable || !strstr(name, "/parameters/"))
		return;
	fd = open(name, O_RDONLY);
	size = read(fd, file->value, VALUE_MAX);
	file->size = size > 0 ? size : 0;
	close(fd);
}

/*
 * Parameters as they were. With some values, such as a billion verifying passes, a scan
 * does not end, and all processes soon wait for it.
 */
static void restore(void)
{
	int i, fd;

	for (i = 0; i < nr_files; i++) {
		if (!files[i].size)
			continue;
		fd = open(files[i].name, O_WRONLY);
		if (write(fd, files[i].value, files[i].size) < 0)
			printf("# %s: not restored: %s\n", files[i].name, strerror(errno));
		close(fd);
	}
}

/* Waits for all processes, and restores the parameters every second. */
static int wait_all(int left)
{
	int i, status, failed = 0;
	unsigned int round = 0;

	while (left && now() < end + PATIENCE) {
		if (waitpid(-1, &status, WNOHANG) > 0) {
			left--;
			failed |= status;
			continue;
		}
		if (round++ % 10 == 0)
			restore();
		usleep(100000);
	}
	for (i = 0; left && i < PROCESSES; i++)
		if (attackers[i].call)
			printf("# hangs: process %d in %s of %s, text: %s\n", i,
			       attackers[i].call, files[attackers[i].file].name,
			       attackers[i].text);
	return left || failed;
}

int main(int argc, char **argv)
{
	long writes = 0, done = 0, reads = 0;
	int i, only_false = 0, failed;

	attackers = mmap(NULL, PROCESSES * sizeof(*attackers), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (argc < 4 || attackers == MAP_FAILED) {
		fprintf(stderr, "usage: kmemleak_attack SECONDS SEED FILE... [-- FILE...]\n");
		return 2;
	}
	for (i = 3; i < argc && nr_files < FILES_MAX; i++) {
		if (!strcmp(argv[i], "--"))
			only_false = 1;
		else
			file_add(argv[i], only_false);
	}
	addresses_from("/proc/vmallocinfo");
	addresses_from("/proc/kallsyms");
	end = now() + atoi(argv[1]);
	fflush(NULL);
	for (i = 0; i < PROCESSES; i++) {
		if (fork())
			continue;
		srandom(atoi(argv[2]) * PROCESSES + i);
		attack(&attackers[i]);
		_exit(0);
	}
	failed = wait_all(PROCESSES);
	restore();
	for (i = 0; i < PROCESSES; i++) {
		writes += attackers[i].writes;
		done += attackers[i].done;
		reads += attackers[i].reads;
	}
	printf("%ld %ld %ld\n", writes, done, reads);
	return failed;
}
