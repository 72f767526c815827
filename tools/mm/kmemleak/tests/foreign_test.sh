#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Databases that others made or hold, and machines that do not tell which boot they are of.
# foreign_test.sh <program>
set -eu
. "$(dirname "$0")/lib.sh"
. "$tests/database.sh"
db=$work/history.db
trees=$tests/trees
cp -r "$trees/after/." "$root"
fill()
{
	rm -f "$db"*
	for up in 1000 2000 3000; do
		uptime $up
		run record --db "$db" --count 1
	done
	uptime 4000
}

# ---- Code in a database ----

# refused <statements>: after these, neither command reads the database, waits, or writes.
refused()
{
	fill
	sql "PRAGMA journal_mode = DELETE"
	python3 - "$db" "$1" <<-'END'
	import sqlite3, sys
	with sqlite3.connect(sys.argv[1]) as db:
	    db.executescript(sys.argv[2])
	END
	sum=$(sha256sum <"$db")
	for command in trend "record --count 1"; do
		status=0
		# shellcheck disable=SC2086
		timeout 20 "$tool" $command --db "$db" >"$work/out" 2>"$work/err" || status=$?
		cat "$work/out" "$work/err"
		[ $status = 2 ] && [ "$(wc -l <"$work/err")" = 1 ] && [ ! -s "$work/out" ] &&
			[ "$(sha256sum <"$db")" = "$sum" ] || return 1
	done
}
endless="WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)"
check "a view that never ends in place of a table" refused \
	"DROP TABLE boot; CREATE VIEW boot AS $endless SELECT n AS id, 'x' AS boot_id FROM c"
check "one in place of the samples" refused \
	"DROP TABLE sample; CREATE VIEW sample AS $endless SELECT n AS id, 1 AS boot, n AS time,
	 n AS uptime, 1 AS scans FROM c"
check "a view beside the tables" refused "CREATE VIEW other AS $endless SELECT n FROM c"
for event in "AFTER INSERT ON sample" "BEFORE DELETE ON sample" "AFTER UPDATE ON series"; do
	check "a trigger $event" refused \
		"CREATE TRIGGER t $event BEGIN DELETE FROM sample WHERE id < 2; END"
done
check "a trigger that never ends" refused \
	"CREATE TRIGGER t AFTER INSERT ON value BEGIN
	 DELETE FROM look WHERE sample IN (SELECT a.id FROM series a, series b, series c); END"
check "a trigger with a name that SQLite keeps for itself" refused \
	"CREATE TRIGGER t AFTER INSERT ON sample BEGIN DELETE FROM look; END;
	 PRAGMA writable_schema = ON;
	 UPDATE sqlite_schema SET name = 'sqlite_t',
	 sql = replace(sql, 'TRIGGER t', 'TRIGGER sqlite_t')
	 WHERE name = 't'"
check "a virtual table" refused "CREATE VIRTUAL TABLE other USING fts5(a)"
check "another table" refused "CREATE TABLE other (a)"
check "a table that is missing" refused "DROP TABLE look"
check "a column that is computed" refused \
	"ALTER TABLE series ADD COLUMN much TEXT GENERATED ALWAYS AS (hex(zeroblob(9)))"
check "a column with another name" refused "ALTER TABLE sample RENAME COLUMN time TO moment"
long_name()
{
	fill
	sql "UPDATE series SET name = hex(zeroblob(8 << 20)) WHERE id = 3"
	refuses "too big" trend --db "$db"
}
check "a name without an end" long_name
statistics()
{
	fill
	sql "ANALYZE"
	run record --db "$db" --count 1
	cat "$work/err"
	[ $status = 0 ] && [ "$(sql 'SELECT count(*) FROM sample')" = 4 ]
}
check "what SQLite itself adds is no harm" statistics

# ---- A database that another process holds ----

# The other process takes the database when a boot has gone, and names are dropped.
held()
{
	fill
	uptime 100000 2
	python3 - "$db" "$work/took" <<-'END' &
	import os, sqlite3, sys, time
	db = sqlite3.connect(sys.argv[1], timeout=0.01, isolation_level=None)
	end = time.time() + 60
	while time.time() < end:
	    if db.execute("SELECT count(*) FROM boot WHERE boot_id LIKE '00000001%'").fetchone()[0]:
	        continue
	    try:
	        db.execute("BEGIN IMMEDIATE")
	    except sqlite3.OperationalError:
	        continue
	    open(sys.argv[2], "w").close()
	    # Longer than the recorder waits for it.
	    time.sleep(3)
	    db.execute("INSERT INTO boot (boot_id) VALUES ('gone')")
	    db.execute("COMMIT")
	    break
	END
	other=$!
	run record --db "$db" --keep 1s --every 1s --count 6
	wait $other
	cat "$work/out" "$work/err"
	[ -e "$work/took" ] || { echo "the other process did not get it"; return 1; }
	! grep -q "already exists" "$work/err"
}
check "held while names are dropped" held

# ---- Machines ----

same_look()
{
	fill
	run record --db "$db" --count 1
	sql "UPDATE sample SET time = time - 999999"
	run record --db "$db" --count 1
	cat "$work/err"
	[ $status = 0 ] && [ ! -s "$work/err" ]
}
check "a saved machine has no clock that could be set" same_look
for file in proc/uptime proc/sys/kernel/random/boot_id; do
	for how in "rm" "truncate -s 0"; do
		unknown()
		{
			rm -rf "$root" "$db"*
			cp -r "$trees/after" "$root"
			$how "$root/$file"
			refuses "boot_id" record --db "$db" --count 1 && [ ! -e "$db" ]
		}
		check "$how $file" unknown
	done
done

finish
