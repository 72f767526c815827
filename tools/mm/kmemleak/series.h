/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Samples of a database as time series.
 */
#ifndef KMEMLEAK_SERIES_H
#define KMEMLEAK_SERIES_H

#include <stdbool.h>
#include <stddef.h>

#include "database.h"
#include "usage.h"

/**
 * struct series - one name over one boot
 * @kind: the kind of usage
 * @name: its name, printable
 * @reclaimable: the kernel frees it when memory is short
 * @nr: number of samples
 * @uptime: of each sample, in seconds, strictly rising
 * @bytes: of each sample
 * @objects: of each sample, 0 where they are not counted
 */
struct series {
	enum usage_kind kind;
	char name[256];
	bool reclaimable;
	size_t nr;
	double *uptime;
	double *bytes;
	double *objects;
};

/**
 * struct series_list - all series of a boot
 * @nr: number of series
 * @room: number of series that @series has room for
 * @series: the series
 */
struct series_list {
	size_t nr;
	size_t room;
	struct series *series;
};

/**
 * series_boots() - number of boots with samples
 * @database: the database
 */
unsigned int series_boots(struct database *database);

/**
 * series_read() - read all series of a boot
 * @database: the database
 * @boot: index of the boot, 0 is the first recorded
 * @since: seconds before the last sample; those before that are left out
 * @max: maximum number of samples in a series; more are thinned out evenly
 * @list: zeroed; to be freed with series_free()
 */
void series_read(struct database *database, unsigned int boot, double since, size_t max,
		 struct series_list *list);
void series_free(struct series_list *list);

#endif
