// SPDX-License-Identifier: GPL-2.0
/*
 * Samples kept in an SQLite database. May call: usage.c, take.c, command.c.
 *
 * Invariants: a sample is one transaction, so a killed process leaves whole samples;
 * the file is not written to before it is known to be a database of this tool. Each
 * kind that a sample could read has a row in look; a name without a value in a
 * sample that has this row was not there, and counts as 0.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sqlite3.h>

#include "command.h"
#include "history.h"
#include "take.h"
#include "usage.h"

/* "kmlk" in the file's header, and the version of the schema. */
#define APPLICATION_ID	0x6b6d6c6b
#define VERSION		1

/* How long to wait for another process that has the file locked. */
#define BUSY_MS		10000

static const char schema[] =
	"CREATE TABLE boot ("
	" id INTEGER PRIMARY KEY,"
	" boot_id TEXT NOT NULL UNIQUE);"
	"CREATE TABLE sample ("
	" id INTEGER PRIMARY KEY,"
	" boot INTEGER NOT NULL REFERENCES boot,"
	" time INTEGER NOT NULL,"		/* seconds since 1970, UTC */
	" uptime REAL NOT NULL,"		/* seconds */
	" scans INTEGER NOT NULL);"
	"CREATE TABLE look ("
	" sample INTEGER NOT NULL REFERENCES sample ON DELETE CASCADE,"
	" kind TEXT NOT NULL,"
	" PRIMARY KEY (sample, kind)) WITHOUT ROWID;"
	"CREATE TABLE series ("
	" id INTEGER PRIMARY KEY,"
	" kind TEXT NOT NULL,"
	" name TEXT NOT NULL,"
	" reclaimable INTEGER NOT NULL,"
	" UNIQUE (kind, name));"
	"CREATE TABLE value ("
	" sample INTEGER NOT NULL REFERENCES sample ON DELETE CASCADE,"
	" series INTEGER NOT NULL REFERENCES series,"
	" bytes INTEGER NOT NULL,"
	" objects INTEGER NOT NULL,"
	" PRIMARY KEY (sample, series)) WITHOUT ROWID;";

/**
 * struct history - an open database
 * @db: its SQLite handle
 * @path: for messages
 */
struct history {
	sqlite3 *db;
	const char *path;
};

static void __noreturn die_of_stranger(const struct history *history)
{
	die("%s: no database of kmemleak record; name another file", history->path);
}

static void __noreturn die_of_sql(const struct history *history)
{
	if (sqlite3_errcode(history->db) == SQLITE_NOTADB)
		die_of_stranger(history);
	die("%s: %s", history->path, sqlite3_errmsg(history->db));
}

static void run(struct history *history, const char *sql)
{
	if (sqlite3_exec(history->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		die_of_sql(history);
}

static sqlite3_stmt *prepare(struct history *history, const char *sql)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(history->db, sql, -1, &statement, NULL) != SQLITE_OK)
		die_of_sql(history);
	return statement;
}

/* Return: true while there is a row. */
static bool step(struct history *history, sqlite3_stmt *statement)
{
	int result = sqlite3_step(statement);

	if (result != SQLITE_ROW && result != SQLITE_DONE)
		die_of_sql(history);
	return result == SQLITE_ROW;
}

/* Run a bound statement and reset it, so that it can be bound again. */
static void run_bound(struct history *history, sqlite3_stmt *statement)
{
	step(history, statement);
	sqlite3_reset(statement);
}

/* The first value of the only row; @otherwise if there is none. */
static int64_t value_of(struct history *history, sqlite3_stmt *statement, int64_t otherwise)
{
	if (step(history, statement))
		otherwise = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return otherwise;
}

static int64_t number(struct history *history, const char *sql)
{
	return value_of(history, prepare(history, sql), 0);
}

static void make_tables(struct history *history)
{
	char *sql = xasprintf("PRAGMA application_id = %d; PRAGMA user_version = %d; %s",
			      APPLICATION_ID, VERSION, schema);

	run(history, sql);
	free(sql);
}

/* In a transaction, as two processes may create the database at the same time. */
static void check_tables(struct history *history, bool create)
{
	int64_t version;

	run(history, create ? "BEGIN IMMEDIATE" : "BEGIN");
	if (create && !number(history, "SELECT count(*) FROM sqlite_schema") &&
	    !number(history, "PRAGMA application_id"))
		make_tables(history);
	if (number(history, "PRAGMA application_id") != APPLICATION_ID)
		die_of_stranger(history);
	version = number(history, "PRAGMA user_version");
	if (version != VERSION)
		die("%s: has version %lld, and this kmemleak reads version %d; name another file",
		    history->path, (long long)version, VERSION);
	run(history, "COMMIT");
}

