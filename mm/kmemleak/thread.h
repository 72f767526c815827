/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The thread that scans periodically.
 */
#ifndef _MM_KMEMLEAK_THREAD_H
#define _MM_KMEMLEAK_THREAD_H

int scan_thread_start(void);
int scan_thread_stop(void);
int scan_set_period(unsigned int seconds);

#endif
