// SPDX-License-Identifier: GPL-2.0
/*
 * The screen of "kmemleak watch", with ncurses. May call: take.c, units.c,
 * command.c.
 *
 * Invariants: the terminal is restored however the program ends; external text is
 * drawn as printable ASCII only; the window may have any size.
 */
#include <locale.h>
#include <ncurses.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "command.h"
#include "screen.h"
#include "take.h"
#include "units.h"

/* Lines above and below the rows: heads, tabs, titles; message and keys. */
#define LINES_ABOVE	(SCREEN_HEADS + 2)
#define LINES_BELOW	2

#define NUMBER_COLUMNS	4
#define NUMBER_WIDTH	13
#define NAME_MIN	16

/* The original stderr and its replacement; -1 while the screen is closed. */
static int real_stderr = -1;
static int kept_stderr = -1;

static void terminal_restore(void)
{
	if (real_stderr < 0)
		return;
	endwin();
	dup2(real_stderr, STDERR_FILENO);
	close(real_stderr);
	real_stderr = -1;
}

/* Print messages kept while the screen was open, in case the program ends early. */
static void show_last_words(void)
{
	char text[512];
	ssize_t length;

	if (real_stderr < 0)
		return;
	fflush(stderr);
	terminal_restore();
	lseek(kept_stderr, 0, SEEK_SET);
	while ((length = read(kept_stderr, text, sizeof(text))) > 0)
		if (write(STDERR_FILENO, text, length) != length)
			break;
}

void screen_open(void)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		die("watch needs a terminal; kmemleak triage --for 60s does not");
	setlocale(LC_CTYPE, "");
	if (!newterm(NULL, stdout, stdin))
		die("the terminal \"%s\" is not known; set TERM, to vt100 if nothing else",
		    getenv("TERM") ?: "");
	kept_stderr = memfd_create("stderr", MFD_CLOEXEC);
	real_stderr = dup(STDERR_FILENO);
	if (kept_stderr < 0 || real_stderr < 0)
		die("there are no file descriptors left");
	dup2(kept_stderr, STDERR_FILENO);
	atexit(show_last_words);
	cbreak();
	noecho();
	curs_set(0);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(50);
}

void screen_close(void)
{
	terminal_restore();
}

int screen_key(void)
{
	return getch();
}

size_t screen_page(void)
{
	int rows = LINES - LINES_ABOVE - LINES_BELOW;

	return rows > 1 ? rows : 1;
}

/* Fill a line with text, cut to the width. */
static void draw_line(int y, attr_t attributes, const char *text)
{
	char line[512];
	size_t length = strlen(text), width = COLS;

	if (y < 0 || y >= LINES)
		return;
	if (width >= sizeof(line))
		width = sizeof(line) - 1;
	memset(line, ' ', width);
	copy_printable(line, text, length < width ? length : width);
	attrset(attributes);
	mvaddnstr(y, 0, line, width);
	attrset(A_NORMAL);
}

/* Number of numeric columns that fit beside the name. */
static int number_columns(void)
{
	int columns = (COLS - NAME_MIN) / NUMBER_WIDTH;

	if (columns < 0)
		return 0;
	return columns < NUMBER_COLUMNS ? columns : NUMBER_COLUMNS;
}

/* Format a line of the table: the name left, numbers right. */
static void draw_columns(int y, attr_t attributes, const char *name,
			 char numbers[NUMBER_COLUMNS][UNITS_MAX])
{
	int columns = number_columns(), width = COLS - columns * NUMBER_WIDTH, i;
	char line[512];
	size_t length = strlen(name);

	draw_line(y, attributes, "");
	if (width >= (int)sizeof(line))
		width = sizeof(line) - 1;
	if (length > (size_t)width)
		length = width;
	copy_printable(line, name, length);
	attrset(attributes);
	mvaddnstr(y, 0, line, length);
	for (i = 0; i < columns; i++)
		mvprintw(y, COLS - (columns - i) * NUMBER_WIDTH, "%*.*s", NUMBER_WIDTH,
			 NUMBER_WIDTH, numbers[i]);
	attrset(A_NORMAL);
}

