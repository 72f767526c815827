/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A clock that, like the uptime, does not stop while the machine is suspended.
 */
#ifndef KMEMLEAK_CLOCK_H
#define KMEMLEAK_CLOCK_H

/**
 * clock_now() - the time
 *
 * Return: seconds since boot.
 */
double clock_now(void);

/**
 * clock_wait() - wait until a point in time
 * @when: as clock_now() counts; returns at once if it has passed
 */
void clock_wait(double when);

#endif
