/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Saved reports of other machines, in any form.
 */
#ifndef KMEMLEAK_SAVED_H
#define KMEMLEAK_SAVED_H

#include "leaks.h"
#include "origin.h"

/**
 * saved_load() - read a saved report
 * @leaks: as for leaks_read()
 * @origin: zeroed; set to what the report tells
 * @path: a report as leaks_read() or reread() reads it, a directory with the machine's
 *	/proc and /sys, or "-" for standard input
 *
 * Says on stderr what of it is no report. Ends the program with a line that gives the
 * reason if that cannot be read.
 */
void saved_load(struct leaks *leaks, struct origin *origin, const char *path);

#endif
