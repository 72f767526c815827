/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The slope of a series, robust against outliers, and its confidence.
 */
#ifndef KMEMLEAK_FIT_H
#define KMEMLEAK_FIT_H

#include <stddef.h>

/**
 * struct fit - a straight line through points
 * @slope: y per x
 * @low: lower bound of the slope, with 95 % confidence in both
 * @high: upper bound
 * @tau: Kendall's rank correlation of x and y, from -1 to 1
 * @p: probability of a slope at least that far from 0 if y does not depend on x
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
 * @nr: points, two or more; time and memory grow with the square
 *
 * Return: the fit.
 */
struct fit fit_line(const double *x, const double *y, size_t nr);

/**
 * fit_median() - the median
 * @values: the function sorts them
 * @nr: number of values, one or more
 */
double fit_median(double *values, size_t nr);

#endif
