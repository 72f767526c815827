// SPDX-License-Identifier: GPL-2.0
/*
 * "kmemleak watch": slab caches, allocation sites and leaks as they change. May
 * call: table.c, screen.c, details.c, scanner.c, clock.c, units.c, root.c, command.c.
 *
 * One poll() waits for everything: for a key, for new leaks of the detector
 * (POLLPRI), for a scan that runs in a process of its own, and for the time of
 * the next look. Without a detector only caches are shown.
 */
#include <errno.h>
#include <fcntl.h>
#include <ncurses.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"
#include "details.h"
#include "root.h"
#include "scanner.h"
#include "screen.h"
#include "table.h"
#include "units.h"

#define KEY_ESCAPE	27

static const char table_keys[] =
	"1-3 table  g b o n sort  f freeze  z zero  s scan  Enter open  q quit";
static const char text_keys[] = "Up Down PgUp PgDn scroll  Esc back  q quit";

/* Sources of events for poll(). */
enum source { SOURCE_KEYS, SOURCE_DETECTOR, SOURCE_SCAN, SOURCES };

/**
 * struct watch - the state of the view
 * @every: seconds from one look to the next
 * @table: the current table
 * @screen: content of the screen
 * @frozen: do not update numbers
 * @poll: sources of events; a descriptor of -1 is unused
 * @scanner: the scan that runs, if any
 * @done: the user wants to quit
 */
struct watch {
	double every;
	struct table table;
	struct screen screen;
	bool frozen;
	struct pollfd poll[SOURCES];
	struct scanner scanner;
	bool done;
};

static void __printf(2, 3)
tell(struct watch *watch, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(watch->screen.message, sizeof(watch->screen.message), format, args);
	va_end(args);
}

static void show(struct watch *watch)
{
	table_heads(&watch->table, watch->frozen, &watch->screen);
	table_fill(&watch->table, &watch->screen);
	watch->screen.keys = watch->screen.lines ? text_keys : table_keys;
	screen_draw(&watch->screen);
}

static void look_again(struct watch *watch)
{
	table_look(&watch->table);
	table_fill(&watch->table, &watch->screen);
}

/* Say what has come, and show it unless the user wants to look at what there was. */
static void come(struct watch *watch, const char *what)
{
	watch->table.leaks_are_new = true;
	tell(watch, "%s%s", what, watch->frozen ? "; f shows what is new" : "");
	if (!watch->frozen)
		look_again(watch);
}

static void select_first(struct watch *watch)
{
	table_hold(&watch->table, NULL);
	watch->screen.selected = 0;
}

static void close_text(struct watch *watch)
{
	size_t i;

	if (!watch->screen.lines)
		return;
	for (i = 0; watch->screen.lines[i]; i++)
		free(watch->screen.lines[i]);
	free(watch->screen.lines);
	watch->screen.lines = NULL;
	watch->screen.top = 0;
}

/* Show a text instead of the table. */
static void open_text(struct watch *watch, char *text)
{
	size_t nr = 0;
	char *line;

	close_text(watch);
	watch->screen.top = 0;
	watch->screen.lines = xcalloc(1, sizeof(*watch->screen.lines));
	while ((line = strsep(&text, "\n"))) {
		watch->screen.lines[nr++] = xstrdup(line);
		watch->screen.lines = xrealloc(watch->screen.lines, nr + 1,
					       sizeof(*watch->screen.lines));
		watch->screen.lines[nr] = NULL;
	}
}

static void open_row(struct watch *watch)
{
	const struct screen *screen = &watch->screen;
	char *text;

	if (screen->selected >= screen->nr)
		return;
	if (screen->tab == TAB_CACHES) {
		tell(watch, "a cache has no stack; the table of sites says who allocates");
		return;
	}
	text = details_of(screen->rows[screen->selected].name, screen->tab == TAB_SITES);
	open_text(watch, text);
	free(text);
}

static void start_scan(struct watch *watch)
{
	if (watch->scanner.pid) {
		tell(watch, "a scan is at work already");
		return;
	}
	scanner_start(&watch->scanner);
	watch->poll[SOURCE_SCAN].fd = watch->scanner.fd;
	tell(watch, "scanning");
}

static void hear_scan(struct watch *watch)
{
	if (!scanner_read(&watch->scanner))
		return;
	watch->poll[SOURCE_SCAN].fd = -1;
	come(watch, watch->scanner.output);
}

/* Reading from the beginning rearms the detector's notification. */
static void hear_detector(struct watch *watch)
{
	int fd = watch->poll[SOURCE_DETECTOR].fd;
	char some[4096];

	if (pread(fd, some, sizeof(some), 0) < 0) {
		close(fd);
		watch->poll[SOURCE_DETECTOR].fd = -1;
	}
	come(watch, "new leaks");
}

static void sort_by(struct watch *watch, enum order order)
{
	watch->table.order = order;
	select_first(watch);
}

static void switch_to(struct watch *watch, size_t tab)
{
	close_text(watch);
	watch->screen.tab = tab;
	sort_by(watch, watch->table.order);
}

