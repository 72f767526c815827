// SPDX-License-Identifier: GPL-2.0
/*
 * "kmemleak watch": slab caches, allocation sites and leaks as they change. May
 * call: screen.c, sample.c, account.c, usage.c, sites.c, leaks.c, stacks.c,
 * symbols.c, text.c, clock.c, units.c, root.c, command.c.
 *
 * One poll() waits for everything: for a key, for new leaks of the detector
 * (POLLPRI), for a scan that runs in a process of its own, and for the time of
 * the next look. Without a detector only caches are shown.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <ncurses.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "account.h"
#include "clock.h"
#include "command.h"
#include "report.h"
#include "root.h"
#include "sample.h"
#include "screen.h"
#include "sites.h"
#include "units.h"
#include "usage.h"

#define KEY_ESCAPE	27

static const char table_keys[] =
	"1-3 table  g b o n sort  f freeze  z zero  s scan  Enter open  q quit";
static const char text_keys[] = "Up Down PgUp PgDn scroll  Esc back  q quit";

enum tab { TAB_CACHES, TAB_SITES, TAB_LEAKS, TABS };

static const char * const tab_names[] = { "caches", "sites", "leaks", NULL };

static const enum usage_kind tab_kinds[TABS] = { USAGE_CACHE, USAGE_SITE, USAGE_LEAK };

/* Indices of the columns on the screen. */
enum order { ORDER_NAME, ORDER_BYTES, ORDER_OBJECTS, ORDER_GROWN };

/* Sources of events for poll(). */
enum source { SOURCE_KEYS, SOURCE_DETECTOR, SOURCE_SCAN, SOURCES };

/**
 * struct watch - the state of the view
 * @every: seconds from one look to the next
 * @base: the look that growth is relative to
 * @now: the last look
 * @screen: content of the screen
 * @rows: memory of @screen's rows
 * @order: order of the rows
 * @selected: name of the selected row, so that the selection follows it; or NULL
 * @frozen: do not update numbers
 * @leaks_are_new: read leaks at the next look
 * @poll: sources of events; a descriptor of -1 is unused
 * @scan: pid of a running scan, or 0
 * @said: beginning of its output
 * @said_bytes: length of @said
 * @done: the user wants to quit
 */
