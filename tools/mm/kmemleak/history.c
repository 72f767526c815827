// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps samples in a database, and drops them. May call: database.c, usage.c, units.c,
 * root.c, command.c.
 *
 * Invariants: a sample is one transaction, so a killed process leaves whole samples.
 * Each kind that a sample could read has a row in look; a name without a value in a
 * sample that has this row was not there, and counts as 0.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sqlite3.h>

#include "command.h"
#include "database.h"
#include "history.h"
#include "root.h"
#include "units.h"
#include "usage.h"

/* Delete so many samples at a time, as others have to wait meanwhile. */
#define BATCH		64

/* The clock may differ from the uptime so far, in seconds: it is corrected at times. */
#define CLOCK_SLACK	300

/* The key of a boot's row; add the row if there is none. */
static int64_t boot_key(struct database *database, const char *boot_id)
{
	sqlite3_stmt *insert = database_prepare(database,
		"INSERT INTO boot (boot_id) VALUES (?) ON CONFLICT DO NOTHING");
	sqlite3_stmt *select = database_prepare(database,
		"SELECT id FROM boot WHERE boot_id = ?");

	sqlite3_bind_text(insert, 1, boot_id, -1, SQLITE_STATIC);
	database_run_bound(database, insert);
	sqlite3_finalize(insert);
	sqlite3_bind_text(select, 1, boot_id, -1, SQLITE_STATIC);
	return database_value(database, select, 0);
}

static int64_t add_sample(struct database *database, const struct sample *sample, int64_t boot)
{
	sqlite3_stmt *insert = database_prepare(database,
		"INSERT INTO sample (boot, time, uptime, scans) VALUES (?, ?, ?, ?)");

	sqlite3_bind_int64(insert, 1, boot);
	sqlite3_bind_int64(insert, 2, time(NULL));
	sqlite3_bind_double(insert, 3, sample->uptime);
	sqlite3_bind_int64(insert, 4, sample->detector.scans);
	database_run_bound(database, insert);
	sqlite3_finalize(insert);
	return sqlite3_last_insert_rowid(database->db);
}

/* Number of scans at the last sample of a boot; -1 if it has no sample. */
static int64_t last_scans(struct database *database, int64_t boot)
{
	sqlite3_stmt *select = database_prepare(database,
		"SELECT scans FROM sample WHERE boot = ? ORDER BY id DESC LIMIT 1");

	sqlite3_bind_int64(select, 1, boot);
	return database_value(database, select, -1);
}

static void add_look(struct database *database, int64_t sample, const char *kind)
{
	sqlite3_stmt *insert = database_prepare(database,
		"INSERT INTO look (sample, kind) VALUES (?, ?)");

	sqlite3_bind_int64(insert, 1, sample);
	sqlite3_bind_text(insert, 2, kind, -1, SQLITE_STATIC);
	database_run_bound(database, insert);
	sqlite3_finalize(insert);
}

