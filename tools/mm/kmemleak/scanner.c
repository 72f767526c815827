// SPDX-License-Identifier: GPL-2.0
/*
 * A scan in a process of its own. May call: root.c, command.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "root.h"
#include "scanner.h"

static void __noreturn run_scan(int output)
{
	char *root = root_path("");

	if (*root)
		setenv("KMEMLEAK_ROOT", root, 1);
	else
		unsetenv("KMEMLEAK_ROOT");
	dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	execl("/proc/self/exe", "kmemleak", "scan", NULL);
	_exit(127);
}

void scanner_start(struct scanner *scanner)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		die("pipe: %s", strerror(errno));
	scanner->pid = fork();
	if (scanner->pid < 0)
		die("fork: %s", strerror(errno));
	if (!scanner->pid)
		run_scan(ends[1]);
	close(ends[1]);
	scanner->fd = ends[0];
	scanner->bytes = 0;
}

/* Keep the verdict of a scan, after its own messages; or the reason for its failure. */
static void keep_verdict(struct scanner *scanner, bool failed)
{
	char *rest = scanner->output, *line;

	do
		line = strsep(&rest, "\n");
	while (rest && *rest && !failed && !strncmp(line, "kmemleak: ", 10));
	memmove(scanner->output, line, strlen(line) + 1);
}

static void end(struct scanner *scanner)
{
	int status;

	close(scanner->fd);
	scanner->fd = -1;
	waitpid(scanner->pid, &status, 0);
	scanner->pid = 0;
	scanner->output[scanner->bytes] = '\0';
	keep_verdict(scanner, !WIFEXITED(status) || WEXITSTATUS(status) == STATUS_ERROR);
}

bool scanner_read(struct scanner *scanner)
{
	char text[512];
	ssize_t length = read(scanner->fd, text, sizeof(text));
	size_t room = sizeof(scanner->output) - 1 - scanner->bytes;

	if (length <= 0) {
		end(scanner);
		return true;
	}
	if ((size_t)length < room)
		room = length;
	memcpy(scanner->output + scanner->bytes, text, room);
	scanner->bytes += room;
	return false;
}

void scanner_stop(struct scanner *scanner)
{
	if (!scanner->pid)
		return;
	kill(scanner->pid, SIGTERM);
	waitpid(scanner->pid, NULL, 0);
	scanner->pid = 0;
}
