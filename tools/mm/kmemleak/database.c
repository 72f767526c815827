// SPDX-License-Identifier: GPL-2.0
/*
 * The SQLite database of "kmemleak record": opening it, statements and errors. May
 * call: command.c.
 *
 * Invariants: the file is not written to before it is known to be a database of this
 * tool. Its journal is a write-ahead log, so that readers and the writer do not wait for
 * each other; each transaction is copied to the file at once, so that a copy of the file
 * alone has all but the last.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "database.h"

/* "kmlk" in the file's header, and the version of the schema. */
#define APPLICATION_ID	0x6b6d6c6b
#define VERSION		1

/* How long to wait for another process that writes; it has the file for milliseconds. */
#define BUSY_MS		2000

/* Bytes of a row or a statement. */
#define LENGTH_MAX	(1024 * 1024)

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

/* Close the database first, so that its log goes. */
static void __noreturn give_up(const struct database *database, const char *why)
{
	char *text = xstrdup(why);
	sqlite3_stmt *statement;

	while ((statement = sqlite3_next_stmt(database->db, NULL)))
		sqlite3_finalize(statement);
	sqlite3_close(database->db);
	die("%s: %s", database->path, text);
}

static void __noreturn die_of_stranger(const struct database *database)
{
	give_up(database, "no database of kmemleak record; name another file");
}

static void __noreturn die_of_sql(const struct database *database)
{
	if (sqlite3_errcode(database->db) == SQLITE_NOTADB)
		die_of_stranger(database);
	give_up(database, sqlite3_errmsg(database->db));
}

/* Another process may give the database back, and somebody may free space. */
static bool may_pass(int error)
{
	switch (error & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_FULL:
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
	case SQLITE_PROTOCOL:
		return true;
	default:
		return false;
	}
}

static void fail(struct database *database)
{
	if (!database->patient || !may_pass(sqlite3_errcode(database->db)))
		die_of_sql(database);
	snprintf(database->why, sizeof(database->why), "%s", sqlite3_errmsg(database->db));
	database->failed = true;
}

