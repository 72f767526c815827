/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files that may be packed by gzip, bzip2, xz or zstd.
 */
#ifndef KMEMLEAK_UNPACK_H
#define KMEMLEAK_UNPACK_H

#include <stdbool.h>
#include <stdio.h>

/**
 * struct unpacked - a file that may be packed
 * @file: what is in it
 * @why: what is wrong; NULL if nothing is. @file ends where that begins
 */
struct unpacked {
	FILE *file;
	const char *why;
};

/**
 * unpack_open() - open a file; its first bytes tell whether and how it is packed
 * @unpacked: set, does not move until unpack_close()
 * @path: the file; "-" is standard input
 *
 * Return: false, with the reason in @unpacked, if that fails.
 */
bool unpack_open(struct unpacked *unpacked, const char *path);
void unpack_close(struct unpacked *unpacked);

/**
 * unpack_whole() - open a file for who wants a descriptor
 * @path: the file
 * @why: set to the reason if that fails
 *
 * Return: a descriptor of the file, or of memory with what was packed; -1 if that fails.
 */
int unpack_whole(const char *path, const char **why);

#endif
