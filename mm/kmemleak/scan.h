/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Scans, and functions that must not run during one.
 */
#ifndef _MM_KMEMLEAK_SCAN_H
#define _MM_KMEMLEAK_SCAN_H

struct marker;

/**
 * enum scan_kind - who requested a scan
 * @SCAN_EXPLICIT: a user, who waits for it
 * @SCAN_AUTO: the background thread
 */
enum scan_kind {
	SCAN_EXPLICIT,
	SCAN_AUTO,
};

int kmemleak_scan(enum scan_kind kind);
int scan_clear(void);
int scan_exclusive(void (*run)(void));
int scan_finally(void (*run)(void));
int scan_path(unsigned long hidden);

#endif