static void add_usages(struct database *database, const struct usages *usages,
		       const char *kind, int64_t sample)
{
	sqlite3_stmt *series = database_prepare(database,
		"INSERT INTO series (kind, name, reclaimable) VALUES (?, ?, ?)"
		" ON CONFLICT DO UPDATE SET reclaimable = excluded.reclaimable");
	sqlite3_stmt *value = database_prepare(database,
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
		database_run_bound(database, series);
		sqlite3_bind_int64(value, 1, sample);
		sqlite3_bind_int64(value, 2, usage->bytes);
		sqlite3_bind_int64(value, 3, usage->objects);
		sqlite3_bind_text(value, 4, kind, -1, SQLITE_STATIC);
		sqlite3_bind_text(value, 5, usage->name, -1, SQLITE_STATIC);
		database_run_bound(database, value);
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

/* Say that the clock does not go with the uptime, once for each time that it was set. */
static void check_clock(struct database *database, const struct sample *sample, int64_t boot)
{
	sqlite3_stmt *select = database_prepare(database,
		"SELECT time, uptime FROM sample WHERE boot = ? ORDER BY id DESC LIMIT 1");
	char text[UNITS_MAX];
	double jump = 0;

	sqlite3_bind_int64(select, 1, boot);
	if (database_step(database, select))
		jump = difftime(time(NULL), sqlite3_column_int64(select, 0)) -
		       (sample->uptime - sqlite3_column_double(select, 1));
	sqlite3_finalize(select);
	if (fabs(jump) > CLOCK_SLACK)
		note("the clock was set %s by %s; samples are kept by their uptime",
		     jump > 0 ? "ahead" : "back", format_duration(text, fabs(jump)));
}

static void add_sample_of(struct database *database, const struct sample *sample)
{
	int64_t boot = boot_key(database, sample->boot_id), key;
	bool news = detector_has_news(&sample->detector, last_scans(database, boot));
	enum usage_kind kind;

	/* When a saved machine was saved is not known. */
	if (root_is_live())
		check_clock(database, sample, boot);
	key = add_sample(database, sample, boot);
	for (kind = 0; kind < USAGE_KINDS; kind++) {
		const struct usages *usages = &sample->of[kind];

		if (usages->error || (!news && (kind == USAGE_SITE || kind == USAGE_LEAK)))
			continue;
		add_look(database, key, usage_kind_names[kind]);
		add_usages(database, usages, usage_kind_names[kind], key);
	}
}

bool history_add(struct database *database, const struct sample *sample, const char **why)
{
	if (!database_is_there(database))
		die("%s: somebody removed or replaced it; start again", database->path);
	database_run(database, "BEGIN IMMEDIATE");
	if (!database->failed)
		add_sample_of(database, sample);
	database_run(database, "COMMIT");
	if (!database->failed)
		return true;
	*why = database_rollback(database);
	return false;
}

/* ---- Forgetting ---- */

/* Return: the number of samples of a boot that were deleted, up to a batch. */
static int delete_batch(struct database *database, int64_t boot, double uptime)
{
	static const char * const deletes[] = {
		"DELETE FROM value WHERE sample IN (SELECT id FROM old)",
		"DELETE FROM look WHERE sample IN (SELECT id FROM old)",
		"DELETE FROM sample WHERE id IN (SELECT id FROM old)",
	};
	sqlite3_stmt *select;
	size_t i;

	database_run(database, "CREATE TEMP TABLE IF NOT EXISTS old (id INTEGER PRIMARY KEY);"
		     "DELETE FROM old");
	select = database_prepare(database,
				  "INSERT INTO old SELECT id FROM sample WHERE boot = ? AND"
				  " uptime <= ? ORDER BY id LIMIT ?");
	sqlite3_bind_int64(select, 1, boot);
	sqlite3_bind_double(select, 2, uptime);
	sqlite3_bind_int(select, 3, BATCH);
	database_run_bound(database, select);
	sqlite3_finalize(select);
	for (i = 0; i < ARRAY_SIZE(deletes); i++)
		database_run(database, deletes[i]);
	return sqlite3_changes(database->db);
}

/*
 * Names that no value has. Finding them takes long, so do that while others may write,
 * and look again at what these have added.
 */
static void forget_names(struct database *database)
{
	int64_t last = database_number(database, "SELECT max(id) FROM sample");
	sqlite3_stmt *delete;

	/* Another process may have kept this one from dropping it. */
	database_run(database, "DROP TABLE IF EXISTS temp.unused;"
		     "CREATE TEMP TABLE unused AS"
		     " SELECT id FROM series EXCEPT SELECT series FROM value");
	delete = database_prepare(database,
				  "DELETE FROM series WHERE id IN (SELECT id FROM unused) AND"
				  " NOT EXISTS (SELECT 1 FROM value WHERE sample > ? AND"
				  " value.series = series.id)");
	sqlite3_bind_int64(delete, 1, last);
	database_run_bound(database, delete);
	sqlite3_finalize(delete);
	database_run(database, "DROP TABLE temp.unused");
}

/*
 * Find the oldest boot with samples of an age, and the uptime up to which they are. Only
 * the time that the machine ran counts. The clock does not: it may have been wrong.
 */
static bool find_old(struct database *database, const struct sample *now, double seconds,
		     int64_t *boot, double *uptime)
{
	sqlite3_stmt *select = database_prepare(database,
		"SELECT boot, boot = (SELECT id FROM boot WHERE boot_id = ?1),"
		" min(uptime), max(uptime) FROM sample"
		" WHERE boot <= (SELECT id FROM boot WHERE boot_id = ?1)"
		" GROUP BY boot ORDER BY boot DESC");
	double since = 0, end;
	bool found = false;

	sqlite3_bind_text(select, 1, now->boot_id, -1, SQLITE_STATIC);
	while (database_step(database, select)) {
		/* Uptime of this boot when it ended, or now. */
		end = sqlite3_column_int(select, 1) ? now->uptime :
						      sqlite3_column_double(select, 3);
		if (since + end - sqlite3_column_double(select, 2) >= seconds) {
			*boot = sqlite3_column_int64(select, 0);
			*uptime = since + end - seconds;
			found = true;
		}
		since += end;
	}
	sqlite3_finalize(select);
	return found;
}

bool history_forget(struct database *database, const struct sample *now, double seconds)
{
	double uptime = 0;
	int64_t boot = 0;
	int deleted = 0;
	bool dropped;

	if (!find_old(database, now, seconds, &boot, &uptime) || database->failed)
		goto out;
	database_run(database, "BEGIN IMMEDIATE");
	deleted = delete_batch(database, boot, uptime);
	database_run(database, "DELETE FROM boot WHERE id NOT IN (SELECT boot FROM sample)");
	dropped = sqlite3_changes(database->db);
	database_run(database, "COMMIT");
	if (dropped)
		forget_names(database);
out:
	if (!database->failed)
		return deleted;
	database_rollback(database);
	return false;
}