void database_run(struct database *database, const char *sql)
{
	if (!database->failed &&
	    sqlite3_exec(database->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail(database);
}

sqlite3_stmt *database_prepare(struct database *database, const char *sql)
{
	sqlite3_stmt *statement = NULL;

	if (!database->failed &&
	    sqlite3_prepare_v2(database->db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail(database);
	return statement;
}

bool database_step(struct database *database, sqlite3_stmt *statement)
{
	int result;

	if (database->failed)
		return false;
	result = sqlite3_step(statement);
	if (result != SQLITE_ROW && result != SQLITE_DONE)
		fail(database);
	return result == SQLITE_ROW;
}

void database_run_bound(struct database *database, sqlite3_stmt *statement)
{
	database_step(database, statement);
	sqlite3_reset(statement);
}

int64_t database_value(struct database *database, sqlite3_stmt *statement, int64_t otherwise)
{
	if (database_step(database, statement))
		otherwise = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return otherwise;
}

int64_t database_number(struct database *database, const char *sql)
{
	return database_value(database, database_prepare(database, sql), 0);
}

const char *database_rollback(struct database *database)
{
	if (!sqlite3_get_autocommit(database->db))
		sqlite3_exec(database->db, "ROLLBACK", NULL, NULL, NULL);
	database->failed = false;
	return database->why;
}

static bool is_new(struct database *database)
{
	return !database_number(database, "SELECT count(*) FROM sqlite_schema") &&
	       !database_number(database, "PRAGMA application_id");
}

/* In a transaction, as two processes may create the database at the same time. */
static void make_tables(struct database *database)
{
	char *sql = xasprintf("PRAGMA application_id = %d; PRAGMA user_version = %d; %s",
			      APPLICATION_ID, VERSION, schema);

	database_run(database, "BEGIN IMMEDIATE");
	if (is_new(database))
		database_run(database, sql);
	database_run(database, "COMMIT");
	free(sql);
}

/* All columns of all tables but those that SQLite makes for itself, as one text. */
static char *columns_of(sqlite3 *db)
{
	static const char sql[] =
		"SELECT group_concat(line) FROM ("
		" SELECT printf('%s.%s %d', tables.name, columns.name, hidden) AS line"
		" FROM sqlite_schema AS tables, pragma_table_xinfo(tables.name) AS columns"
		" WHERE tables.type = 'table' AND tables.name NOT GLOB 'sqlite_*' ORDER BY 1)";
	sqlite3_stmt *select = NULL;
	const unsigned char *text = NULL;
	char *columns = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &select, NULL) == SQLITE_OK &&
	    sqlite3_step(select) == SQLITE_ROW)
		text = sqlite3_column_text(select, 0);
	if (text)
		columns = xstrdup((const char *)text);
	sqlite3_finalize(select);
	return columns;
}

/* Views, triggers and virtual tables, which have no pages of their own. */
static bool has_code(struct database *database)
{
	return database_number(database,
		"SELECT count(*) FROM sqlite_schema WHERE NOT (type IN ('table', 'index') AND"
		" rootpage)");
}

static bool has_schema(struct database *database)
{
	char *columns = columns_of(database->db), *right;
	bool has;
	sqlite3 *db;

	if (sqlite3_open(":memory:", &db) != SQLITE_OK ||
	    sqlite3_exec(db, schema, NULL, NULL, NULL) != SQLITE_OK)
		die("out of memory");
	right = columns_of(db);
	has = columns && right && !strcmp(columns, right);
	sqlite3_close(db);
	free(right);
	free(columns);
	return has;
}

static void check_tables(struct database *database)
{
	int64_t version;

	database_run(database, "BEGIN");
	if (database_number(database, "PRAGMA application_id") != APPLICATION_ID)
		die_of_stranger(database);
	version = database_number(database, "PRAGMA user_version");
	if (version != VERSION)
		give_up(database, xasprintf("has version %lld, and this kmemleak reads version %d;"
					    " name another file", (long long)version, VERSION));
	/* Looking at a virtual table runs its code. */
	if (has_code(database) || !has_schema(database))
		give_up(database, "its tables are not those of kmemleak record; name another file");
	database_run(database, "COMMIT");
}

bool database_is_there(const struct database *database)
{
	struct stat file;

	return !stat(database->path, &file) && file.st_dev == database->device &&
	       file.st_ino == database->inode;
}

static void remember_file(struct database *database)
{
	struct stat file = { 0 };

	stat(database->path, &file);
	database->device = file.st_dev;
	database->inode = file.st_ino;
}

/* The name of a file as a part of an address. */
static char *escape(const char *path)
{
	char *escaped = xcalloc(strlen(path) + 1, 3), *to = escaped;

	for (; *path; path++)
		to += sprintf(to, strchr("%?#", *path) ? "%%%02x" : "%c", (unsigned char)*path);
	return escaped;
}

static bool has_log(const struct database *database)
{
	char *log = xasprintf("%s-wal", database->path);
	bool has = !access(log, F_OK);

	free(log);
	return has;
}

/* The file may be of anybody: nothing in it is run, and no name or number is that long. */
static void distrust(struct database *database)
{
	static const struct {
		int option;
		int value;
	} config[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
		{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 },
		{ SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(config); i++)
		sqlite3_db_config(database->db, config[i].option, config[i].value, NULL);
	sqlite3_limit(database->db, SQLITE_LIMIT_LENGTH, LENGTH_MAX);
}

/*
 * A log cannot be opened where nothing can be written. Do without if there is none: no
 * other process has the file open then.
 */
static void open_unwritable(struct database *database)
{
	char *path = escape(database->path), *uri = xasprintf("file:%s?immutable=1", path);
	bool fails = sqlite3_exec(database->db, "SELECT 1 FROM sqlite_schema", NULL, NULL,
				  NULL) == SQLITE_CANTOPEN;

	if (fails && !has_log(database)) {
		sqlite3_close(database->db);
		if (sqlite3_open_v2(uri, &database->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
				    NULL) != SQLITE_OK)
			die_of_sql(database);
		distrust(database);
	}
	free(uri);
	free(path);
}

void database_open(struct database *database, const char *path, bool create)
{
	int flags = SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0);

	*database = (struct database){ .path = path };
	if (sqlite3_open_v2(path, &database->db, flags, NULL) != SQLITE_OK)
		die_of_sql(database);
	distrust(database);
	sqlite3_busy_timeout(database->db, BUSY_MS);
	/* Closing a stranger's database must not write its log to it. */
	sqlite3_db_config(database->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, has_log(database),
			  NULL);
	if (create && is_new(database))
		make_tables(database);
	else if (!create)
		open_unwritable(database);
	check_tables(database);
	sqlite3_db_config(database->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
	remember_file(database);
	if (!create)
		return;
	/* A file system without shared memory keeps the other kind of journal. */
	sqlite3_exec(database->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
	sqlite3_exec(database->db, "PRAGMA synchronous = NORMAL", NULL, NULL, NULL);
	sqlite3_wal_autocheckpoint(database->db, 1);
}

void database_close(struct database *database)
{
	sqlite3_close(database->db);
}
