// SPDX-License-Identifier: GPL-2.0
/*
 * What the selftests want of the control file and a shell cannot do: the errno
 * of one write, writes that a signal interrupts, reads of a chosen size, other
 * users, several clients at once.
 *
 *	kmemleak_client COMMAND FILE [ARGUMENT]
 *
 * Prints one word, "ok" or the name of the error, except where noted.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SYZ_BUFFER	(128 * 1024)
#define TRIES		1000
#define SWARM_MAX	64
#define SWARM_SIGNALS	200
#define SWARM_PAUSE_US	50000
#define TRAFFIC_BYTES	(4L << 30)
#define TRAFFIC_BURST	300
#define HOG_BYTES	1048576

static const char *error_name(void)
{
	return strerrorname_np(errno);
}

static int say(int failed)
{
	puts(failed ? error_name() : "ok");
	return 0;
}

static int open_or_die(const char *file, int flags)
{
	int fd = open(file, flags);

	if (fd < 0) {
		printf("%s\n", error_name());
		exit(0);
	}
	return fd;
}

/* One write(2) of exactly TEXT. */
static int cmd_write(const char *file, const char *text)
{
	size_t size = strlen(text);

	return say(write(open_or_die(file, O_WRONLY), text, size) !=
		   (ssize_t)size);
}

/* One write(2) of "scan" and blanks, ARGUMENT bytes in all. */
static int cmd_long(const char *file, const char *size_text)
{
	size_t size = strtoul(size_text, NULL, 0);
	char *text = malloc(size + 4);

	if (!text)
		return 1;
	memset(text, ' ', size + 4);
	memcpy(text, "scan", 4);
	return say(write(open_or_die(file, O_WRONLY), text, size) !=
		   (ssize_t)size);
}

/* One write(2) from memory that is not there. */
static int cmd_fault(const char *file, const char *unused)
{
	void *hole = mmap(NULL, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			  0);

	(void)unused;
	return say(hole == MAP_FAILED ||
		   write(open_or_die(file, O_WRONLY), hole, 5) != 5);
}

/* What a client sees that keeps one descriptor: scan, rewind, one big read. */
static int cmd_syz(const char *file, const char *unused)
{
	int fd = open_or_die(file, O_RDWR);
	char *report = malloc(SYZ_BUFFER);
	ssize_t size;

	(void)unused;
	if (!report || write(fd, "scan", 4) != 4)
		return say(1);
	if (lseek(fd, 0, SEEK_SET))
		return say(1);
	size = read(fd, report, SYZ_BUFFER);
	if (size < 0)
		return say(1);
	return write(STDOUT_FILENO, report, size) != size;
}

static void write_or_die(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text)) {
		fprintf(stderr, "write of %s: %s\n", text, error_name());
		exit(1);
	}
}

static size_t read_or_die(int fd, char *buffer, size_t size)
{
	ssize_t got = read(fd, buffer, size);

	if (got < 0) {
		fprintf(stderr, "read: %s\n", error_name());
		exit(1);
	}
	return got;
}

/*
 * A round of syzkaller, whose own pauses these are. Copies to stdout what it
 * takes for leaks; fails where it would.
 */
static int cmd_syzkaller(const char *file, const char *unused)
{
	int fd = open_or_die(file, O_RDWR);
	char *report = malloc(SYZ_BUFFER);
	size_t size;

	(void)unused;
	if (!report)
		return 1;
	write_or_die(fd, "scan");
	sleep(4);
	write_or_die(fd, "scan");
	size = read_or_die(fd, report, SYZ_BUFFER);
	if (size) {
		sleep(1);
		write_or_die(fd, "scan");
		if (lseek(fd, 0, SEEK_SET)) {
			fprintf(stderr, "lseek: %s\n", error_name());
			return 1;
		}
		size = read_or_die(fd, report, SYZ_BUFFER);
	}
	write_or_die(fd, "clear");
	return close(fd) || fwrite(report, 1, size, stdout) != size;
}

