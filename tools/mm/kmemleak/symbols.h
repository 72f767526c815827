/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From frames to lines of source, with the debug information of the kernel and
 * its modules.
 */
#ifndef KMEMLEAK_SYMBOLS_H
#define KMEMLEAK_SYMBOLS_H

#include <stdbool.h>

#include "stacks.h"

/**
 * struct symbol_files - where debug information is
 * @vmlinux: the kernel with its symbols; NULL looks where it may be installed
 * @modules: a directory with modules; NULL is that of the running kernel
 * @of_saved: the frames are from a saved report, of which it is not known what
 *	kernel it is of
 */
struct symbol_files {
	const char *vmlinux;
	const char *modules;
	bool of_saved;
};

struct symbols;

/**
 * symbols_open() - open the debug information
 * @files: where it is
 *
 * Ends the program if a file that was named cannot be used, or is not of the
 * kernel that is looked at (by its build id).
 *
 * Return: for symbols_decode(); symbols_close() frees it.
 */
struct symbols *symbols_open(const struct symbol_files *files);

/**
 * symbols_decode() - find the lines of all frames
 * @symbols: the debug information
 * @stacks: whose frames
 *
 * A frame that cannot be found keeps its text alone. Ends the program if
 * a file that was named does not have the functions that the frames name, in the
 * sizes that they tell: it is of another kernel then.
 */
void symbols_decode(struct symbols *symbols, struct stacks *stacks);

/**
 * symbols_note() - one line on stderr if some frames have no lines for want of
 * debug information
 * @symbols: after symbols_decode()
 */
void symbols_note(const struct symbols *symbols);

/**
 * symbols_close() - close it; the lines of frames are gone
 * @symbols: the debug information
 */
void symbols_close(struct symbols *symbols);

#endif
