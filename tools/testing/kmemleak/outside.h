/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What tests see of what the sources under test call, see outside.c.
 */
#ifndef _HARNESS_OUTSIDE_H
#define _HARNESS_OUTSIDE_H

#include "report/events.h"

/* What the last scan did. */
extern struct scan_result sim_result;

/* Times that somebody stopped the background thread. */
extern unsigned int sim_thread_stops;

/* A test that has this function may keep a scan from going on. */
void sim_scan_begins(bool automatic);
/* Counts pages of a scan down to the one that is not to be had; for one worker. */
extern unsigned int sim_page_fails;

/* Parameters of scan.c. */
extern unsigned int *const sim_param_min_age_ms;
extern unsigned int *const sim_param_verify_passes;
extern unsigned int *const sim_param_workers;

#endif /* _HARNESS_OUTSIDE_H */
