/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What "kmemleak watch" draws: a head, a table or a text that can be scrolled, a
 * message, and the keys.
 */
#ifndef KMEMLEAK_SCREEN_H
#define KMEMLEAK_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCREEN_HEADS	2

/**
 * struct screen_row - a line of the table
 * @name: what it is about; need not be printable
 * @bytes: now
 * @objects: now
 * @grown: bytes since the beginning
 * @per_minute: the same over time
 * @marked: to be seen at a glance
 */
struct screen_row {
	const char *name;
	int64_t bytes;
	uint64_t objects;
	int64_t grown;
	double per_minute;
	bool marked;
};

/**
 * struct screen - all that is drawn
 * @head: lines at the top
 * @tabs: names of the tables, up to a NULL
 * @tab: which of them is shown
 * @sorted: number of the column that the table is sorted by: 0 is the name
 * @empty: what to say if there are no rows
 * @rows: of the table
 * @nr: how many
 * @selected: one of them
 * @lines: a text in place of the table, up to a NULL; or NULL
 * @top: the first row or line that is shown; set so that @selected is in view
 * @message: the line above the keys
 * @keys: the last line
 */
struct screen {
	char head[SCREEN_HEADS][160];
	const char * const *tabs;
	size_t tab;
	unsigned int sorted;
	const char *empty;
	const struct screen_row *rows;
	size_t nr;
	size_t selected;
	char **lines;
	size_t top;
	char message[160];
	const char *keys;
};

/**
 * screen_open() - take the terminal
 *
 * Ends the program if it cannot be had. What is said on stderr from now on is
 * shown when the program ends early.
 */
void screen_open(void);

/**
 * screen_close() - give the terminal back
 */
void screen_close(void);

/**
 * screen_draw() - draw all
 * @screen: what; its @selected and @top are brought into their bounds
 */
void screen_draw(struct screen *screen);

/**
 * screen_key() - the next key that was pressed
 *
 * Return: as of getch() in ncurses, whose names of keys it takes; ERR if there is
 * none.
 */
int screen_key(void);

/**
 * screen_page() - rows that are in view
 */
size_t screen_page(void);

#endif
