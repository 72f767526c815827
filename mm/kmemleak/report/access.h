/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who may read reports, and whether they show what objects contain.
 */
#ifndef _MM_KMEMLEAK_REPORT_ACCESS_H
#define _MM_KMEMLEAK_REPORT_ACCESS_H

#include <linux/types.h>

extern bool report_hex_dump;

int report_locked_down(void);
int report_may_open(void);
bool report_shows_content(void);

#endif
