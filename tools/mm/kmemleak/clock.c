// SPDX-License-Identifier: GPL-2.0
/*
 * Time since boot. May call: the C library alone.
 */
#include <errno.h>
#include <time.h>

#include "clock.h"

double clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

void clock_wait(double when)
{
	const struct timespec until = {
		.tv_sec = when, .tv_nsec = (when - (time_t)when) * 1e9,
	};

	while (clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}
