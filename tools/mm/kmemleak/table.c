// SPDX-License-Identifier: GPL-2.0
/*
 * The tables of "kmemleak watch". May call: sample.c, account.c, usage.c, units.c,
 * root.c, command.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "command.h"
#include "root.h"
#include "table.h"
#include "units.h"

const char * const tab_names[TABS + 1] = { "caches", "sites", "leaks", NULL };

static const enum usage_kind tab_kinds[TABS] = { USAGE_CACHE, USAGE_SITE, USAGE_LEAK };

/* ---- Looks ---- */

/* Take usages over from an earlier look: they have not changed. */
static void keep(struct sample *now, struct sample *before, enum usage_kind kind)
{
	now->of[kind] = before->of[kind];
	before->of[kind] = (struct usages){ 0 };
}

static bool leaks_may_differ(const struct table *table, const struct detector *detector)
{
	return table->leaks_are_new || detector->state == DETECTOR_BASE ||
	       detector->state != table->now.detector.state ||
	       detector->scans != table->now.detector.scans;
}

static void set_base(struct table *table, enum usage_kind kind)
{
	usages_free(&table->base[kind]);
	usages_copy(&table->base[kind], &table->now.of[kind]);
}

void table_look(struct table *table)
{
	struct sample now;

	sample_take(&now, SAMPLE(CACHE) | SAMPLE(SITE));
	if (leaks_may_differ(table, &now.detector))
		sample_take_leaks(&now);
	else
		keep(&now, &table->now, USAGE_LEAK);
	table->leaks_are_new = false;
	sample_free(&table->now);
	table->now = now;
	/* Before the first scan no site is known: their growth counts from that scan. */
	if (!table->base[USAGE_SITE].nr)
		set_base(table, USAGE_SITE);
}

void table_zero(struct table *table)
{
	enum usage_kind kind;

	for (kind = 0; kind < USAGE_KINDS; kind++)
		set_base(table, kind);
	table->base_uptime = table->now.uptime;
}

/* ---- Rows ---- */

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

static void fill_row(const struct table *table, struct screen_row *row,
		     const struct usage *usage, enum usage_kind kind)
{
	const struct usage *before = usage_find(&table->base[kind], usage->name);
	double seconds = table->now.uptime - table->base_uptime;

	*row = (struct screen_row){
		.name = usage->name,
		.bytes = usage->bytes,
		.objects = usage->objects,
		.grown = usage->bytes - (before ? before->bytes : 0),
		.marked = usage->grown > 0,
	};
	if (seconds > 0)
		row->per_minute = row->grown / seconds * 60;
	if (kind == USAGE_LEAK)
		row->marked = row->grown > 0;
}

static const char *why_empty(const struct table *table, enum usage_kind kind)
{
	int error = table->now.of[kind].error;

	if (error == EACCES || error == EPERM)
		return "only root may read these";
	if (kind == USAGE_CACHE)
		return !error ? "" : root_is_live() ? "this kernel has no /proc/slabinfo" :
						      "/proc/slabinfo was not saved";
	if (table->now.detector.state == DETECTOR_ON)
		return kind == USAGE_SITE ? "no scan was made yet: press s" : "no leaks are known";
	if (table->now.detector.state == DETECTOR_BASE)
		return kind == USAGE_SITE ? "this kernel's leak detector does not count sites" :
					    "no leaks are known";
	if (table->now.detector.state == DETECTOR_UNSAVED)
		return "the files of a leak detector were not saved";
	return "this kernel has no leak detector that is on";
}

void table_hold(struct table *table, const char *name)
{
	char *held = name ? xstrdup(name) : NULL;

	free(table->held);
	table->held = held;
}

/* Select the row that is held; once it is gone, hold the one in its place. */
static void select_held(struct table *table, struct screen *screen)
{
	size_t i;

	if (!table->held) {
		screen->selected = 0;
		return;
	}
	for (i = 0; i < screen->nr; i++) {
		if (!strcmp(screen->rows[i].name, table->held)) {
			screen->selected = i;
			return;
		}
	}
	if (screen->selected >= screen->nr)
		screen->selected = screen->nr ? screen->nr - 1 : 0;
	table_hold(table, screen->nr ? screen->rows[screen->selected].name : NULL);
}

void table_fill(struct table *table, struct screen *screen)
{
	enum usage_kind kind = tab_kinds[screen->tab];
	const struct usages *usages = &table->now.of[kind];
	size_t i;

	table->rows = xrealloc(table->rows, usages->nr + 1, sizeof(*table->rows));
	for (i = 0; i < usages->nr; i++)
		fill_row(table, &table->rows[i], &usages->list[i], kind);
	qsort_r(table->rows, usages->nr, sizeof(*table->rows), compare_rows, &table->order);
	screen->rows = table->rows;
	screen->nr = usages->nr;
	screen->sorted = table->order;
	screen->empty = why_empty(table, kind);
	select_held(table, screen);
}

/* ---- Heads ---- */

static double share(const struct sample *sample, enum account_owner owner)
{
	int64_t bytes = 0;
	size_t i;

	for (i = 0; i < ACCOUNT_LINES; i++)
		if (account_names[i].owner == owner)
			bytes += sample_bytes(sample, i);
	return 100.0 * bytes / sample_total(sample);
}

static void detector_head(const struct table *table, struct screen *screen)
{
	static const char * const states[] = {
		[DETECTOR_ABSENT] = "none in this kernel (CONFIG_DEBUG_KMEMLEAK)",
		[DETECTOR_HIDDEN] = "only root can see it",
		[DETECTOR_UNMOUNTED] = "debugfs is not mounted",
		[DETECTOR_UNSAVED] = "not saved",
		[DETECTOR_BASE] = "the kernel's own",
		[DETECTOR_OFF] = "off",
		[DETECTOR_ON] = "on",
	};
	struct usage leaks = usages_total(&table->now.of[USAGE_LEAK]);
	const struct detector *detector = &table->now.detector;
	char scans[UNITS_MAX] = "", size[UNITS_MAX];

	if (detector->scans)
		snprintf(scans, sizeof(scans), ", %" PRIu64 " scans", detector->scans);
	snprintf(screen->head[1], sizeof(screen->head[1]),
		 "leak detector: %s%s; %" PRIu64 " leaks, %s", states[detector->state], scans,
		 leaks.objects, format_bytes(size, leaks.bytes));
}

void table_heads(const struct table *table, bool frozen, struct screen *screen)
{
	const struct sample *now = &table->now;
	char time[UNITS_MAX];

	snprintf(screen->head[0], sizeof(screen->head[0]),
		 "kernel %.1f %%, caches %.1f %%, user %.1f %%, free %.1f %%; since %s%s",
		 share(now, OWNER_KERNEL), share(now, OWNER_CACHE), share(now, OWNER_USER),
		 share(now, OWNER_NOBODY), format_duration(time, now->uptime - table->base_uptime),
		 frozen ? "; FROZEN" : "");
	detector_head(table, screen);
}

void table_free(struct table *table)
{
	enum usage_kind kind;

	for (kind = 0; kind < USAGE_KINDS; kind++)
		usages_free(&table->base[kind]);
	sample_free(&table->now);
	free(table->rows);
	free(table->held);
}