/* Copies FILE to stdout in reads of ARGUMENT bytes. */
static int cmd_read(const char *file, const char *size_text)
{
	int fd = open_or_die(file, O_RDONLY);
	size_t size = strtoul(size_text, NULL, 0);
	char buffer[4096];
	ssize_t got;

	if (!size || size > sizeof(buffer))
		return 1;
	while ((got = read(fd, buffer, size)) > 0)
		if (fwrite(buffer, 1, got, stdout) != (size_t)got)
			return 1;
	return got < 0 ? say(1) : 0;
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* Scans under a rain of signals; the error of the first scan that has one. */
static int cmd_interrupt(const char *file, const char *unused)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval rain = { { 0, 1000 }, { 0, 1000 } };
	struct itimerval calm = {};
	int fd = open_or_die(file, O_WRONLY), i, failed = 0;

	(void)unused;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &rain, NULL);
	for (i = 0; i < TRIES && !failed; i++)
		failed = write(fd, "scan", 4) != 4;
	i = errno;
	setitimer(ITIMER_REAL, &calm, NULL);
	errno = i;
	return say(failed);
}

/* ARGUMENT processes write "scan" at once, five times each. */
static int cmd_together(const char *file, const char *number)
{
	int n = atoi(number), i, status, failed = 0;

	for (i = 0; i < n; i++) {
		int fd, k;

		if (fork())
			continue;
		fd = open_or_die(file, O_WRONLY);
		for (k = 0; k < 5; k++)
			if (write(fd, "scan", 4) != 4)
				_exit(errno);
		_exit(0);
	}
	while (wait(&status) > 0) {
		if (status) {
			errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
			failed = 1;
		}
	}
	return say(failed);
}

/* One process of the swarm; ends with the first errno that is not EINTR. */
static void swarm_process(const char *file, unsigned int seed)
{
	struct sigaction action = { .sa_handler = on_alarm };
	int fd = open_or_die(file, O_WRONLY);

	sigaction(SIGALRM, &action, NULL);
	srand(seed);
	for (;;) {
		usleep(rand() % SWARM_PAUSE_US);
		if (write(fd, "scan", 4) != 4 && errno != EINTR)
			_exit(errno);
	}
}

static pid_t swarm_start(const char *file, unsigned int seed)
{
	pid_t pid = fork();

	if (!pid)
		swarm_process(file, seed);
	return pid;
}

/*
 * ARGUMENT processes write "scan" at random moments, get signals that interrupt
 * them and signals that kill them, and are replaced. The first error of a write,
 * as the exit status of a process that was not killed.
 */
static int cmd_swarm(const char *file, const char *number)
{
	static const int signals[] = { SIGALRM, SIGALRM, SIGTERM, SIGKILL };
	pid_t swarm[SWARM_MAX];
	int n = atoi(number), i, k, status, failed = 0;

	if (n < 1 || n > SWARM_MAX)
		return 1;
	for (i = 0; i < n; i++)
		swarm[i] = swarm_start(file, i);
	for (k = 0; k < SWARM_SIGNALS; k++) {
		int sig = signals[rand() % 4];

		usleep(rand() % SWARM_PAUSE_US);
		i = rand() % n;
		kill(swarm[i], sig);
		if (sig == SIGALRM)
			continue;
		if (waitpid(swarm[i], &status, 0) > 0 && WIFEXITED(status))
			failed = WEXITSTATUS(status);
		swarm[i] = swarm_start(file, n + k);
	}
	for (i = 0; i < n; i++) {
		kill(swarm[i], SIGKILL);
		if (waitpid(swarm[i], &status, 0) > 0 && WIFEXITED(status))
			failed = WEXITSTATUS(status);
	}
	errno = failed;
	return say(failed) || failed;
}