static void draw_tabs(const struct screen *screen)
{
	int x = 0;
	size_t i;

	draw_line(SCREEN_HEADS, A_NORMAL, "");
	for (i = 0; screen->tabs[i]; i++) {
		attrset(i == screen->tab ? A_REVERSE : A_NORMAL);
		mvprintw(SCREEN_HEADS, x, " %zu %s ", i + 1, screen->tabs[i]);
		x += strlen(screen->tabs[i]) + 5;
	}
	attrset(A_NORMAL);
}

static void draw_titles(const struct screen *screen)
{
	static const char * const titles[] = { "NAME", "BYTES", "OBJECTS", "GROWN", "PER MINUTE" };
	char numbers[NUMBER_COLUMNS][UNITS_MAX];
	char name[UNITS_MAX];
	unsigned int i;

	/* The column that the table is sorted by. */
	snprintf(name, sizeof(name), "%s%s", titles[0], screen->sorted ? "" : "*");
	for (i = 0; i < NUMBER_COLUMNS; i++)
		snprintf(numbers[i], UNITS_MAX, "%s%s", titles[i + 1],
			 screen->sorted == i + 1 ? "*" : "");
	draw_columns(SCREEN_HEADS + 1, A_BOLD, name, numbers);
}

static void draw_row(int y, const struct screen_row *row, bool selected)
{
	char numbers[NUMBER_COLUMNS][UNITS_MAX];

	format_bytes(numbers[0], row->bytes);
	snprintf(numbers[1], UNITS_MAX, "%llu", (unsigned long long)row->objects);
	format_bytes(numbers[2], row->grown);
	format_bytes(numbers[3], row->per_minute);
	draw_columns(y, (selected ? A_REVERSE : 0) | (row->marked ? A_BOLD : 0), row->name,
		     numbers);
}

static size_t lines_of(char **lines)
{
	size_t nr = 0;

	while (lines[nr])
		nr++;
	return nr;
}

/* Scroll so that the selected row is in view and the view is full. */
static void scroll_into_view(struct screen *screen)
{
	size_t page = screen_page(), nr = screen->lines ? lines_of(screen->lines) : screen->nr;

	if (!screen->lines) {
		if (screen->selected >= nr)
			screen->selected = nr ? nr - 1 : 0;
		if (screen->top > screen->selected)
			screen->top = screen->selected;
		if (screen->top + page <= screen->selected)
			screen->top = screen->selected - page + 1;
	}
	if (screen->top + page > nr)
		screen->top = nr > page ? nr - page : 0;
}

static void draw_body(const struct screen *screen)
{
	size_t page = screen_page(), nr = screen->lines ? lines_of(screen->lines) : screen->nr;
	size_t i, at;

	for (i = 0; i < page; i++) {
		at = screen->top + i;
		if (at >= nr)
			draw_line(LINES_ABOVE + i, A_NORMAL, "");
		else if (screen->lines)
			draw_line(LINES_ABOVE + i, A_NORMAL, screen->lines[at]);
		else
			draw_row(LINES_ABOVE + i, &screen->rows[at], at == screen->selected);
	}
	if (!nr)
		draw_line(LINES_ABOVE, A_NORMAL, screen->empty);
}

void screen_draw(struct screen *screen)
{
	int i;

	scroll_into_view(screen);
	erase();
	for (i = 0; i < SCREEN_HEADS; i++)
		draw_line(i, A_NORMAL, screen->head[i]);
	draw_tabs(screen);
	if (screen->lines)
		draw_line(SCREEN_HEADS + 1, A_NORMAL, "");
	else
		draw_titles(screen);
	draw_body(screen);
	draw_line(LINES - 2, A_BOLD, screen->message);
	draw_line(LINES - 1, A_REVERSE, screen->keys);
	refresh();
}
