/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The debug information of one ELF file: a kernel or a module.
 */
#ifndef KMEMLEAK_DEBUGINFO_H
#define KMEMLEAK_DEBUGINFO_H

#include <stdbool.h>

#include "stacks.h"

/* Room for a build id in hexadecimal; the longest is SHA-512. */
#define BUILD_ID_TEXT	(2 * 64 + 1)

enum debuginfo_match {
	MATCH_FOUND,
	MATCH_ABSENT,		/* there is no such function */
	MATCH_SIZE,		/* there is one, but not of that size */
	MATCH_AMBIGUOUS,	/* there are several */
};

struct debuginfo;

/**
 * debuginfo_open() - open an ELF file
 * @path: the file; modules may be compressed
 * @why: set to the reason if that fails
 *
 * Return: the file, or NULL.
 */
struct debuginfo *debuginfo_open(const char *path, const char **why);
void debuginfo_close(struct debuginfo *info);

/**
 * debuginfo_build_id() - the build id of a file
 * @info: the file
 * @text: the id in hexadecimal, "" if it has none
 */
void debuginfo_build_id(struct debuginfo *info, char text[BUILD_ID_TEXT]);

/**
 * debuginfo_has_lines() - does a file have more than symbols?
 * @info: the file
 */
bool debuginfo_has_lines(struct debuginfo *info);

/**
 * debuginfo_find() - find the function of a frame
 * @info: the file
 * @frame: a frame with a function
 * @address: set to the address of the frame in the file if it is found
 */
enum debuginfo_match debuginfo_find(struct debuginfo *info, const struct frame *frame,
				    uint64_t *address);

/**
 * debuginfo_decode() - set the lines of a frame
 * @info: the file
 * @frame: the frame; unchanged if the address has no lines
 * @address: from debuginfo_find()
 *
 * The texts of the lines live as long as @info.
 */
void debuginfo_decode(struct debuginfo *info, struct frame *frame, uint64_t address);

/**
 * debuginfo_set_tree() - strip a prefix from names of source files
 * @info: the file
 * @tree: path of the source tree, with a slash at its end
 *
 * Lines that were set before lose their texts.
 */
void debuginfo_set_tree(struct debuginfo *info, const char *tree);

#endif
