// SPDX-License-Identifier: GPL-2.0
/*
 * What test runners do with the control file and a shell cannot.
 *
 *	kmemleak_runner gpu FILE		the GPU test runner, after a test
 *	kmemleak_runner readers FILE NAME	two readers at once: NAME.1 and NAME.2
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

/* The GPU test runner tries so many times what a signal has interrupted. */
#define GPU_TRIES	5

static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerrorname_np(errno));
	exit(1);
}

static int open_or_die(const char *file, int flags)
{
	int fd = open(file, flags);

	if (fd < 0)
		die(file);
	return fd;
}

static int try_again(ssize_t result)
{
	return result < 0 && (errno == EINTR || errno == EAGAIN);
}

static ssize_t gpu_write(int fd, const char *text)
{
	ssize_t written;
	int i;

	for (i = 0; i < GPU_TRIES; i++) {
		written = write(fd, text, strlen(text));
		if (!try_again(written))
			break;
	}
	return written;
}

static ssize_t gpu_read(int fd, char *buffer, size_t size)
{
	ssize_t got;
	int i;

	for (i = 0; i < GPU_TRIES; i++) {
		got = read(fd, buffer, size);
		if (!try_again(got))
			break;
	}
	return got;
}

static void on_alarm(int sig)
{
	(void)sig;
}

/*
 * Scan, and read one byte. If there is one, there are leaks, and all is copied to stdout.
 * A signal arrives while it scans.
 */
static int run_gpu(const char *file)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval soon = { .it_value = { 0, 5000 } };
	int fd = open_or_die(file, O_RDWR);
	char buffer[4096];
	ssize_t got;

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	if (gpu_write(fd, "scan") != 4)
		die("scan");
	if (lseek(fd, 0, SEEK_SET))
		die("lseek");
	got = gpu_read(fd, buffer, 1);
	while (got > 0) {
		fwrite(buffer, 1, got, stdout);
		got = gpu_read(fd, buffer, sizeof(buffer));
	}
	if (got < 0)
		die("read");
	return 0;
}

/* The readers take turns, in pieces of different sizes. */
static int run_readers(const char *file, const char *name)
{
	const size_t size[2] = { 97, 31 };
	ssize_t got[2] = { 1, 1 };
	char path[256], buffer[128];
	int from[2], i;
	FILE *to[2];

	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s.%d", name, i + 1);
		from[i] = open_or_die(file, O_RDONLY);
		to[i] = fopen(path, "w");
		if (!to[i])
			die(path);
	}
	for (i = 0; got[0] > 0 || got[1] > 0; i = !i) {
		if (got[i] <= 0)
			continue;
		got[i] = read(from[i], buffer, size[i]);
		if (got[i] < 0)
			die("read");
		fwrite(buffer, 1, got[i], to[i]);
	}
	return fclose(to[0]) || fclose(to[1]);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "gpu"))
		return run_gpu(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "readers"))
		return run_readers(argv[2], argv[3]);
	fprintf(stderr, "usage: kmemleak_runner gpu FILE | readers FILE NAME\n");
	return 2;
}
