/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Chains of pointers from a root to an object.
 */
#ifndef _MM_KMEMLEAK_REPORT_PATH_H
#define _MM_KMEMLEAK_REPORT_PATH_H

#include "store/range.h"

struct seq_file;

int path_make(enum range_space space, unsigned long hidden);
int kmemleak_path_show(struct seq_file *m, void *unused);
void path_teardown(void);

#endif
