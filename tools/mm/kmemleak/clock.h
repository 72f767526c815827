/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The clock that goes on while the machine sleeps, as a machine's uptime does.
 */
#ifndef KMEMLEAK_CLOCK_H
#define KMEMLEAK_CLOCK_H

/**
 * clock_now() - what time it is
 *
 * Return: seconds since boot.
 */
double clock_now(void);

/**
 * clock_wait() - wait until it is that time
 * @when: by clock_now(); if that is over, there is no wait
 */
void clock_wait(double when);

#endif
