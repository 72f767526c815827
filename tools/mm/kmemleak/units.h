/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Durations, sizes and counts in human-readable form.
 */
#ifndef KMEMLEAK_UNITS_H
#define KMEMLEAK_UNITS_H

#include <stddef.h>
#include <stdint.h>

/* Room for the output of format_bytes() and format_duration(). */
#define UNITS_MAX	32

/**
 * parse_duration() - read "90", "90s", "5m", "2h" or "30d"
 * @text: a number without a letter is in seconds
 * @option: name of the option, for the error message
 *
 * Ends the program if @text is not a duration above zero.
 *
 * Return: seconds.
 */
double parse_duration(const char *text, const char *option);

/**
 * parse_bytes() - read "4096", "64k", "1.5M" or "2GiB", which are powers of two
 * @text: the size
 * @option: the option it belongs to, for the message
 *
 * Ends the program if it is no size.
 *
 * Return: bytes, one at least.
 */
uint64_t parse_bytes(const char *text, const char *option);

/**
 * parse_count() - read a number above zero
 * @text: in decimal
 * @option: name of the option, for the error message
 *
 * Ends the program if @text is not a number above zero.
 *
 * Return: the number.
 */
uint64_t parse_count(const char *text, const char *option);

/**
 * format_bytes() - format a size with its unit, as in "12.5 MiB"
 * @text: room for %UNITS_MAX bytes
 * @bytes: may be negative
 *
 * Return: @text.
 */
char *format_bytes(char *text, double bytes);

/**
 * format_duration() - format a duration with its unit, as in "90 s" or "2.5 h"
 * @text: room for %UNITS_MAX bytes
 * @seconds: not negative
 *
 * Return: @text.
 */
char *format_duration(char *text, double seconds);

/* The ending of a noun that counts @nr. */
static inline const char *plural(uint64_t nr)
{
	return nr == 1 ? "" : "s";
}

#endif
