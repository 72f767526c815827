/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Members of structures that scans do not read.
 */
#ifndef _MM_KMEMLEAK_STORE_HOLES_H
#define _MM_KMEMLEAK_STORE_HOLES_H

#include <linux/kmemleak.h>

unsigned int holes_sort(struct kmemleak_hole *holes, unsigned int nr);
void __init holes_init(void);

#endif
