/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Direct and indirect leaks.
 */
#ifndef _MM_KMEMLEAK_REPORT_GRAPH_H
#define _MM_KMEMLEAK_REPORT_GRAPH_H

#include "store/range.h"

struct marker;

void graph_update(struct marker *m);
unsigned long graph_indirect(enum range_space space, unsigned long start,
			     unsigned long *bytes);
void graph_teardown(void);

#endif