/* Sends a descriptor through a socket. */
static void send_descriptor(int socket, int fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {
		.header = {
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
			.cmsg_len = CMSG_LEN(sizeof(int)),
		},
	};
	struct iovec iov = { .iov_base = "x", .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	sendmsg(socket, &msg, 0);
}

/* A listening socket, a connection to it, a byte through that. */
static void connection(int domain, struct sockaddr *addr, socklen_t size)
{
	int listener = socket(domain, SOCK_STREAM, 0);
	int from = socket(domain, SOCK_STREAM, 0), to;
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = epoll_create1(0);
	char byte;

	if (!bind(listener, addr, size) && !listen(listener, 1) &&
	    !getsockname(listener, addr, &size) && !connect(from, addr, size)) {
		to = accept(listener, NULL, NULL);
		epoll_ctl(epoll, EPOLL_CTL_ADD, to, &event);
		if (send(from, "x", 1, 0) == 1 &&
		    epoll_wait(epoll, &event, 1, 1000) == 1)
			recv(to, &byte, 1, 0);
		close(to);
	}
	close(epoll);
	close(from);
	close(listener);
}

/* Socket traffic, ARGUMENT rounds of it, with FILE as a name to bind to. */
static int cmd_sockets(const char *file, const char *number)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int n = atoi(number), pair[2];

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", file);
	while (n--) {
		struct sockaddr_in in = {
			.sin_family = AF_INET,
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		};
		int udp = socket(AF_INET, SOCK_DGRAM, 0);
		socklen_t size = sizeof(in);

		unlink(file);
		connection(AF_UNIX, (struct sockaddr *)&un, sizeof(un));
		connection(AF_INET, (struct sockaddr *)&in, sizeof(in));
		in.sin_port = 0;
		/* A packet that nobody takes. */
		if (!bind(udp, (struct sockaddr *)&in, size) &&
		    !getsockname(udp, (struct sockaddr *)&in, &size))
			sendto(udp, "x", 1, 0, (struct sockaddr *)&in, size);
		close(udp);
		/* A cycle that only the collector of sockets in flight frees. */
		if (!socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) {
			send_descriptor(pair[0], pair[1]);
			send_descriptor(pair[1], pair[0]);
			close(pair[0]);
			close(pair[1]);
		}
	}
	return say(0);
}

/**
 * struct traffic - what all processes of a load have done
 * @file: they end when it is gone
 * @end: or at that time, in seconds
 * @count: packets, or connections, of each kind
 */
struct traffic {
	const char *file;
	time_t end;
	long count[4];
};

static int traffic_goes_on(const struct traffic *traffic)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec < traffic->end && !access(traffic->file, F_OK);
}

