// SPDX-License-Identifier: GPL-2.0
/*
 * What programs feel of the detector. Linked statically, for a guest that has no
 * C library:
 *
 * kmemleak_macro loops <directory> <loops> <samples>
 *	system calls that allocate, with files in that directory: one line each,
 *	"name ns", the best sample's mean
 * kmemleak_macro write <file> <text> <times>
 *	the best time that one write of the text took, in ns
 * kmemleak_macro boottime
 *	ns since the kernel began to count them
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static unsigned long long now(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t))
		err(1, "clock_gettime");
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static void wait_child(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || status)
		errx(1, "a child failed");
}

static void loop_fork(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	if (pid < 0)
		err(1, "fork");
	wait_child(pid);
}

static void loop_exec(void)
{
	pid_t pid = vfork();

	if (!pid) {
		execl("/proc/self/exe", "kmemleak_macro", "nothing", NULL);
		_exit(1);
	}
	if (pid < 0)
		err(1, "vfork");
	wait_child(pid);
}

static void loop_pipe(void)
{
	int fd[2];

	if (pipe(fd))
		err(1, "pipe");
	close(fd[0]);
	close(fd[1]);
}

static void loop_socketpair(void)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd))
		err(1, "socketpair");
	close(fd[0]);
	close(fd[1]);
}

static void loop_stat(void)
{
	struct stat st;

	if (!stat("a-name-that-is-not-there", &st))
		errx(1, "stat found what is not there");
}

static void create(const char *name)
{
	int fd = open(name, O_CREAT | O_EXCL | O_WRONLY, 0600);

	if (fd < 0)
		err(1, "%s", name);
	close(fd);
}

static void remove_file(const char *name)
{
	if (unlink(name))
		err(1, "%s", name);
}

static void loop_create_unlink(void)
{
	create("used/file");
	remove_file("used/file");
}

/* The directory's own tree of names comes and goes with the file. */
static void loop_create_unlink_empty(void)
{
	create("empty/file");
	remove_file("empty/file");
}

static void loop_mmap(void)
{
	size_t length = 16 * 4096;
	void *p = mmap(NULL, length, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		err(1, "mmap");
	munmap(p, length);
}

static const struct {
	const char *name;
	void (*run)(void);
	/* How many times less often to run what takes that much longer. */
	unsigned int slower;
} loops[] = {
	{ "fork", loop_fork, 100 },
	{ "pipe", loop_pipe, 4 },
	{ "stat", loop_stat, 1 },
	{ "create_unlink", loop_create_unlink, 20 },
	{ "create_unlink_empty", loop_create_unlink_empty, 20 },
	{ "socketpair", loop_socketpair, 8 },
	{ "mmap", loop_mmap, 8 },
	{ "exec", loop_exec, 200 },
};

static unsigned long long sample(void (*run)(void), unsigned int n)
{
	unsigned long long start = now(CLOCK_MONOTONIC);

	for (unsigned int i = 0; i < n; i++)
		run();
	return now(CLOCK_MONOTONIC) - start;
}

#define NR_LOOPS (sizeof(loops) / sizeof(*loops))

static void make_directories(void)
{
	if (mkdir("used", 0700) || mkdir("empty", 0700))
		err(1, "mkdir");
	create("used/other");
}

static void remove_directories(void)
{
	remove_file("used/other");
	if (rmdir("used") || rmdir("empty"))
		err(1, "rmdir");
}

static void run_loops(unsigned int n, unsigned int samples)
{
	make_directories();
	for (size_t i = 0; i < NR_LOOPS; i++) {
		unsigned int times = n / loops[i].slower + 1;
		unsigned long long best = ~0ULL;

		/* Once more than asked for: the first fills the caches. */
		for (unsigned int s = 0; s <= samples; s++) {
			unsigned long long ns = sample(loops[i].run, times);

			if (s && ns < best)
				best = ns;
		}
		printf("%s %.1f\n", loops[i].name, (double)best / times);
		fflush(stdout);
	}
	remove_directories();
}

static void time_write(const char *file, const char *text, unsigned int times)
{
	size_t length = strlen(text);
	unsigned long long best = ~0ULL;
	int fd = open(file, O_WRONLY);

	if (fd < 0)
		err(1, "%s", file);
	while (times--) {
		unsigned long long ns = now(CLOCK_MONOTONIC);

		if (write(fd, text, length) != (ssize_t)length)
			err(1, "write to %s", file);
		ns = now(CLOCK_MONOTONIC) - ns;
		if (ns < best)
			best = ns;
	}
	printf("%llu\n", best);
}

static unsigned int count_of(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (!n || n > 1000000000 || *end)
		errx(1, "%s is not a number of times", text);
	return n;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "nothing"))
		return 0;
	if (!strcmp(what, "boottime") && argc == 2) {
		printf("%llu\n", now(CLOCK_BOOTTIME));
		return 0;
	}
	if (!strcmp(what, "write") && argc == 5) {
		time_write(argv[2], argv[3], count_of(argv[4]));
		return 0;
	}
	if (!strcmp(what, "loops") && argc == 5) {
		if (chdir(argv[2]))
			err(1, "%s", argv[2]);
		run_loops(count_of(argv[3]), count_of(argv[4]));
		return 0;
	}
	errx(2, "usage: kmemleak_macro loops <directory> <loops> <samples>\n"
		"       kmemleak_macro write <file> <text> <times>\n"
		"       kmemleak_macro boottime");
}
