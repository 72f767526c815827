// SPDX-License-Identifier: GPL-2.0
/*
 * Does the confidence of a fit mean what it says? Makes series with a known slope and
 * with noise of several kinds, and counts how often the slope is in the interval, and how
 * often a slope of 0 passes for another. Prints TAP.
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "../command.h"
#include "../fit.h"

#define TRIALS		400
#define SAMPLES_MAX	200

/*
 * Interval and p promise 95 % and 1 %. By chance 400 trials differ by a part of this, and
 * memory that noise hides cannot be told from few samples.
 */
#define COVERED_MIN	0.92
#define FALSE_MAX	0.025

static double uniform(void)
{
	return (random() + 0.5) / (RAND_MAX + 1.0);
}

static double normal(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

/* Noise of each kind: the value after @before. */
static double white(double before)
{
	return normal();
}

static double heavy(double before)
{
	return uniform() < 0.1 ? 30 * normal() : normal();
}

static double skewed(double before)
{
	return -log(uniform());
}

static double returning(double before, double factor)
{
	return factor * before + sqrt(1 - factor * factor) * normal();
}

static double returning_half(double before)
{
	return returning(before, 0.5);
}

static double returning_slowly(double before)
{
	return returning(before, 0.8);
}

static double returning_late(double before)
{
	return returning(before, 0.95);
}

/* The part that returns is not seen for the part that does not depend on it. */
static double returning_hidden(double before)
{
	static double hidden;

	hidden = returning(hidden, 0.9);
	return hidden + normal();
}

/* A peak at each tenth sample. */
static double peaks(double before)
{
	static unsigned int nr;

	return normal() + (++nr % 10 ? 0 : 50);
}

/* Up and down in waves of a dozen samples. */
static double waves(double before)
{
	static unsigned int nr;

	return 3 * sin(nr++ * 2 * M_PI / 12.3) + normal();
}

static double walk(double before)
{
	return before + normal() / 4;
}

/* A sum of rare events, without their mean. */
static double events(double before)
{
	return before + (uniform() < 0.3) - 0.3;
}

static const struct {
	const char *name;
	double (*next)(double before);
} noises[] = {
	{ "white noise", white },
	{ "noise with outliers", heavy },
	{ "noise to one side", skewed },
	{ "noise that returns by half", returning_half },
	{ "noise that returns slowly", returning_slowly },
	{ "noise that hardly returns", returning_late },
	{ "noise that is half of both", returning_hidden },
	{ "noise with peaks", peaks },
	{ "noise in waves", waves },
	{ "a random walk", walk },
	{ "a sum of events", events },
};

static void make(double *x, double *y, size_t nr, double slope, double (*next)(double))
{
	double noise = 0, at = 0;
	size_t i;

	for (i = 0; i < 50; i++)
		noise = next == walk || next == events ? 0 : next(noise);
	for (i = 0; i < nr; i++) {
		/* Some samples are late, and some are missing. */
		at += 60 + 5 * uniform() + (uniform() < 0.05 ? 120 : 0);
		noise = next(noise);
		x[i] = at;
		y[i] = 1e6 + slope * at + 4096 * noise;
	}
}

static bool try(size_t kind, size_t nr, double slope, double *covered, double *wrong)
{
	double x[SAMPLES_MAX], y[SAMPLES_MAX];
	struct fit fit;
	int i;

	*covered = 0;
	*wrong = 0;
	for (i = 0; i < TRIALS; i++) {
		make(x, y, nr, slope, noises[kind].next);
		fit = fit_line(x, y, nr);
		*covered += (fit.low <= slope && slope <= fit.high) / (double)TRIALS;
		*wrong += (slope == 0 && fit.p < 0.01) / (double)TRIALS;
	}
	return *covered >= COVERED_MIN && *wrong <= FALSE_MAX;
}

int main(void)
{
	/* Bytes a second. */
	static const struct {
		size_t samples;
		double slope;
	} cases[] = { { 20, 0 }, { 60, 0 }, { 60, 28 }, { 60, -28000 }, { 200, 0 } };
	unsigned int nr = 0, failed = 0;
	double covered, wrong;
	size_t kind, i;

	srandom(1);
	for (kind = 0; kind < ARRAY_SIZE(noises); kind++) {
		for (i = 0; i < ARRAY_SIZE(cases); i++) {
			bool good = try(kind, cases[i].samples, cases[i].slope, &covered, &wrong);

			nr++;
			failed += !good;
			printf("%sok %u - %s, %zu samples, slope %g: ", good ? "" : "not ", nr,
			       noises[kind].name, cases[i].samples, cases[i].slope);
			printf("%.1f %% covered, %.1f %% false\n", 100 * covered, 100 * wrong);
		}
	}
	printf("1..%u\n", nr);
	return !!failed;
}
