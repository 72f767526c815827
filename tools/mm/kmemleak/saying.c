// SPDX-License-Identifier: GPL-2.0
/*
 * Write advice: sentences, and the command to run next. May call: root.c, command.c.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "root.h"

void say(struct advice *advice, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(advice->out, format, args);
	va_end(args);
}

void propose(struct advice *advice, const char *format, ...)
{
	va_list args;

	free(advice->next);
	va_start(args, format);
	if (vasprintf(&advice->next, format, args) < 0)
		die("out of memory");
	va_end(args);
	advice->there = !root_is_live();
}

void propose_tool(struct advice *advice, const char *command)
{
	char *tree;

	if (root_is_live()) {
		propose(advice, "kmemleak %s", command);
		return;
	}
	tree = shell_word(root_name());
	propose(advice, "kmemleak --root %s %s", tree, command);
	advice->there = false;
	free(tree);
}

/* A word with bytes that a terminal may take for commands: $'\033' */
static char *escape(const char *text)
{
	static const char kept[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,+@% ";
	char *word = xcalloc(4 * strlen(text) + sizeof("$''"), 1), *to = stpcpy(word, "$'");

	for (; *text; text++)
		to += sprintf(to, strchr(kept, *text) ? "%c" : "\\%03o", (unsigned char)*text);
	stpcpy(to, "'");
	return word;
}

char *shell_word(const char *text)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,+@%";
	char *word, *to;

	if (*text && !text[strspn(text, plain)])
		return xstrdup(text);
	if (!is_printable(text))
		return escape(text);
	/* Each ' becomes '\'' */
	word = xcalloc(4 * strlen(text) + 3, 1);
	to = word;
	*to++ = '\'';
	for (; *text; text++) {
		if (*text == '\'')
			to = stpcpy(to, "'\\''");
		else
			*to++ = *text;
	}
	*to = '\'';
	return word;
}
