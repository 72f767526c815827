/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A report as one row for each site, module or task.
 */
#ifndef KMEMLEAK_ROWS_H
#define KMEMLEAK_ROWS_H

#include <stdio.h>

#include "report.h"

enum row_kind { ROW_SITE, ROW_MODULE, ROW_TASK };

/* Names of the kinds, terminated by NULL. */
extern const char * const row_names[];

/**
 * rows_text() - print the rows, most bytes first
 * @report: the report
 * @kind: what has a row
 * @out: where to; the caller checks the stream for errors
 *
 * A report knows how many objects of a group each task allocated, but not their bytes: each
 * object counts for as much as the others of the group.
 */
void rows_text(const struct report *report, enum row_kind kind, FILE *out);

#endif
