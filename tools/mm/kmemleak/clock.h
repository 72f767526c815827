/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A clock that, like the uptime, does not stop while the machine is suspended.
 */
#ifndef KMEMLEAK_CLOCK_H
#define KMEMLEAK_CLOCK_H

#include <stdbool.h>

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

/**
 * clock_hold_interrupt() - let an interrupt from the terminal end a wait, not the program
 *
 * It does from here on until clock_release_interrupt().
 */
void clock_hold_interrupt(void);

/**
 * clock_release_interrupt() - let an interrupt from the terminal end the program again
 *
 * One that has come and ended no wait is forgotten.
 */
void clock_release_interrupt(void);

/**
 * clock_wait_or_interrupt() - wait until a point in time, or an interrupt from the terminal
 * @when: as clock_now() counts; if it has passed, only tells of an interrupt
 *
 * clock_hold_interrupt() was called before.
 *
 * Return: true if it was an interrupt.
 */
bool clock_wait_or_interrupt(double when);

#endif
