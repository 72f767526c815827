/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Roots: data, per-CPU variables, stacks and registers.
 */
#ifndef _MM_KMEMLEAK_MARK_ROOTS_H
#define _MM_KMEMLEAK_MARK_ROOTS_H

#include <linux/init.h>
#include <linux/types.h>

struct marker;

extern bool roots_scan_stacks;

void __init roots_init(void);
int roots_mark(struct marker *m);

#endif