struct history *history_open(const char *path, bool create)
{
	struct history *history = xcalloc(1, sizeof(*history));
	int flags = SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0);

	history->path = path;
	if (sqlite3_open_v2(path, &history->db, flags, NULL) != SQLITE_OK)
		die_of_sql(history);
	sqlite3_busy_timeout(history->db, BUSY_MS);
	check_tables(history, create);
	run(history, "PRAGMA foreign_keys = ON");
	return history;
}

void history_close(struct history *history)
{
	sqlite3_close(history->db);
	free(history);
}

/* The key of a boot's row; add the row if there is none. */
static int64_t boot_key(struct history *history, const char *boot_id)
{
	sqlite3_stmt *insert = prepare(history,
		"INSERT INTO boot (boot_id) VALUES (?) ON CONFLICT DO NOTHING");
	sqlite3_stmt *select = prepare(history, "SELECT id FROM boot WHERE boot_id = ?");

	sqlite3_bind_text(insert, 1, boot_id, -1, SQLITE_STATIC);
	run_bound(history, insert);
	sqlite3_finalize(insert);
	sqlite3_bind_text(select, 1, boot_id, -1, SQLITE_STATIC);
	return value_of(history, select, 0);
}

static int64_t add_sample(struct history *history, const struct sample *sample, int64_t boot)
{
	sqlite3_stmt *insert = prepare(history,
		"INSERT INTO sample (boot, time, uptime, scans) VALUES (?, ?, ?, ?)");

	sqlite3_bind_int64(insert, 1, boot);
	sqlite3_bind_int64(insert, 2, time(NULL));
	sqlite3_bind_double(insert, 3, sample->uptime);
	sqlite3_bind_int64(insert, 4, sample->detector.scans);
	run_bound(history, insert);
	sqlite3_finalize(insert);
	return sqlite3_last_insert_rowid(history->db);
}

/* Number of scans at the last sample of a boot; -1 if it has no sample. */
static int64_t last_scans(struct history *history, int64_t boot)
{
	sqlite3_stmt *select = prepare(history,
		"SELECT scans FROM sample WHERE boot = ? ORDER BY id DESC LIMIT 1");

	sqlite3_bind_int64(select, 1, boot);
	return value_of(history, select, -1);
}

static void add_look(struct history *history, int64_t sample, const char *kind)
{
	sqlite3_stmt *insert = prepare(history, "INSERT INTO look (sample, kind) VALUES (?, ?)");

	sqlite3_bind_int64(insert, 1, sample);
	sqlite3_bind_text(insert, 2, kind, -1, SQLITE_STATIC);
	run_bound(history, insert);
	sqlite3_finalize(insert);
}

static void add_usages(struct history *history, const struct usages *usages,
		       const char *kind, int64_t sample)
{
	sqlite3_stmt *series = prepare(history,
		"INSERT INTO series (kind, name, reclaimable) VALUES (?, ?, ?)"
		" ON CONFLICT DO UPDATE SET reclaimable = excluded.reclaimable");
	sqlite3_stmt *value = prepare(history,
		"INSERT INTO value (sample, series, bytes, objects)"
		" SELECT ?1, id, ?2, ?3 FROM series WHERE kind = ?4 AND name = ?5");
	size_t i;

	for (i = 0; i < usages->nr; i++) {
		const struct usage *usage = &usages->list[i];

		if (!usage->bytes && !usage->objects)
			continue;
		sqlite3_bind_text(series, 1, kind, -1, SQLITE_STATIC);
		sqlite3_bind_text(series, 2, usage->name, -1, SQLITE_STATIC);
		sqlite3_bind_int(series, 3, usage->reclaimable);
		run_bound(history, series);
		sqlite3_bind_int64(value, 1, sample);
		sqlite3_bind_int64(value, 2, usage->bytes);
		sqlite3_bind_int64(value, 3, usage->objects);
		sqlite3_bind_text(value, 4, kind, -1, SQLITE_STATIC);
		sqlite3_bind_text(value, 5, usage->name, -1, SQLITE_STATIC);
		run_bound(history, value);
	}
	sqlite3_finalize(series);
	sqlite3_finalize(value);
}

/* The base's own detector does not count scans: each sample may have news. */
static bool detector_has_news(const struct detector *detector, int64_t last)
{
	return detector->state == DETECTOR_BASE ||
	       (detector->scans && (int64_t)detector->scans != last);
}

