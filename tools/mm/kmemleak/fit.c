// SPDX-License-Identifier: GPL-2.0
/*
 * A line through a series, by the Theil-Sen estimator. May call: command.c.
 *
 * The slope is the median of the slopes between any two points (H. Theil, "A
 * rank-invariant method of linear and polynomial regression analysis", 1950). The estimate
 * tolerates up to three outliers in ten points.
 *
 * Values of memory depend on those before them, and a plain test is far too sure of a
 * trend then. There are two kinds of dependence, with a test for each:
 *
 * - Values that return to a line, as a load that comes and goes. The interval is the
 *   slopes whose ranks are as far from the middle as Kendall's S allows (P. K. Sen,
 *   "Estimates of the regression coefficient based on Kendall's tau", J. Am. Stat. Assoc.
 *   63, 1968). The variance of S grows by the autocorrelation of the ranks of the
 *   residuals (after K. H. Hamed and A. R. Rao, "A modified Mann-Kendall trend test for
 *   autocorrelated data", J. Hydrology 204, 1998), with the weights of M. S. Bartlett; or
 *   as that of an autoregressive process of the first order if that is more.
 * - Values that do not return, as a sum of events at random: a leak is one. Their
 *   increments are independent, so the interval is that of the mean of some increments.
 *   For values that return it is too wide, but not wrong.
 *
 * Of two intervals that are not too narrow take the narrower one. tests/fit_test.c counts
 * how often the true slope is within it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "fit.h"

/* 95 % of the normal distribution lie between -Z_95 and Z_95. */
#define Z_95	1.959964

/* Increments for the second test: more are more precise, longer ones more independent. */
#define INCREMENTS	12

/*
 * Theil and Sen's slope of a random walk has a fifth more variance than the mean of its
 * increments (1.2), and the narrower of two intervals is chosen.
 */
#define WIDER		1.5

/* Standard errors to add to an estimate of correlation. */
#define ERRORS		2.4

/* An interval for a slope, and how probable the data is if the slope is 0. */
struct interval {
	double low;
	double high;
	double p;
};

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

/* Autocorrelation of ranks whose mean is 0. */
static double correlation(const double *rank, size_t nr, size_t lag)
{
	double power = 0, product = 0;
	size_t i;

	for (i = 0; i < nr; i++)
		power += rank[i] * rank[i];
	for (i = 0; i + lag < nr; i++)
		product += rank[i] * rank[i + lag];
	return power > 0 ? product / power : 0;
}

/*
 * The factor by which correlation widens the variance of S, as far as the samples tell:
 * the further apart, the less. Those of a lag and of its opposite cancel out.
 */
static double widening_of_lags(const double *rank, size_t nr)
{
	size_t lags = nr / 5, lag;
	double sum = 0;

	for (lag = 1; lag <= lags; lag++)
		sum += correlation(rank, nr, lag) * (1 - lag / (lags + 1.0));
	return 1 + 2 * sum;
}

/*
 * The factor of a process whose values depend on the one before. Noise without memory
 * hides how slowly the rest returns from the next sample, but not from later ones. Taking
 * a line away from few samples takes away some of the correlation, too: add that, and what
 * the estimate may be wrong by.
 */
static double widening_of_neighbours(const double *rank, size_t nr)
{
	double n = nr, found = correlation(rank, nr, 1), later;
	size_t lag;

	for (lag = 2; lag < nr / 3; lag++) {
		later = correlation(rank, nr, lag);
		if (later < 1 / sqrt(n))
			break;
		found = fmax(found, pow(later, 1.0 / lag));
	}
	found += (2 + 4 * found) / n + ERRORS * sqrt((1 - found * found) / n);
	found = fmax(fmin(found, 1 - 1 / n), 0);
	return (1 + found) / (1 - found);
}

static double widening(const double *x, const double *y, size_t nr, double slope)
{
	double *rank = ranks_of(x, y, nr, slope);
	double factor = fmax(widening_of_lags(rank, nr), widening_of_neighbours(rank, nr));

	free(rank);
	return fmax(factor, 1);
}

/*
 * Student's distribution with a number of degrees of freedom, by the normal one (D. L.
 * Wallace, "Bounds on normal approximations to Student's and the chi-square
 * distributions", Ann. Math. Stat. 30, 1959).
 */
static double normal_of_student(double t, double freedom)
{
	return (8 * freedom + 1) / (8 * freedom + 3) *
	       sqrt(freedom * log1p(t * t / freedom));
}

static double student_of_normal(double z, double freedom)
{
	z *= (8 * freedom + 3) / (8 * freedom + 1);
	return sqrt(freedom * expm1(z * z / freedom));
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

/* How probable a slope is by chance that is so many standard errors away from 0. */
static double chance(double slope, double error, double freedom)
{
	if (error > 0)
		return erfc(normal_of_student(slope / error, freedom) / M_SQRT2);
	return slope ? 0 : 1;
}

/* The interval by Kendall's S, for values that return. */
static struct interval by_ranks(const double *slopes, double pairs, double slope, double var,
				double freedom)
{
	double t = student_of_normal(Z_95, freedom), reach = t * sqrt(var);
	struct interval interval = {
		.low = at_rank(slopes, pairs, floor((pairs - reach) / 2) - 1),
		.high = at_rank(slopes, pairs, ceil((pairs + reach) / 2)),
	};

	/* The side that is closer to 0 tells. */
	interval.p = chance(slope, (slope > 0 ? slope - interval.low : interval.high - slope) / t,
			    freedom);
	return interval;
}

/* The interval by increments, for values that do not return. */
static struct interval by_increments(const double *x, const double *y, size_t nr, double slope)
{
	size_t parts = nr / 2 < INCREMENTS ? nr / 2 : INCREMENTS, i, from, to;
	double span = x[nr - 1] - x[0], mean = (y[nr - 1] - y[0]) / span, squares = 0, error;
	struct interval interval = { .low = -INFINITY, .high = INFINITY, .p = 1 };

	if (parts < 4)
		return interval;
	for (i = 0; i < parts; i++) {
		from = i * (nr - 1) / parts;
		to = (i + 1) * (nr - 1) / parts;
		error = y[to] - y[from] - mean * (x[to] - x[from]);
		squares += error * error;
	}
	error = sqrt(WIDER * squares / (parts - 1) * parts) / span;
	interval.low = slope - student_of_normal(Z_95, parts - 1) * error;
	interval.high = slope + student_of_normal(Z_95, parts - 1) * error;
	interval.p = chance(mean, error, parts - 1);
	return interval;
}

struct fit fit_line(const double *x, const double *y, size_t nr)
{
	double pairs = nr * (nr - 1.0) / 2, s, tied, var, factor;
	double *slopes = slopes_of(x, y, nr, &s);
	struct fit fit = { .slope = fit_median(slopes, pairs) };
	struct interval ranks, increments;

	var = variance(y, nr, &tied);
	factor = widening(x, y, nr, fit.slope);
	ranks = by_ranks(slopes, pairs, fit.slope, var * factor, fmax(nr / factor - 2, 1));
	increments = by_increments(x, y, nr, fit.slope);
	if (ranks.high - ranks.low > increments.high - increments.low) {
		ranks.low = increments.low;
		ranks.high = increments.high;
	}
	fit.low = ranks.low;
	fit.high = ranks.high;
	/* The better of two chances. */
	fit.p = fmin(2 * fmin(ranks.p, increments.p), 1);
	if (var > 0)
		fit.tau = s / sqrt(pairs * (pairs - tied));
	free(slopes);
	return fit;
}
