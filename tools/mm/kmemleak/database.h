/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The SQLite database of "kmemleak record".
 */
#ifndef KMEMLEAK_DATABASE_H
#define KMEMLEAK_DATABASE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <sqlite3.h>

/**
 * struct database - an open database
 * @db: its SQLite handle
 * @path: for messages
 * @device: device of the file
 * @inode: its number there, by which a file that was replaced is noticed
 * @patient: what may pass, as a lock or a full disk, does not end the program
 * @failed: something did not work; nothing is done until database_rollback()
 * @why: the reason for that
 */
struct database {
	sqlite3 *db;
	const char *path;
	dev_t device;
	ino_t inode;
	bool patient;
	bool failed;
	char why[256];
};

/**
 * database_open() - open a database
 * @database: set by this function
 * @path: its file
 * @create: open for writing; create the database if there is none
 *
 * Ends the program if the file is not a database of this tool, or is of another
 * version; the file is left unchanged.
 */
void database_open(struct database *database, const char *path, bool create);
void database_close(struct database *database);

/**
 * database_is_there() - has the file still its name?
 * @database: the database
 *
 * Return: false if the file was removed or replaced.
 */
bool database_is_there(const struct database *database);

/*
 * If one of the following does not work, it ends the program, or sets @failed of a
 * patient database if that may pass. Then they do nothing.
 */

/**
 * database_run() - run statements that have no values
 * @database: the database
 * @sql: the statements
 */
void database_run(struct database *database, const char *sql);

/**
 * database_prepare() - compile a statement
 * @database: the database
 * @sql: the statement
 *
 * Return: the statement, to be freed with sqlite3_finalize(); NULL if that failed.
 */
sqlite3_stmt *database_prepare(struct database *database, const char *sql);

/**
 * database_step() - get the next row
 * @database: the database
 * @statement: bound
 *
 * Return: true while there is a row.
 */
bool database_step(struct database *database, sqlite3_stmt *statement);

/**
 * database_run_bound() - run a statement that gives no rows
 * @database: the database
 * @statement: bound; can be bound again afterwards
 */
void database_run_bound(struct database *database, sqlite3_stmt *statement);

/**
 * database_value() - the first value of the only row
 * @database: the database
 * @statement: bound; freed
 * @otherwise: the value if there is no row
 */
int64_t database_value(struct database *database, sqlite3_stmt *statement, int64_t otherwise);

/**
 * database_number() - the value of a query
 * @database: the database
 * @sql: gives one row
 */
int64_t database_number(struct database *database, const char *sql);

/**
 * database_rollback() - end a transaction that failed
 * @database: patient
 *
 * Return: why it failed; valid until the next call.
 */
const char *database_rollback(struct database *database);

#endif
