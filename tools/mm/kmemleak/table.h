/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tables of "kmemleak watch": usages at the last look, and their growth.
 */
#ifndef KMEMLEAK_TABLE_H
#define KMEMLEAK_TABLE_H

#include <stdbool.h>

#include "sample.h"
#include "screen.h"
#include "usage.h"

/* The tables. */
enum tab { TAB_CACHES, TAB_SITES, TAB_LEAKS, TABS };

/* Names of tables, terminated by NULL. */
extern const char * const tab_names[TABS + 1];

/* Indices of the columns on the screen. */
enum order { ORDER_NAME, ORDER_BYTES, ORDER_OBJECTS, ORDER_GROWN };

/**
 * struct table - the rows of the current table, and what they are made of
 * @base: usages that growth is relative to
 * @base_uptime: when these were read
 * @now: the last look
 * @leaks_are_new: read leaks at the next look
 * @order: order of the rows
 * @rows: memory of the screen's rows
 * @held: name of the row that stays selected while rows move, or NULL
 */
struct table {
	struct usages base[USAGE_KINDS];
	double base_uptime;
	struct sample now;
	bool leaks_are_new;
	enum order order;
	struct screen_row *rows;
	char *held;
};

/**
 * table_look() - look at the machine
 * @table: zeroed before the first look
 *
 * Reads leaks only if they may have changed, as a flat report may be long.
 */
void table_look(struct table *table);

/**
 * table_zero() - count growth from the last look on
 * @table: with one look or more
 */
void table_zero(struct table *table);

/**
 * table_fill() - make the rows of the current table
 * @table: with one look or more
 * @screen: its @tab tells which table; its rows and its selection are set
 *
 * The selection is the first row unless table_hold() has named another.
 */
void table_fill(struct table *table, struct screen *screen);

/**
 * table_heads() - the lines above the table: all memory, and the detector
 * @table: with one look or more
 * @frozen: say that the numbers are
 * @screen: its @head is set
 */
void table_heads(const struct table *table, bool frozen, struct screen *screen);

/**
 * table_hold() - keep a row selected, by its name, while rows move
 * @table: filled
 * @name: the row; NULL releases the row that was held
 */
void table_hold(struct table *table, const char *name);

/**
 * table_free() - free all looks and rows
 * @table: not to be used afterwards
 */
void table_free(struct table *table);

#endif
