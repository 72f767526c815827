/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What tests see of what the sources under test call, see outside.c.
 */
#ifndef _HARNESS_OUTSIDE_H
#define _HARNESS_OUTSIDE_H

#include "report/events.h"

/* What the last scan did. */
extern struct scan_result sim_result;

/* The first entries that scans have printed: an address, and the number of leaks folded. */
#define SIM_LOG		8
struct sim_logged {
	unsigned long start;
	u32 others;
};

extern bool sim_verbose;
extern bool sim_panic;
extern struct sim_logged sim_log[SIM_LOG];
extern unsigned int sim_log_lines;

/* Pages that scans have now. */
extern long sim_scan_pages;

/* A parameter of suspect.c. */
extern unsigned int *const sim_param_min_unref_scans;

/* Times that somebody stopped the background thread. */
extern unsigned int sim_thread_stops;

/* A test that has this function may do something after each entry. */
void sim_logs(void);

/* A test that has this function may keep a scan from going on. */
void sim_scan_begins(bool automatic);
/* Counts pages of a scan down to the one that is not to be had; for one worker. */
extern unsigned int sim_page_fails;

/* Buffers of scans, in bytes: now, and the most that there were at a time. */
extern size_t sim_scan_bytes, sim_scan_bytes_max;

/* Parameters of scan.c. */
extern unsigned int *const sim_param_min_age_ms;
extern unsigned int *const sim_param_verify_passes;
extern unsigned int *const sim_param_workers;

#endif /* _HARNESS_OUTSIDE_H */
