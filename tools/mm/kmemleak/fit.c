// SPDX-License-Identifier: GPL-2.0
/*
 * The Theil-Sen estimator and the test of Mann and Kendall. May call: command.c.
 *
 * The slope is the median of the slopes between any two points (H. Theil, "A
 * rank-invariant method of linear and polynomial regression analysis", 1950); its
 * interval is the slopes whose ranks are as far from the middle as the normal
 * approximation to Kendall's S allows (P. K. Sen, "Estimates of the regression
 * coefficient based on Kendall's tau", J. Am. Stat. Assoc. 63, 1968). The estimate
 * tolerates up to three outliers in ten points.
 *
 * Samples of memory depend on those before them, which makes the plain test far
 * too sure of a trend. Correct the variance of S by the autocorrelation of the
 * detrended ranks (K. H. Hamed and A. R. Rao, "A modified Mann-Kendall trend test
 * for autocorrelated data", J. Hydrology 204, 1998), but never reduce it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "fit.h"

/* 95 % of the normal distribution lie between -Z_95 and Z_95. */
#define Z_95	1.959964

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double fit_median(double *values, size_t nr)
{
	qsort(values, nr, sizeof(*values), by_value);
	return (values[(nr - 1) / 2] + values[nr / 2]) / 2;
}

/* All slopes, and Kendall's S. */
static double *slopes_of(const double *x, const double *y, size_t nr, double *s)
{
	double *slopes = xcalloc(nr * (nr - 1) / 2, sizeof(*slopes));
	size_t i, j, k = 0;

	*s = 0;
	for (i = 0; i < nr; i++) {
		for (j = i + 1; j < nr; j++) {
			slopes[k++] = (y[j] - y[i]) / (x[j] - x[i]);
			*s += (y[j] > y[i]) - (y[j] < y[i]);
		}
	}
	return slopes;
}

/* The end of a run of equal values. */
static size_t run_end(const double *sorted, size_t nr, size_t begin)
{
	size_t end = begin + 1;

	while (end < nr && sorted[end] == sorted[begin])
		end++;
	return end;
}

/*
 * Variance of S without a trend, corrected for ties; @tied is set to the number of
 * tied pairs.
 */
static double variance(const double *y, size_t nr, double *tied)
{
	double *sorted = xcalloc(nr, sizeof(*sorted)), sum, n = nr;
	size_t begin, end;

	memcpy(sorted, y, nr * sizeof(*sorted));
	qsort(sorted, nr, sizeof(*sorted), by_value);
	sum = n * (n - 1) * (2 * n + 5);
	*tied = 0;
	for (begin = 0; begin < nr; begin = end) {
		end = run_end(sorted, nr, begin);
		n = end - begin;
		sum -= n * (n - 1) * (2 * n + 5);
		*tied += n * (n - 1) / 2;
	}
	free(sorted);
	return sum / 18;
}

/* Ranks of the residuals; equal values share a rank. */
static double *ranks_of(const double *x, const double *y, size_t nr, double slope)
{
	double *left = xcalloc(nr, sizeof(*left)), *sorted = xcalloc(nr, sizeof(*sorted));
	size_t i, begin, end;

	for (i = 0; i < nr; i++)
		left[i] = y[i] - slope * (x[i] - x[0]);
	memcpy(sorted, left, nr * sizeof(*sorted));
	qsort(sorted, nr, sizeof(*sorted), by_value);
	for (i = 0; i < nr; i++) {
		const double *at = bsearch(&left[i], sorted, nr, sizeof(*sorted), by_value);

		begin = at - sorted;
		end = run_end(sorted, nr, begin);
		while (begin && sorted[begin - 1] == left[i])
			begin--;
		left[i] = (begin + end - 1) / 2.0 - (nr - 1) / 2.0;
	}
	free(sorted);
	return left;
}

/* The factor by which autocorrelation widens the variance of S; 1 or more. */
static double widening(const double *x, const double *y, size_t nr, double slope)
{
	double *rank = ranks_of(x, y, nr, slope), n = nr, power = 0, sum = 0, product;
	double significant = Z_95 / sqrt(n);
	size_t lag, i;

	for (i = 0; i < nr; i++)
		power += rank[i] * rank[i];
	for (lag = 1; power > 0 && lag + 2 < nr; lag++) {
		product = 0;
		for (i = 0; i + lag < nr; i++)
			product += rank[i] * rank[i + lag];
		if (fabs(product / power) > significant)
			sum += (n - lag) * (n - lag - 1) * (n - lag - 2) * product / power;
	}
	free(rank);
	if (nr > 2)
		sum = 1 + 2 / (n * (n - 1) * (n - 2)) * sum;
	return sum > 1 ? sum : 1;
}

/* The slope of a rank, counted from 0; ranks out of range are clamped. */
static double at_rank(const double *slopes, double nr, double rank)
{
	if (rank < 0)
		rank = 0;
	if (rank > nr - 1)
		rank = nr - 1;
	return slopes[(size_t)rank];
}

struct fit fit_line(const double *x, const double *y, size_t nr)
{
	double pairs = nr * (nr - 1.0) / 2, s, tied, var, reach;
	double *slopes = slopes_of(x, y, nr, &s);
	struct fit fit = { .slope = fit_median(slopes, pairs), .p = 1 };

	var = variance(y, nr, &tied) * widening(x, y, nr, fit.slope);
	reach = Z_95 * sqrt(var);
	fit.low = at_rank(slopes, pairs, floor((pairs - reach) / 2) - 1);
	fit.high = at_rank(slopes, pairs, ceil((pairs + reach) / 2));
	if (var > 0) {
		/* S moves in steps of two: correct by half a step, which is one. */
		fit.p = erfc(fmax(fabs(s) - 1, 0) / sqrt(2 * var));
		fit.tau = s / sqrt(pairs * (pairs - tied));
	}
	free(slopes);
	return fit;
}
