/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel or a module, and the file with its debug information.
 */
#ifndef KMEMLEAK_BINARY_H
#define KMEMLEAK_BINARY_H

#include <stdbool.h>
#include <stddef.h>

#include "debuginfo.h"
#include "stacks.h"

/**
 * struct binary - the kernel or a module
 * @name: "vmlinux", or the name of the module
 * @is_kernel: it is the kernel
 * @named: the user named its file or the directory of that
 * @nr: number of files with its name
 * @path: these files
 * @tried: choosing one was tried
 * @chosen: path of @info
 * @proven: its build id is that of the running one
 * @info: its debug information, or NULL
 * @fitting: number of frames whose function it has
 * @foreign: number of frames whose function it lacks or has in another size
 * @frames: number of all its frames
 */
struct binary {
	char *name;
	bool is_kernel;
	bool named;
	size_t nr;
	char **path;
	bool tried;
	const char *chosen;
	bool proven;
	struct debuginfo *info;
	unsigned long fitting;
	unsigned long foreign;
	unsigned long frames;
};

/**
 * binary_add() - add a file that may be that of a binary
 * @binary: before binary_choose()
 * @path: the file
 */
void binary_add(struct binary *binary, const char *path);

/**
 * binary_choose() - open the file that is of the inspected kernel, once
 * @binary: with all its files
 * @of_saved: the frames are from a saved report of an unknown kernel
 * @stacks: the frames
 *
 * The build id decides. Where it is not known, that file is chosen whose functions fit the
 * frames best, or the one with lines. @info stays NULL if there is none, or none is of the
 * inspected kernel; ends the program in that case if the user named the file.
 */
void binary_choose(struct binary *binary, bool of_saved, struct stacks *stacks);

/**
 * binary_close() - free the file and the names
 * @binary: not to be used afterwards
 */
void binary_close(struct binary *binary);

#endif