struct watch {
	double every;
	struct sample base;
	struct sample now;
	struct screen screen;
	struct screen_row *rows;
	enum order order;
	char *selected;
	bool frozen;
	bool leaks_are_new;
	struct pollfd poll[SOURCES];
	pid_t scan;
	char said[1024];
	size_t said_bytes;
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

/* Take usages over from an earlier look: they have not changed. */
static void keep(struct sample *now, struct sample *before, enum usage_kind kind)
{
	now->of[kind] = before->of[kind];
	before->of[kind] = (struct usages){ 0 };
}

static bool leaks_may_differ(const struct watch *watch, const struct detector *detector)
{
	return watch->leaks_are_new || detector->state == DETECTOR_BASE ||
	       detector->state != watch->now.detector.state ||
	       detector->scans != watch->now.detector.scans;
}

/* Before the first scan no site is known, so growth of sites counts from that scan. */
static void set_base_of_sites(struct watch *watch)
{
	const struct usages *sites = &watch->now.of[USAGE_SITE];
	size_t i;

	for (i = 0; i < sites->nr; i++)
		usages_add(&watch->base.of[USAGE_SITE], sites->list[i].name)->bytes =
			sites->list[i].bytes;
}

/* Read leaks only if they may have changed, as a flat report may be long. */
static void look(struct watch *watch)
{
	struct sample now;

	sample_take(&now, SAMPLE(CACHE) | SAMPLE(SITE));
	if (leaks_may_differ(watch, &now.detector))
		sample_take_leaks(&now);
	else
		keep(&now, &watch->now, USAGE_LEAK);
	watch->leaks_are_new = false;
	sample_free(&watch->now);
	watch->now = now;
	if (!watch->base.of[USAGE_SITE].nr)
		set_base_of_sites(watch);
}

/* Count growth from now on. */
static void set_base(struct watch *watch)
{
	sample_free(&watch->base);
	sample_take(&watch->base, SAMPLE_ALL);
}

static int compare_rows(const void *a, const void *b, void *context)
{
	const struct screen_row *x = a, *y = b;
	int64_t difference = 0;

	switch (*(const enum order *)context) {
	case ORDER_BYTES:
		difference = x->bytes - y->bytes;
		break;
	case ORDER_OBJECTS:
		difference = x->objects - y->objects;
		break;
	case ORDER_GROWN:
		difference = x->grown != y->grown ? x->grown - y->grown : x->bytes - y->bytes;
		break;
	case ORDER_NAME:
		break;
	}
	if (difference)
		return difference < 0 ? 1 : -1;
	return strcmp(x->name, y->name);
}

static void fill_row(const struct watch *watch, struct screen_row *row,
		     const struct usage *usage, enum usage_kind kind)
{
	const struct usage *before = usage_find(&watch->base.of[kind], usage->name);
	double seconds = watch->now.uptime - watch->base.uptime;

	*row = (struct screen_row){
		.name = usage->name,
		.bytes = usage->bytes,
		.objects = usage->objects,
		.grown = usage->bytes - (before ? before->bytes : 0),
		.marked = usage->growing,
	};
	if (seconds > 0)
		row->per_minute = row->grown / seconds * 60;
	if (kind == USAGE_LEAK)
		row->marked = row->grown > 0;
}

static const char *why_empty(const struct watch *watch, enum usage_kind kind)
{
	int error = watch->now.of[kind].error;

	if (error == EACCES || error == EPERM)
		return "only root may read these";
	if (kind == USAGE_CACHE)
		return error ? "this kernel has no /proc/slabinfo" : "";
	if (watch->now.detector.state == DETECTOR_ON)
		return kind == USAGE_SITE ? "no scan was made yet: press s" : "no leaks are known";
	if (watch->now.detector.state == DETECTOR_BASE)
		return kind == USAGE_SITE ? "this kernel's leak detector does not count sites" :
					    "no leaks are known";
	return "this kernel has no leak detector that is on";
}

/* Rebuild the rows of the table; the same name stays selected. */
static void fill_table(struct watch *watch)
{
	enum usage_kind kind = tab_kinds[watch->screen.tab];
	const struct usages *usages = &watch->now.of[kind];
	size_t i;

	watch->rows = xrealloc(watch->rows, usages->nr + 1, sizeof(*watch->rows));
	for (i = 0; i < usages->nr; i++)
		fill_row(watch, &watch->rows[i], &usages->list[i], kind);
	qsort_r(watch->rows, usages->nr, sizeof(*watch->rows), compare_rows, &watch->order);
	for (i = 0; watch->selected && i < usages->nr; i++)
		if (!strcmp(watch->rows[i].name, watch->selected))
			watch->screen.selected = i;
	watch->screen.rows = watch->rows;
	watch->screen.nr = usages->nr;
	watch->screen.sorted = watch->order;
	watch->screen.empty = why_empty(watch, kind);
}

static double share(const struct sample *sample, enum account_owner owner)
{
	int64_t bytes = 0;
	size_t i;

	for (i = 0; i < ACCOUNT_LINES; i++)
		if (account_names[i].owner == owner)
			bytes += sample_bytes(sample, i);
	return 100.0 * bytes / sample_total(sample);
}

static void fill_detector(struct watch *watch)
{
	static const char * const states[] = {
		[DETECTOR_ABSENT] = "none in this kernel (CONFIG_DEBUG_KMEMLEAK)",
		[DETECTOR_HIDDEN] = "only root can see it",
		[DETECTOR_UNMOUNTED] = "debugfs is not mounted",
		[DETECTOR_BASE] = "the kernel's own",
		[DETECTOR_OFF] = "off",
		[DETECTOR_ON] = "on",
	};
	struct usage leaks = usages_total(&watch->now.of[USAGE_LEAK]);
	const struct detector *detector = &watch->now.detector;
	char scans[UNITS_MAX] = "", size[UNITS_MAX];

	if (detector->scans)
		snprintf(scans, sizeof(scans), ", %" PRIu64 " scans", detector->scans);
	snprintf(watch->screen.head[1], sizeof(watch->screen.head[1]),
		 "leak detector: %s%s; %" PRIu64 " leaks, %s", states[detector->state], scans,
		 leaks.objects, format_bytes(size, leaks.bytes));
}

static void fill_heads(struct watch *watch)
{
	const struct sample *now = &watch->now;
	char time[UNITS_MAX];

	snprintf(watch->screen.head[0], sizeof(watch->screen.head[0]),
		 "kernel %.1f %%, caches %.1f %%, user %.1f %%, free %.1f %%; since %s%s",
		 share(now, OWNER_KERNEL), share(now, OWNER_CACHE), share(now, OWNER_USER),
		 share(now, OWNER_NOBODY),
		 format_duration(time, now->uptime - watch->base.uptime),
		 watch->frozen ? "; FROZEN" : "");
	fill_detector(watch);
}

static void show(struct watch *watch)
{
	fill_heads(watch);
	fill_table(watch);
	watch->screen.keys = watch->screen.lines ? text_keys : table_keys;
	screen_draw(&watch->screen);
}

/* Remember the selected row by name, before rows move. */
static void hold_selection(struct watch *watch)
{
	const struct screen *screen = &watch->screen;

	free(watch->selected);
	watch->selected = screen->selected < screen->nr ?
		xstrdup(screen->rows[screen->selected].name) : NULL;
}

static void look_again(struct watch *watch)
{
	hold_selection(watch);
	look(watch);
	fill_table(watch);
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

static void print_site(const char *name, FILE *out)
{
	struct sites sites = { .stacks = stacks_new() };
	FILE *file = root_try(DETECTOR_FILE "_sites");
	char error[128], size[UNITS_MAX];
	size_t i, scan;

	if (file && sites_read(&sites, file, error, sizeof(error))) {
		for (i = 0; i < sites.nr; i++) {
			if (strcmp(sites.site[i].frame->text, name))
				continue;
			fprintf(out, "%16s %16s %16s\n", "seconds ago", "objects", "bytes");
			for (scan = 0; scan < sites.scans; scan++)
				fprintf(out, "%16.1f %16" PRIu64 " %16s\n", sites.ago[scan],
					sites.site[i].objects[scan],
					format_bytes(size, sites.site[i].bytes[scan]));
		}
	}
	if (file)
		fclose(file);
	sites_free(&sites);
	stacks_free(sites.stacks);
}

/* Print the leaks of a site, with their stacks and lines. */
static void print_leaks(const char *name, FILE *out)
{
	const struct symbol_files files = { 0 };
	struct report report = { 0 };
	struct leaks leaks, *shown = &report.leaks;
	size_t i;

	if (!sample_leaks(&leaks))
		leaks_sort(&leaks);
	shown->group = xcalloc(leaks.nr + 1, sizeof(*shown->group));
	for (i = 0; i < leaks.nr; i++) {
		if (strcmp(sample_leak_name(leaks.group[i]), name))
			continue;
		shown->group[shown->nr++] = leaks.group[i];
		shown->objects += leaks.group[i]->objects;
		shown->bytes += leaks.group[i]->bytes;
	}
	if (shown->nr) {
		report.symbols = symbols_open(&files);
		symbols_decode(report.symbols, leaks.stacks);
		report_text(&report, out);
		symbols_close(report.symbols);
	} else {
		fputs("\nno leaks of it are known\n", out);
	}
	free(shown->group);
	sample_leaks_free(&leaks);
}

static void open_row(struct watch *watch)
{
	const struct screen *screen = &watch->screen;
	char *text = NULL;
	size_t length;
	FILE *out;

	if (screen->selected >= screen->nr)
		return;
	if (screen->tab == TAB_CACHES) {
		tell(watch, "a cache has no stack; the table of sites says who allocates");
		return;
	}
	out = open_memstream(&text, &length);
	if (!out)
		die("out of memory");
	fprintf(out, "%s\n\n", screen->rows[screen->selected].name);
	if (screen->tab == TAB_SITES)
		print_site(screen->rows[screen->selected].name, out);
	print_leaks(screen->rows[screen->selected].name, out);
	fclose(out);
	hold_selection(watch);
	open_text(watch, text);
	free(text);
}

/* Run "kmemleak scan" in a process of its own, so that the view does not block. */
static void start_scan(struct watch *watch)
{
	char *root = root_path("");
	int ends[2];

	if (watch->scan) {
		tell(watch, "a scan is at work already");
		free(root);
		return;
	}
	if (pipe2(ends, O_CLOEXEC))
		die("pipe: %s", strerror(errno));
	watch->scan = fork();
	if (watch->scan < 0)
		die("fork: %s", strerror(errno));
	if (!watch->scan) {
		setenv("KMEMLEAK_ROOT", root, 1);
		dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		execl("/proc/self/exe", "kmemleak", "scan", NULL);
		_exit(127);
	}
	free(root);
	close(ends[1]);
	watch->poll[SOURCE_SCAN].fd = ends[0];
	watch->said_bytes = 0;
	tell(watch, "scanning");
}

/* The verdict of a scan, after its own messages; or the reason for its failure. */
static const char *verdict(char *said, bool failed)
{
	char *line;

	do
		line = strsep(&said, "\n");
	while (said && *said && !failed && !strncmp(line, "kmemleak: ", 10));
	return line;
}

static void end_scan(struct watch *watch)
{
	int status;

	close(watch->poll[SOURCE_SCAN].fd);
	watch->poll[SOURCE_SCAN].fd = -1;
	waitpid(watch->scan, &status, 0);
	watch->scan = 0;
	watch->said[watch->said_bytes] = '\0';
	tell(watch, "%s", verdict(watch->said, !WIFEXITED(status) ||
				  WEXITSTATUS(status) == STATUS_ERROR));
	watch->leaks_are_new = true;
	look_again(watch);
}

/* Keep the beginning of the scan's output; end of file means that it has ended. */
static void hear_scan(struct watch *watch)
{
	char text[512];
	ssize_t length = read(watch->poll[SOURCE_SCAN].fd, text, sizeof(text));
	size_t room = sizeof(watch->said) - 1 - watch->said_bytes;

	if (length <= 0) {
		end_scan(watch);
		return;
	}
	if ((size_t)length < room)
		room = length;
	memcpy(watch->said + watch->said_bytes, text, room);
	watch->said_bytes += room;
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
	watch->leaks_are_new = true;
	tell(watch, "new leaks%s", watch->frozen ? "; f shows them" : "");
	if (!watch->frozen)
		look_again(watch);
}

static void sort_by(struct watch *watch, enum order order)
{
	watch->order = order;
	free(watch->selected);
	watch->selected = NULL;
	watch->screen.selected = 0;
}

static void switch_to(struct watch *watch, size_t tab)
{
	close_text(watch);
	watch->screen.tab = tab;
	sort_by(watch, watch->order);
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
	hold_selection(watch);
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
		move_by(watch, -1000000);
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
		set_base(watch);
		look_again(watch);
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
		fill_table(watch);
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
	if (watch->scan) {
		kill(watch->scan, SIGTERM);
		waitpid(watch->scan, NULL, 0);
	}
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
		.order = ORDER_GROWN,
		.screen.tabs = tab_names,
		.poll = {
			[SOURCE_KEYS] = { .fd = STDIN_FILENO, .events = POLLIN },
			[SOURCE_DETECTOR] = { .events = POLLPRI },
			[SOURCE_SCAN] = { .fd = -1, .events = POLLIN },
		},
	};
	char *detector = root_path(DETECTOR_FILE);

	parse_options(&argp, argc, argv, &watch);
	watch.poll[SOURCE_DETECTOR].fd = open(detector, O_RDONLY | O_CLOEXEC);
	free(detector);
	screen_open();
	set_base(&watch);
	look(&watch);
	run(&watch);
	screen_close();
	close_text(&watch);
	sample_free(&watch.base);
	sample_free(&watch.now);
	free(watch.rows);
	free(watch.selected);
	return STATUS_OK;
}