static void move_by(struct watch *watch, long by)
{
	struct screen *screen = &watch->screen;
	size_t *at = screen->lines ? &screen->top : &screen->selected;

	if (by < 0 && *at < (size_t)-by)
		*at = 0;
	else if (by > 0 && !screen->lines && *at + by >= screen->nr)
		*at = screen->nr ? screen->nr - 1 : 0;
	else
		*at += by;
	if (!screen->lines && screen->nr)
		table_hold(&watch->table, screen->rows[screen->selected].name);
}

/* The first row is the one on top, whichever that is. */
static void move_home(struct watch *watch)
{
	if (watch->screen.lines)
		watch->screen.top = 0;
	else
		select_first(watch);
}

static bool move_key(struct watch *watch, int key)
{
	long page = screen_page();

	switch (key) {
	case KEY_UP:
	case 'k':
		move_by(watch, -1);
		return true;
	case KEY_DOWN:
	case 'j':
		move_by(watch, 1);
		return true;
	case KEY_PPAGE:
		move_by(watch, -page);
		return true;
	case KEY_NPAGE:
		move_by(watch, page);
		return true;
	case KEY_HOME:
		move_home(watch);
		return true;
	case KEY_END:
		move_by(watch, 1000000);
		return true;
	}
	return false;
}

static bool sort_key(struct watch *watch, int key)
{
	static const char keys[] = { [ORDER_NAME] = 'n', [ORDER_BYTES] = 'b',
				     [ORDER_OBJECTS] = 'o', [ORDER_GROWN] = 'g' };
	enum order order;

	for (order = ORDER_NAME; order <= ORDER_GROWN; order++) {
		if (key == keys[order]) {
			sort_by(watch, order);
			return true;
		}
	}
	return false;
}

static void press(struct watch *watch, int key)
{
	if (move_key(watch, key) || sort_key(watch, key))
		return;
	switch (key) {
	case 'q':
		watch->done = true;
		break;
	case '\t':
		switch_to(watch, (watch->screen.tab + 1) % TABS);
		break;
	case '1':
	case '2':
	case '3':
		switch_to(watch, key - '1');
		break;
	case 'f':
		watch->frozen = !watch->frozen;
		if (!watch->frozen)
			look_again(watch);
		break;
	case 'z':
		if (!watch->frozen)
			look_again(watch);
		table_zero(&watch->table);
		break;
	case 's':
		start_scan(watch);
		break;
	case '\n':
	case KEY_ENTER:
		open_row(watch);
		break;
	case KEY_ESCAPE:
	case KEY_BACKSPACE:
		close_text(watch);
		break;
	}
}

static int milliseconds_to(double when)
{
	double seconds = when - clock_now();

	if (seconds <= 0)
		return 0;
	return seconds < 3600 ? seconds * 1000 + 1 : 3600 * 1000;
}

static void wait_for_something(struct watch *watch, double next)
{
	struct pollfd *poll_fds = watch->poll;
	int key;

	/* Resizing the window interrupts poll(); ncurses reports it as a key. */
	if (poll(poll_fds, SOURCES, watch->frozen ? -1 : milliseconds_to(next)) < 0 &&
	    errno != EINTR)
		die("poll: %s", strerror(errno));
	while ((key = screen_key()) != ERR) {
		if (key != KEY_RESIZE)
			tell(watch, "%s", "");
		press(watch, key);
		table_fill(&watch->table, &watch->screen);
	}
	if (poll_fds[SOURCE_KEYS].revents & (POLLHUP | POLLERR | POLLNVAL))
		watch->done = true;
	if (poll_fds[SOURCE_DETECTOR].revents & POLLPRI)
		hear_detector(watch);
	if (poll_fds[SOURCE_SCAN].fd >= 0 && poll_fds[SOURCE_SCAN].revents)
		hear_scan(watch);
}

static void run(struct watch *watch)
{
	double next = clock_now() + watch->every;

	while (!watch->done) {
		show(watch);
		wait_for_something(watch, next);
		if (watch->frozen || clock_now() < next)
			continue;
		look_again(watch);
		next = clock_now() + watch->every;
	}
	scanner_stop(&watch->scanner);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct watch *watch = state->input;

	if (key != 'e')
		return ARGP_ERR_UNKNOWN;
	watch->every = parse_duration(arg, "--every");
	return 0;
}

int cmd_watch(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "every", 'e', "TIME", 0, "from one look to the next, 2s unless told", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		options, parse, NULL,
		"Shows slab caches, allocation sites and leaks as they change.",
		NULL, NULL, NULL,
	};
	struct watch watch = {
		.every = 2,
		.table.order = ORDER_GROWN,
		.scanner.fd = -1,
		.screen.tabs = tab_names,
		.poll = {
			[SOURCE_KEYS] = { .fd = STDIN_FILENO, .events = POLLIN },
			[SOURCE_DETECTOR] = { .events = POLLPRI },
			[SOURCE_SCAN] = { .fd = -1, .events = POLLIN },
		},
	};

	parse_options(&argp, argc, argv, &watch);
	watch.poll[SOURCE_DETECTOR].fd = root_open_fd(DETECTOR_FILE, O_RDONLY);
	screen_open();
	table_look(&watch.table);
	table_zero(&watch.table);
	run(&watch);
	screen_close();
	close_text(&watch);
	table_free(&watch.table);
	return STATUS_OK;
}
