// SPDX-License-Identifier: GPL-2.0
/*
 * Time since boot. May call: the C library alone.
 */
#include <errno.h>
#include <signal.h>
#include <time.h>

#include "clock.h"

double clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static struct timespec timespec_of(double seconds)
{
	return (struct timespec){
		.tv_sec = seconds, .tv_nsec = (seconds - (time_t)seconds) * 1e9,
	};
}

void clock_wait(double when)
{
	const struct timespec until = timespec_of(when);

	while (clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}

static sigset_t interrupts(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	return set;
}

void clock_hold_interrupt(void)
{
	sigset_t set = interrupts();

	sigprocmask(SIG_BLOCK, &set, NULL);
}

void clock_release_interrupt(void)
{
	const struct timespec now = { 0 };
	sigset_t set = interrupts();

	/* One that came when nobody waited any more has nothing left to end. */
	sigtimedwait(&set, NULL, &now);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* sigtimedwait() has a clock that stops in suspend: ask for the time once a second. */
bool clock_wait_or_interrupt(double when)
{
	sigset_t set = interrupts();
	double left;

	do {
		left = when - clock_now();
		const struct timespec slice = timespec_of(left < 0 ? 0 : left < 1 ? left : 1);

		if (sigtimedwait(&set, NULL, &slice) == SIGINT)
			return true;
	} while (left > 0);
	return false;
}
