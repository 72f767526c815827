// SPDX-License-Identifier: GPL-2.0
/*
 * Prefixes of lines. May call: take.c.
 *
 * A prefix may be anything: time stamps, names of hosts and processes, marks of
 * quoting, numbers of lines. Learn it from the line that begins an entry, and compare
 * without digits and blanks. Where that does not help, as after a line that is longer
 * than others, remove what is common.
 */
#include <ctype.h>
#include <string.h>

#include "prefix.h"
#include "take.h"

#define TAB_COLUMNS	8

/* No time stamp or caller in brackets is longer. */
#define BRACKET_MAX	48

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

static const char *skip_blanks(const char *at, int *columns)
{
	*columns = 0;
	for (; is_blank(*at); at++)
		*columns += *at == '\t' ? TAB_COLUMNS : 1;
	return at;
}

void prefix_learn(struct prefix *prefix, const char *line, size_t length)
{
	const char *at = line, *end = line + length;

	memset(prefix, 0, sizeof(*prefix));
	for (; at < end; at++) {
		if (is_blank(*at)) {
			prefix->blanks += *at == '\t' ? TAB_COLUMNS : 1;
			continue;
		}
		prefix->blanks = 0;
		prefix->digits_last = is_digit(*at);
		if (!prefix->digits_last && prefix->length < PREFIX_MAX)
			prefix->shape[prefix->length++] = *at;
	}
	prefix->tagged = memmem(line, length, "kmemleak:", 9);
}

/* "grep -A" has a colon in lines that match, and a dash in others. */
static bool same(char byte, char shape, bool loosely)
{
	return byte == shape || (shape == ':' && byte == '-') ||
	       (loosely && isalpha((unsigned char)byte) && isalpha((unsigned char)shape));
}

static void set_payload(struct payload *payload, const char *at, const char *line,
			size_t length)
{
	payload->text = skip_blanks(at, &payload->indent);
	payload->length = line + length - payload->text;
}

bool prefix_strip(const struct prefix *prefix, bool loosely, const char *line,
		  size_t length, struct payload *payload)
{
	const char *at = line;
	size_t i = 0;
	int columns;

	while (i < prefix->length) {
		if (same(*at, prefix->shape[i], loosely))
			i++;
		else if (!is_digit(*at) && !is_blank(*at))
			return false;
		at++;
	}
	if (prefix->digits_last) {
		at = skip_blanks(at, &columns);
		while (is_digit(*at))
			at++;
	}
	set_payload(payload, at, line, length);
	payload->tagged = prefix->tagged && (!loosely || strstr(line, "kmemleak:"));
	payload->indent -= prefix->blanks;
	if (payload->indent < 0)
		payload->indent = 0;
	return true;
}

/* "<4>" */
static const char *skip_level(const char *at)
{
	const char *end = at + 1;

	while (is_digit(*end))
		end++;
	return *at == '<' && end > at + 1 && *end == '>' ? end + 1 : NULL;
}

/* "[  263.201211]", "[  T101]", "[Jul27 09:17]", but not "[<c0091e90>]" or "[module]". */
static const char *skip_bracket(const char *at)
{
	const char *end;
	bool digits = false;

	if (*at != '[')
		return NULL;
	for (end = at + 1; *end && *end != ']' && *end != '<' && end < at + BRACKET_MAX; end++)
		digits |= is_digit(*end);
	return *end == ']' && end[1] && digits ? end + 1 : NULL;
}

/* The number of a line, as "grep -n" prints it. */
static const char *skip_line_number(const char *at)
{
	const char *end = at;

	while (is_digit(*end))
		end++;
	return end > at && (*end == ':' || *end == '-') ? end + 1 : NULL;
}

/* The colour of a terminal. */
static const char *skip_escape(const char *at)
{
	if (*at++ != '\033' || *at++ != '[')
		return NULL;
	while (is_digit(*at) || *at == ';')
		at++;
	return isalpha((unsigned char)*at) ? at + 1 : NULL;
}

/* Return: the end of a piece of a prefix, NULL if there is none. */
static const char *skip_piece(const char *at, bool *tagged)
{
	const char *begin = at;

	if (*at == '>' || *at == '|')
		return at + 1;
	if (take(&at, "kernel:"))
		return at;
	if (take(&at, "kmemleak:")) {
		*tagged = true;
		return at;
	}
	return skip_level(begin) ?: skip_bracket(begin) ?: skip_escape(begin) ?:
	       skip_line_number(begin);
}

void prefix_guess(const char *line, size_t length, struct payload *payload)
{
	const char *at = strstr(line, "kmemleak:"), *piece;
	int columns;

	payload->tagged = at;
	at = at ?: line;
	while ((piece = skip_piece(skip_blanks(at, &columns), &payload->tagged)))
		at = piece;
	set_payload(payload, at, line, length);
}