void history_add(struct history *history, const struct sample *sample)
{
	enum usage_kind kind;
	int64_t boot, key;
	bool news;

	run(history, "BEGIN IMMEDIATE");
	boot = boot_key(history, sample->boot_id);
	news = detector_has_news(&sample->detector, last_scans(history, boot));
	key = add_sample(history, sample, boot);
	for (kind = 0; kind < USAGE_KINDS; kind++) {
		const struct usages *usages = &sample->of[kind];

		if (usages->error || (!news && (kind == USAGE_SITE || kind == USAGE_LEAK)))
			continue;
		add_look(history, key, usage_kind_names[kind]);
		add_usages(history, usages, usage_kind_names[kind], key);
	}
	run(history, "COMMIT");
}

void history_forget(struct history *history, double seconds)
{
	sqlite3_stmt *delete = prepare(history, "DELETE FROM sample WHERE time <= ?");

	run(history, "BEGIN IMMEDIATE");
	sqlite3_bind_int64(delete, 1, time(NULL) - (int64_t)seconds);
	run_bound(history, delete);
	sqlite3_finalize(delete);
	run(history, "DELETE FROM boot WHERE id NOT IN (SELECT boot FROM sample)");
	/* Finding unused names takes long: do it only when a whole boot is dropped. */
	if (sqlite3_changes(history->db))
		run(history, "DELETE FROM series WHERE id NOT IN (SELECT series FROM value)");
	run(history, "COMMIT");
}

unsigned int history_boots(struct history *history)
{
	return number(history, "SELECT count(*) FROM boot");
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

static void read_looks(struct history *history, int64_t boot, const char *kind, size_t max,
		       struct looks *looks)
{
	sqlite3_stmt *select = prepare(history,
		"SELECT sample.id, uptime FROM sample JOIN look ON look.sample = sample.id"
		" WHERE boot = ? AND kind = ? ORDER BY sample.id");

	sqlite3_bind_int64(select, 1, boot);
	sqlite3_bind_text(select, 2, kind, -1, SQLITE_STATIC);
	while (step(history, select))
		add_look_at(looks, sqlite3_column_int64(select, 0),
			    sqlite3_column_double(select, 1));
	sqlite3_finalize(select);
	thin_out(looks, max);
}

/* Return: false if the series has no value in this boot. */
static bool read_values(struct history *history, int64_t series, const struct looks *looks,
			double *bytes)
{
	sqlite3_stmt *select = prepare(history,
		"SELECT bytes FROM value WHERE sample = ? AND series = ?");
	bool found, any = false;
	size_t i;

	for (i = 0; i < looks->nr; i++) {
		sqlite3_bind_int64(select, 1, looks->sample[i]);
		sqlite3_bind_int64(select, 2, series);
		found = step(history, select);
		bytes[i] = found ? sqlite3_column_int64(select, 0) : 0;
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

static int64_t boot_at(struct history *history, unsigned int boot)
{
	sqlite3_stmt *select = prepare(history, "SELECT id FROM boot ORDER BY id LIMIT 1 OFFSET ?");

	sqlite3_bind_int64(select, 1, boot);
	return value_of(history, select, 0);
}

static void each_of_kind(struct history *history, enum usage_kind kind,
			 const struct looks *looks, struct series *series,
			 void (*call)(const struct series *series, void *context),
			 void *context)
{
	sqlite3_stmt *select = prepare(history,
		"SELECT id, name, reclaimable FROM series WHERE kind = ? ORDER BY name");
	double *bytes = xcalloc(looks->nr + 1, sizeof(*bytes));

	series->kind = kind;
	series->nr = looks->nr;
	series->uptime = looks->uptime;
	series->bytes = bytes;
	sqlite3_bind_text(select, 1, usage_kind_names[kind], -1, SQLITE_STATIC);
	while (step(history, select)) {
		const unsigned char *name = sqlite3_column_text(select, 1);

		set_name(series, name ? name : (const unsigned char *)"");
		series->reclaimable = sqlite3_column_int(select, 2);
		if (read_values(history, sqlite3_column_int64(select, 0), looks, bytes))
			call(series, context);
	}
	sqlite3_finalize(select);
	free(bytes);
}

void history_each(struct history *history, unsigned int boot, size_t max,
		  void (*call)(const struct series *series, void *context), void *context)
{
	int64_t key = boot_at(history, boot);
	struct series series = { .boot = boot };
	enum usage_kind kind;

	for (kind = 0; kind < USAGE_KINDS; kind++) {
		struct looks looks = { 0 };

		read_looks(history, key, usage_kind_names[kind], max, &looks);
		if (looks.nr)
			each_of_kind(history, kind, &looks, &series, call, context);
		free(looks.sample);
		free(looks.uptime);
	}
}
