/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The screen of "kmemleak watch": a head, a table or a scrollable text, a message, and
 * the keys.
 */
#ifndef KMEMLEAK_SCREEN_H
#define KMEMLEAK_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCREEN_HEADS	2

/**
 * struct screen_row - a line of the table
 * @name: first column; need not be printable
 * @bytes: current bytes
 * @objects: current objects
 * @grown: growth in bytes since the beginning
 * @per_minute: growth in bytes per minute
 * @marked: highlight the row
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
 * struct screen - content of the screen
 * @head: lines at the top
 * @tabs: names of the tables, terminated by NULL
 * @tab: index of the current table
 * @sorted: index of the column the table is sorted by; 0 is the name
 * @empty: text to show if there are no rows
 * @rows: rows of the table
 * @nr: number of rows
 * @selected: index of the selected row
 * @lines: lines of a text to show instead of the table, terminated by NULL; or NULL
 * @top: first row or line in view; adjusted to keep @selected in view
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
 * screen_open() - take over the terminal
 *
 * Ends the program if that fails. Keeps messages on stderr from now on, and prints
 * them if the program ends early.
 */
void screen_open(void);

/**
 * screen_close() - restore the terminal
 */
void screen_close(void);

/**
 * screen_draw() - draw the whole screen
 * @screen: the content; its @selected and @top are clamped
 */
void screen_draw(struct screen *screen);

/**
 * screen_key() - read a key
 *
 * Return: as getch() of ncurses; ERR if no key was pressed.
 */
int screen_key(void);

/**
 * screen_page() - number of rows in view
 */
size_t screen_page(void);

#endif
