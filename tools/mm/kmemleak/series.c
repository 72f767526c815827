// SPDX-License-Identifier: GPL-2.0
/*
 * Samples of a database, read back as time series. May call: database.c, usage.c,
 * take.c, command.c.
 */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "database.h"
#include "series.h"
#include "take.h"
#include "usage.h"

unsigned int series_boots(struct database *database)
{
	return database_number(database, "SELECT count(*) FROM boot");
}

/* The samples that have a kind. */
struct looks {
	size_t nr;
	int64_t *sample;
	double *uptime;
};

static void add_look_at(struct looks *looks, int64_t sample, double uptime)
{
	/* Several samples at one time, as of a saved tree: keep the first. */
	if (looks->nr && !(uptime > looks->uptime[looks->nr - 1]))
		return;
	if (!(looks->nr & (looks->nr - 1))) {
		size_t room = looks->nr ? 2 * looks->nr : 1;

		looks->sample = xrealloc(looks->sample, room, sizeof(*looks->sample));
		looks->uptime = xrealloc(looks->uptime, room, sizeof(*looks->uptime));
	}
	looks->sample[looks->nr] = sample;
	looks->uptime[looks->nr++] = uptime;
}

static void thin_out(struct looks *looks, size_t max)
{
	size_t i, from;

	if (looks->nr <= max)
		return;
	for (i = 0; i < max; i++) {
		from = i * (looks->nr - 1) / (max - 1);
		looks->sample[i] = looks->sample[from];
		looks->uptime[i] = looks->uptime[from];
	}
	looks->nr = max;
}

static void read_looks(struct database *database, int64_t boot, const char *kind,
		       double since, size_t max, struct looks *looks)
{
	sqlite3_stmt *select = database_prepare(database,
		"SELECT sample.id, uptime FROM sample JOIN look ON look.sample = sample.id"
		" WHERE boot = ?1 AND kind = ?2 AND uptime >="
		" (SELECT max(uptime) FROM sample WHERE boot = ?1) - ?3 ORDER BY sample.id");

	sqlite3_bind_int64(select, 1, boot);
	sqlite3_bind_text(select, 2, kind, -1, SQLITE_STATIC);
	sqlite3_bind_double(select, 3, since);
	while (database_step(database, select))
		add_look_at(looks, sqlite3_column_int64(select, 0),
			    sqlite3_column_double(select, 1));
	sqlite3_finalize(select);
	thin_out(looks, max);
}

/* Return: false if the series has no value in this boot. */
static bool read_values(struct database *database, int64_t key, const struct looks *looks,
			struct series *series)
{
	sqlite3_stmt *select = database_prepare(database,
		"SELECT bytes, objects FROM value WHERE sample = ? AND series = ?");
	bool found, any = false;
	size_t i;

	for (i = 0; i < looks->nr; i++) {
		sqlite3_bind_int64(select, 1, looks->sample[i]);
		sqlite3_bind_int64(select, 2, key);
		found = database_step(database, select);
		series->uptime[i] = looks->uptime[i];
		series->bytes[i] = found ? sqlite3_column_int64(select, 0) : 0;
		series->objects[i] = found ? sqlite3_column_int64(select, 1) : 0;
		any |= found;
		sqlite3_reset(select);
	}
	sqlite3_finalize(select);
	return any;
}

static void set_name(struct series *series, const unsigned char *name)
{
	size_t length = strlen((const char *)name);

	if (length >= sizeof(series->name))
		length = sizeof(series->name) - 1;
	copy_printable(series->name, (const char *)name, length);
	series->name[length] = '\0';
}

static int64_t boot_at(struct database *database, unsigned int boot)
{
	sqlite3_stmt *select = database_prepare(database,
		"SELECT id FROM boot ORDER BY id LIMIT 1 OFFSET ?");

	sqlite3_bind_int64(select, 1, boot);
	return database_value(database, select, 0);
}

static struct series *add_series(struct series_list *list, size_t nr)
{
	struct series *series;

	if (list->nr == list->room) {
		list->room = 2 * list->room + 1;
		list->series = xrealloc(list->series, list->room, sizeof(*series));
	}
	series = &list->series[list->nr++];
	*series = (struct series){
		.nr = nr,
		.uptime = xcalloc(nr, sizeof(double)),
		.bytes = xcalloc(nr, sizeof(double)),
		.objects = xcalloc(nr, sizeof(double)),
	};
	return series;
}

static void drop_last(struct series_list *list)
{
	struct series *series = &list->series[--list->nr];

	free(series->uptime);
	free(series->bytes);
	free(series->objects);
}

static void read_kind(struct database *database, enum usage_kind kind,
		      const struct looks *looks, struct series_list *list)
{
	sqlite3_stmt *select = database_prepare(database,
		"SELECT id, name, reclaimable FROM series WHERE kind = ? ORDER BY name");

	sqlite3_bind_text(select, 1, usage_kind_names[kind], -1, SQLITE_STATIC);
	while (database_step(database, select)) {
		const unsigned char *name = sqlite3_column_text(select, 1);
		struct series *series = add_series(list, looks->nr);

		series->kind = kind;
		set_name(series, name ? name : (const unsigned char *)"");
		series->reclaimable = sqlite3_column_int(select, 2);
		if (!read_values(database, sqlite3_column_int64(select, 0), looks, series))
			drop_last(list);
	}
	sqlite3_finalize(select);
}

void series_read(struct database *database, unsigned int boot, double since, size_t max,
		 struct series_list *list)
{
	int64_t key = boot_at(database, boot);
	enum usage_kind kind;

	for (kind = 0; kind < USAGE_KINDS; kind++) {
		struct looks looks = { 0 };

		read_looks(database, key, usage_kind_names[kind], since, max, &looks);
		if (looks.nr)
			read_kind(database, kind, &looks, list);
		free(looks.sample);
		free(looks.uptime);
	}
}

void series_free(struct series_list *list)
{
	while (list->nr)
		drop_last(list);
	free(list->series);
	list->series = NULL;
}
