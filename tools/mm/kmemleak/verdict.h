/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Is the growth of a series a leak?
 */
#ifndef KMEMLEAK_VERDICT_H
#define KMEMLEAK_VERDICT_H

#include "account.h"
#include "fit.h"
#include "series.h"

enum verdict { VERDICT_LEAK, VERDICT_STEADY, VERDICT_UNDECIDED, VERDICTS };

/**
 * struct trend - the trend of a series
 * @series: the series
 * @boot: index of the boot, 0 is the first recorded
 * @owner: who can free its memory
 * @seconds: from the first sample to the last
 * @fit: line through bytes over seconds
 * @verdict: the verdict
 * @why: the reason for it, in words
 * @left: seconds until no memory is left at this slope; 0 if that is not known, or the
 *	series does not grow
 */
struct trend {
	const struct series *series;
	unsigned int boot;
	enum account_owner owner;
	double seconds;
	struct fit fit;
	enum verdict verdict;
	char why[512];
	double left;
};

/* No more samples are needed: the number of pairs grows with the square. */
#define TREND_SAMPLES_MAX	256

/**
 * trends_judge() - judge all series of a boot
 * @list: the series
 * @trends: room for as many
 */
void trends_judge(const struct series_list *list, struct trend *trends);

#endif