/* Two sockets of the Internet's kind that are connected to each other. */
static int inet_pair(int type, int pair[2])
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct linger at_once = { 1, 0 };
	int one = 1, to = socket(AF_INET, type, 0);
	socklen_t size = sizeof(addr);

	pair[0] = socket(AF_INET, type, 0);
	if (bind(to, (struct sockaddr *)&addr, size) ||
	    (type == SOCK_STREAM && listen(to, 1)) ||
	    getsockname(to, (struct sockaddr *)&addr, &size) ||
	    connect(pair[0], (struct sockaddr *)&addr, size))
		return -1;
	pair[1] = to;
	if (type != SOCK_STREAM)
		return 0;
	pair[1] = accept(to, NULL, NULL);
	close(to);
	/* Packets are as small as what is sent, and a port is free at once. */
	setsockopt(pair[0], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(pair[0], SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	return pair[1] < 0 ? -1 : 0;
}

/* Bursts of packets: many are in flight, then all of them are freed. */
static void traffic_pump(struct traffic *traffic, long *count, const int pair[2])
{
	char packet[1400] = "";
	long bytes = 0;
	int i;

	while (traffic_goes_on(traffic) && bytes < TRAFFIC_BYTES) {
		for (i = 0; i < TRAFFIC_BURST; i++) {
			if (send(pair[0], packet, 64 + i * 4, MSG_DONTWAIT) <= 0)
				break;
			bytes += 64 + i * 4;
			__atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
		}
		while (recv(pair[1], packet, sizeof(packet), MSG_DONTWAIT) > 0)
			;
	}
}

static void traffic_tcp(struct traffic *traffic, long *count)
{
	int pair[2];

	if (!inet_pair(SOCK_STREAM, pair))
		traffic_pump(traffic, count, pair);
}

static void traffic_udp(struct traffic *traffic, long *count)
{
	int pair[2];

	if (!inet_pair(SOCK_DGRAM, pair))
		traffic_pump(traffic, count, pair);
}

static void traffic_unix(struct traffic *traffic, long *count)
{
	int pair[2];

	if (!socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
		traffic_pump(traffic, count, pair);
}

/* Connections that are closed with something still on its way. */
static void traffic_connections(struct traffic *traffic, long *count)
{
	int pair[2];

	while (traffic_goes_on(traffic) && !inet_pair(SOCK_STREAM, pair)) {
		if (send(pair[0], "x", 1, 0) == 1)
			__atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
		close(pair[0]);
		close(pair[1]);
	}
}

/*
 * Network traffic of each kind, in two processes each, until FILE is gone, or for
 * ARGUMENT seconds. Prints how much there was of each: "tcp udp unix connections".
 */
static int cmd_traffic(const char *file, const char *seconds)
{
	static void (*const kinds[])(struct traffic *traffic, long *count) = {
		traffic_tcp, traffic_udp, traffic_unix, traffic_connections,
	};
	struct traffic *traffic = mmap(NULL, sizeof(*traffic), PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct timespec now;
	int i;

	if (traffic == MAP_FAILED)
		return say(1);
	clock_gettime(CLOCK_MONOTONIC, &now);
	traffic->file = file;
	traffic->end = now.tv_sec + atoi(seconds);
	for (i = 0; i < 8; i++) {
		if (fork())
			continue;
		kinds[i / 2](traffic, &traffic->count[i / 2]);
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	printf("%ld %ld %ld %ld\n", traffic->count[0], traffic->count[1],
	       traffic->count[2], traffic->count[3]);
	return 0;
}

/* Takes memory until the OOM killer ends it, or FILE is gone. */
static void hog(const char *file)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	if (write(fd, "1000", 4) != 4)
		_exit(1);
	while (!access(file, F_OK)) {
		char *memory = mmap(NULL, HOG_BYTES, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (memory == MAP_FAILED)
			usleep(1000);
		else
			memset(memory, 1, HOG_BYTES);
	}
	_exit(0);
}

/*
 * Processes that take all memory, one after the other, until FILE is gone or for
 * ARGUMENT seconds. Prints how many of them were killed.
 */
static int cmd_hog(const char *file, const char *seconds)
{
	time_t end = time(NULL) + atoi(seconds);
	int status, killed = 0;
	pid_t pid;

	while (!access(file, F_OK) && time(NULL) < end) {
		pid = fork();
		if (!pid)
			hog(file);
		if (pid < 0 || waitpid(pid, &status, 0) < 0)
			return say(1);
		killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	}
	printf("%d\n", killed);
	return 0;
}

/* Does a descriptor tell of new leaks within some time? */
static int polls_pri(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLPRI };

	return poll(&p, 1, timeout_ms) == 1 && p.revents == POLLPRI;
}

static int epolls_pri(int epoll, int timeout_ms)
{
	struct epoll_event event;

	return epoll_wait(epoll, &event, 1, timeout_ms) == 1 &&
	       event.events == EPOLLPRI;
}

/*
 * Sleeps in epoll_wait() and then poll() while another process scans, which is to
 * find a leak. Prints the first thing that was not as it should be, or "ok".
 */
static int cmd_poll(const char *file, const char *unused)
{
	struct epoll_event event = { .events = EPOLLPRI };
	int fd = open_or_die(file, O_RDONLY);
	int other = open_or_die(file, O_RDONLY);
	int epoll = epoll_create1(0);
	const char *wrong = NULL;
	char byte;
	pid_t pid;

	(void)unused;
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, other, &event))
		return say(1);
	if (polls_pri(fd, 0) || epolls_pri(epoll, 0))
		wrong = "told of leaks before the scan";
	pid = fork();
	if (!pid) {
		usleep(200 * 1000);
		_exit(write(open_or_die(file, O_WRONLY), "scan", 4) != 4);
	}
	if (!wrong && !epolls_pri(epoll, 60000))
		wrong = "epoll was not woken";
	if (!wrong && !polls_pri(fd, 0))
		wrong = "poll says nothing";
	if (!wrong && (read(fd, &byte, 1) != 1 || polls_pri(fd, 0)))
		wrong = "told again of what was read";
	if (!wrong && !polls_pri(other, 0))
		wrong = "not told of what another reader read";
	waitpid(pid, NULL, 0);
	puts(wrong ?: "ok");
	return 0;
}

/* An object that the module left, as it tells of it itself; 0 if it does not. */
static unsigned long left_by_unload(void)
{
	FILE *file = fopen("/sys/module/kmemleak_unload/parameters/left", "r");
	unsigned long left;

	if (!file || fscanf(file, "%lu", &left) != 1)
		left = 0;
	if (file)
		fclose(file);
	return left;
}

/*
 * Loads and unloads kmemleak_unload.ko, which is FILE, ARGUMENT times. It leaves an object
 * each time, and frees that of the time before. In a shell, each time takes the start of
 * three processes, which is nearly all that it takes on um.
 */
static int cmd_cycle(const char *file, const char *number)
{
	unsigned long left = 0;
	char options[64];
	int n = atoi(number), fd = open_or_die(file, O_RDONLY);

	while (n-- > 0) {
		snprintf(options, sizeof(options), "probe_objects=1 give_back=%lu", left);
		if (syscall(SYS_finit_module, fd, options, 0))
			return say(1);
		left = left_by_unload();
		if (syscall(SYS_delete_module, "kmemleak_unload", O_NONBLOCK))
			return say(1);
		if (!left)
			break;
	}
	errno = EINVAL;
	return say(!left);
}

/* Opens FILE as another user, for reading ("r") or writing ("w"). */
static int cmd_nobody(const char *file, const char *mode)
{
	char *dir = strdup(file), *name = strdup(file);

	/* The directory may be closed to others: only the file is asked. */
	if (!dir || !name || chdir(dirname(dir)) || setgroups(0, NULL) ||
	    setgid(65534) || setuid(65534))
		return say(1);
	return say(open(basename(name), *mode == 'w' ? O_WRONLY : O_RDONLY) < 0);
}

static const struct {
	const char *name;
	int (*run)(const char *file, const char *argument);
} commands[] = {
	{ "write", cmd_write },
	{ "long", cmd_long },
	{ "fault", cmd_fault },
	{ "syz", cmd_syz },
	{ "syzkaller", cmd_syzkaller },
	{ "read", cmd_read },
	{ "interrupt", cmd_interrupt },
	{ "together", cmd_together },
	{ "swarm", cmd_swarm },
	{ "sockets", cmd_sockets },
	{ "traffic", cmd_traffic },
	{ "nobody", cmd_nobody },
	{ "cycle", cmd_cycle },
	{ "hog", cmd_hog },
	{ "poll", cmd_poll },
};

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc > 2 && i < sizeof(commands) / sizeof(*commands); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argv[2],
					       argc > 3 ? argv[3] : "");
	fprintf(stderr, "usage: kmemleak_client COMMAND FILE [ARGUMENT]\n");
	return 2;
}
