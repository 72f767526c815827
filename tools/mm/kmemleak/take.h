/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pieces of a line, taken from its beginning: each function moves @at behind what it
 * took, and returns false if that is not what is there.
 */
#ifndef KMEMLEAK_TAKE_H
#define KMEMLEAK_TAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool take(const char **at, const char *text);

/**
 * take_number() - take digits
 * @at: where
 * @radix: 10 or 16; there is no "0x" before the digits
 * @value: what they are
 *
 * Return: false also if the number has more than 64 bits.
 */
bool take_number(const char **at, int radix, uint64_t *value);

/**
 * take_seconds() - take "1.234s"
 * @at: where
 * @value: how many
 */
bool take_seconds(const char **at, double *value);

/**
 * copy_printable() - copy text that is not to be trusted
 * @to: room for @length bytes
 * @from: text
 * @length: bytes of it; what is no printable ASCII becomes "?"
 */
void copy_printable(char *to, const char *from, size_t length);

#endif
