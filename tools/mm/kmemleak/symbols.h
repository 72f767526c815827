/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Decode frames to lines of source, with the debug information of the kernel and its
 * modules.
 */
#ifndef KMEMLEAK_SYMBOLS_H
#define KMEMLEAK_SYMBOLS_H

#include <stdbool.h>

#include "stacks.h"

/**
 * struct symbol_files - where to find debug information
 * @vmlinux: the kernel with its symbols; NULL searches the usual places
 * @modules: a directory with modules; NULL is that of the running kernel
 * @of_saved: the frames are from a saved report of an unknown kernel
 */
struct symbol_files {
	const char *vmlinux;
	const char *modules;
	bool of_saved;
};

struct symbols;

/**
 * symbols_open() - open the debug information
 * @files: where to find it
 *
 * Ends the program if a named directory cannot be read.
 *
 * Return: the debug information; symbols_close() frees it.
 */
struct symbols *symbols_open(const struct symbol_files *files);

/**
 * symbols_decode() - find the lines of all frames
 * @symbols: the debug information
 * @stacks: the set of frames
 *
 * Of several files with the name of a module that one is used which is of the inspected
 * kernel. A frame that cannot be found gets no lines. Ends the program if a named file
 * cannot be used, or is of another kernel: by its build id or, if that is unknown, as it
 * lacks the functions of the frames or has them in other sizes.
 */
void symbols_decode(struct symbols *symbols, struct stacks *stacks);

/**
 * symbols_note() - say on stderr which debug information is missing, if any
 * @symbols: after symbols_decode()
 */
void symbols_note(const struct symbols *symbols);

/**
 * symbols_close() - close the debug information; frames lose their lines
 * @symbols: the debug information
 */
void symbols_close(struct symbols *symbols);

#endif
