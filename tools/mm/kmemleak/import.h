/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What people save of a machine, in forms other than a tree with its /proc and /sys.
 */
#ifndef KMEMLEAK_IMPORT_H
#define KMEMLEAK_IMPORT_H

/**
 * import_set() - switch to a machine of which something was saved
 * @path: a tree, as for root_set(); a directory with one, as of sosreport; a directory of
 *	texts, as of supportconfig, or of copies of single files; or a file with any of:
 *	/proc/meminfo, slabinfo, vmallocinfo, allocinfo, what slabtop prints, a log with a
 *	report of lack of memory
 *
 * Ends the program if nothing is found.
 */
void import_set(const char *path);

#endif
