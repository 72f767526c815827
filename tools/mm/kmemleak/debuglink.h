/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Debug information that is in a file of its own.
 */
#ifndef KMEMLEAK_DEBUGLINK_H
#define KMEMLEAK_DEBUGLINK_H

#include <stdbool.h>

#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>

/**
 * debuglink_find() - find the file with the debug information of another one
 *
 * For struct Dwfl_Callbacks. Of a saved machine, only regular files in its tree are opened,
 * and no server is asked.
 */
int debuglink_find(struct Dwfl_Module *module, void **userdata, const char *name,
		   Dwarf_Addr base, const char *file, const char *link, GElf_Word crc,
		   char **found);

/**
 * debuglink_is_whole() - can debug information be read without other files?
 * @dwarf: the debug information
 *
 * libdw opens such files by names that are in @dwarf, so that of a saved machine only what
 * is whole may be read.
 *
 * Return: true also for a running machine.
 */
bool debuglink_is_whole(Dwarf *dwarf);

#endif
