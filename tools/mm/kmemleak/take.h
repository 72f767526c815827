/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Parse a line piece by piece: each function advances @at past the piece it took, and
 * returns false if the line does not continue with such a piece.
 */
#ifndef KMEMLEAK_TAKE_H
#define KMEMLEAK_TAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool take(const char **at, const char *text);

/**
 * take_noun() - take a blank and a noun, in its singular or plural
 * @at: position in the line
 * @noun: in its singular; the plural ends in "s"
 */
bool take_noun(const char **at, const char *noun);

/**
 * take_number() - take digits
 * @at: position in the line
 * @radix: 10 or 16, without a "0x" before the digits
 * @value: set to the number
 *
 * Return: false also if the number has more than 64 bits.
 */
bool take_number(const char **at, int radix, uint64_t *value);

/**
 * take_seconds() - take "1.234s"
 * @at: position in the line
 * @value: set to the seconds
 */
bool take_seconds(const char **at, double *value);

/**
 * copy_printable() - copy untrusted text, with "?" for all but printable ASCII
 * @to: room for @length bytes; not terminated
 * @from: the text
 * @length: bytes to copy
 */
void copy_printable(char *to, const char *from, size_t length);

/**
 * dup_printable() - the same into memory of its own
 * @from: the text
 * @length: number of bytes
 *
 * Return: the copy, terminated; to be freed.
 */
char *dup_printable(const char *from, size_t length);

#endif
