/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Times and sizes as people write and read them.
 */
#ifndef KMEMLEAK_UNITS_H
#define KMEMLEAK_UNITS_H

#include <stddef.h>
#include <stdint.h>

/* Room for what format_bytes() and format_duration() write. */
#define UNITS_MAX	32

/**
 * parse_duration() - read "90", "90s", "5m", "2h" or "30d"
 * @text: the number is in seconds without a letter
 * @option: its name, for the message
 *
 * Ends the program if @text is no duration or not above zero.
 *
 * Return: seconds.
 */
double parse_duration(const char *text, const char *option);

/**
 * parse_count() - read a number above zero
 * @text: in decimal
 * @option: its name, for the message
 */
uint64_t parse_count(const char *text, const char *option);

/**
 * format_bytes() - a size with two or more digits and a unit, as in "12.5 MiB"
 * @text: %UNITS_MAX bytes
 * @bytes: may be negative
 *
 * Return: @text.
 */
char *format_bytes(char *text, double bytes);

/**
 * format_duration() - "90 s", "2.5 h"
 * @text: %UNITS_MAX bytes
 * @seconds: not negative
 *
 * Return: @text.
 */
char *format_duration(char *text, double seconds);

#endif
