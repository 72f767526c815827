/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Notifications of scans and new leaks.
 */
#ifndef _MM_KMEMLEAK_REPORT_EVENTS_H
#define _MM_KMEMLEAK_REPORT_EVENTS_H

#include <linux/types.h>

struct file;
struct object_ref;
struct poll_table_struct;

/**
 * struct scan_result - the result of a scan
 * @duration_us: how long it took, in microseconds
 * @objects: slab objects that it looked at
 * @suspects: objects that its first pass did not reach
 * @leaks: suspects that are new in the report
 * @err: 0, or the negative errno that ended it early
 */
struct scan_result {
	u64 duration_us;
	unsigned long objects;
	unsigned long suspects;
	unsigned long leaks;
	int err;
};

void events_scan_begin(bool automatic);
void events_leak(const struct object_ref *ref);
bool events_print_leaks(void);
bool events_leaks_panic(void);
void events_scan_end(const struct scan_result *result);
unsigned int events_leaks_ever(void);
u64 events_last_scan(u64 *age);
__poll_t events_poll(struct file *file, struct poll_table_struct *wait,
		     unsigned int seen);

#endif
