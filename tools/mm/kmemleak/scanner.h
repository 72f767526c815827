/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A scan in a process of its own, so that the caller does not wait for it.
 */
#ifndef KMEMLEAK_SCANNER_H
#define KMEMLEAK_SCANNER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * struct scanner - a scan
 * @pid: the process; 0 if none runs
 * @fd: its output, to poll() for; -1 if none runs
 * @output: beginning of its output; after its end its verdict, or why it failed
 * @bytes: length of @output
 */
struct scanner {
	pid_t pid;
	int fd;
	char output[1024];
	size_t bytes;
};

/**
 * scanner_start() - run "kmemleak scan"
 * @scanner: no scan runs
 */
void scanner_start(struct scanner *scanner);

/**
 * scanner_read() - read output of a scan
 * @scanner: its @fd is readable
 *
 * Return: true if the scan has ended; its verdict is in @output then.
 */
bool scanner_read(struct scanner *scanner);

/**
 * scanner_stop() - end a scan, if one runs
 * @scanner: the scan
 */
void scanner_stop(struct scanner *scanner);

#endif
