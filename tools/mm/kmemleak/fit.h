/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The slope of a series that outliers do not bend, and how sure it is.
 */
#ifndef KMEMLEAK_FIT_H
#define KMEMLEAK_FIT_H

#include <stddef.h>

/**
 * struct fit - a straight line through points
 * @slope: y per x
 * @low: the slope is above this,
 * @high: and below that, with 95 % confidence
 * @tau: Kendall's, from -1 to 1: how much y goes with x
 * @p: how probable such a tau is, or one further from 0, if y does not depend on x
 */
struct fit {
	double slope;
	double low;
	double high;
	double tau;
	double p;
};

/**
 * fit_line() - the Theil-Sen slope and its confidence
 * @x: strictly rising
 * @y: values
 * @nr: points, two or more; the time and memory taken grow with its square
 *
 * Return: the fit.
 */
struct fit fit_line(const double *x, const double *y, size_t nr);

/**
 * fit_median() - the median
 * @values: sorted by this
 * @nr: how many, one or more
 */
double fit_median(double *values, size_t nr);

#endif
