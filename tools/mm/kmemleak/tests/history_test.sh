#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What record keeps, and what trend makes of it. history_test.sh <program>
set -eu
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/database.sh"
trees=$tests/trees
db=$work/history.db

make_tree()
{
	rm -rf "$root"
	cp -r "$trees/$1" "$root"
}

keeps()
{
	make_tree after
	run record --db "$db" --every 1s --count 1
	make_tree before
	run record --db "$db" --every 0.01s --count 2
	cat "$work/err"
	[ $status = 0 ] && [ "$(sql 'SELECT count(*) FROM sample')" = 3 ] &&
		[ "$(sql 'SELECT count(*) FROM boot')" = 1 ]
}
check "samples are kept" keeps

sums()
{
	sql "SELECT sum(bytes) FROM value JOIN series ON series.id = series
	     WHERE kind = 'memory' GROUP BY sample" >"$work/sums"
	cat "$work/sums"
	[ "$(sort -u "$work/sums")" = $((1018804 * 1024)) ]
}
check "each is the account of all memory" sums
cache()
{
	[ "$(sql "SELECT bytes, objects FROM value JOIN series ON series.id = series
		  WHERE kind = 'cache' AND name = 'dentry' ORDER BY sample LIMIT 1")" = \
			"180224|923" ]
}
check "and of the caches" cache
# Memory of processes is not given back when it is needed, and that of caches is.
given_back()
{
	sql "SELECT name FROM series WHERE kind = 'memory' AND reclaimable ORDER BY name" |
		tr '\n' ' ' >"$work/names"
	cat "$work/names"
	[ "$(cat "$work/names")" = "free free_cpu page_cache slab_reclaimable " ]
}
check "memory of processes is not reclaimable" given_back
scans()
{
	sql "SELECT sample, count(*) FROM look WHERE kind IN ('site', 'leak') GROUP BY sample" \
		>"$work/looks"
	cat "$work/looks"
	[ "$(cut -d '|' -f 2 "$work/looks" | tr '\n' ' ')" = "2 2 " ]
}
check "sites and leaks are kept once for each scan" scans
reboot()
{
	echo 11111111-2222-3333-4444-555555555555 >"$root/proc/sys/kernel/random/boot_id"
	run record --db "$db" --count 1
	[ "$(sql 'SELECT count(*) FROM boot')" = 2 ]
}
check "a reboot is seen" reboot
forgets()
{
	read -r uptime _ <"$root/proc/uptime"
	awk -v up="$uptime" 'BEGIN { print up + 8000, 0 }' >"$root/proc/uptime"
	run record --db "$db" --count 1 --keep 2h
	cat "$work/err"
	[ "$(sql 'SELECT count(*), min(boot) FROM sample')" = "1|2" ] &&
		[ "$(sql 'SELECT count(*) FROM boot')" = 1 ] &&
		[ "$(sql 'SELECT count(*) FROM value WHERE sample <= 4')" = 0 ]
}
check "old samples are dropped" forgets

size()
{
	stat -c %s "$db" 2>/dev/null || echo 0
}

# Killed at any moment, it leaves whole samples. Four pages are more than one takes.
killed()
{
	rm -f "$db"
	for round in 1 2 3 4 5 6 7 8; do
		before=$(size)
		"$tool" record --db "$db" --every 0.001s &
		pid=$!
		while kill -0 $pid && [ "$(size)" -lt $((before + 16384)) ]; do :; done
		kill -9 $pid
		wait $pid 2>/dev/null || true
	done
	run trend --db "$db" --json
	cat "$work/err"
	[ $status = 0 ] && [ "$(sql 'PRAGMA integrity_check')" = ok ] &&
		[ "$(sql 'SELECT count(*) > 0 FROM sample')" = 1 ] &&
		[ "$(sql "SELECT count(DISTINCT n) FROM (
		     SELECT sum(kind = 'memory') n FROM value JOIN series ON series.id = series
		     GROUP BY sample)")" = 1 ] &&
		[ "$(sql 'SELECT count(*) FROM sample
			WHERE id NOT IN (SELECT sample FROM value)')" = 0 ]
}
check "who is killed leaves whole samples" killed
both()
{
	rm -f "$db"
	"$tool" record --db "$db" --every 0.01s --count 20 &
	first=$!
	"$tool" record --db "$db" --every 0.01s --count 20 &
	second=$!
	wait $first && wait $second && [ "$(sql 'SELECT count(*) FROM sample')" = 40 ]
}
check "two may record at once" both

# ---- Bad input ----

# untouched <file> <arguments of refuses...>: the file stays as it is.
untouched()
{
	file=$1
	shift
	sum=$(sha256sum "$file")
	refuses "$@" && [ "$sum" = "$(sha256sum "$file")" ] && [ ! -e "$file-journal" ] &&
		[ ! -e "$file-wal" ]
}

echo "this is no database" >"$work/text"
head -c 4096 /dev/urandom >"$work/noise"
python3 -c '
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("CREATE TABLE bookmarks (url TEXT)")
db.commit()' "$work/foreign"
cp "$db" "$work/newer"
python3 -c '
import sqlite3, sys
sqlite3.connect(sys.argv[1]).execute("PRAGMA user_version = 2")' "$work/newer"
head -c 6000 "$db" >"$work/truncated"
for command in record trend; do
	for file in text noise foreign; do
		check "$command: $file is no database of ours" untouched "$work/$file" \
			"no database of kmemleak record" $command --db "$work/$file"
	done
	check "$command: a database of another version" untouched "$work/newer" \
		"has version 2, and this kmemleak reads version 1" $command --db "$work/newer"
	check "$command: a directory" refuses "unable to open" $command --db "$work"
	check "$command: no name" refuses "say --db FILE" $command
	check "$command: a truncated database" untouched "$work/truncated" \
		"malformed" $command --db "$work/truncated"
done
with_log()
{
	python3 -c '
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("PRAGMA journal_mode = WAL")
db.execute("CREATE TABLE bookmarks (url TEXT)")
db.commit()
os._exit(0)' "$work/crashed"
	for command in record trend; do
		cat "$work/crashed" "$work/crashed-wal" | sha256sum >"$work/sum"
		refuses "no database of kmemleak record" $command --db "$work/crashed" &&
			cat "$work/crashed" "$work/crashed-wal" | sha256sum | cmp "$work/sum" ||
			return
	done
}
check "a foreign database that has a log" with_log
check "trend: no file" refuses "unable to open" trend --db "$work/nothing"
check "trend: makes none" test ! -e "$work/nothing"
check "record: a time that is none" refuses "no duration" record --db "$db" --every 1y
check "record: a count that is none" refuses "no number above zero" record --db "$db" --count -1
rm -f "$work/empty"
: >"$work/empty"
check "trend: an empty file" refuses "no database of kmemleak record" trend --db "$work/empty"
rm "$root/proc/meminfo"
check "record: no meminfo" refuses "No such file" record --db "$work/new.db" --count 1

# ---- Trends ----

make_tree after
rm -f "$db"
run record --db "$db" --count 1
check "one sample is undecided" \
	bash -c "'$tool' trend --db '$db' --all | grep -q '^undecided memory free'"
python3 "$tests/series.py" fill "$db"
judges()
{
	run trend --db "$db" --json
	[ $status = 1 ] && python3 "$tests/series.py" compare "$work/out"
}
check "series of known slopes" judges
text()
{
	run trend --db "$db"
	cat "$work/out"
	[ $status = 1 ] && [ "$(grep -c '^leak ' "$work/out")" = 5 ] &&
		! grep -q '^steady' "$work/out" &&
		grep -qE '^16 series: 5 leak, [0-9]+ steady, [0-9]+ undecided$' "$work/out" &&
		[ "$(tail -n 1 "$work/out")" = "next: kmemleak scan" ]
}
check "as text: what leaks, and what may" text
all()
{
	run trend --db "$db" --all
	[ "$(grep -cE '^(leak|steady|undecided) ' "$work/out")" = 16 ]
}
check "all of it" all
boots()
{
	run trend --db "$db" --boots --json
	python3 - "$work/out" <<-END
	import json, sys
	trends = json.load(open(sys.argv[1]))
	assert len(trends) == 31, len(trends)
	was = {t["boot"]: t["verdict"] for t in trends if t["name"] == "steady_constant"}
	assert was == {0: "leak", 1: "steady"}, was
	END
}
check "a reboot splits a series" boots
module()
{
	python3 - "$db" <<-END
	import sqlite3, sys
	db = sqlite3.connect(sys.argv[1])
	db.execute("UPDATE series SET kind = 'site', name = 'session_add+0x1/0x2 [demo]'"
		   " WHERE name = 'leak_slow'")
	db.execute("INSERT OR IGNORE INTO look SELECT id, 'site' FROM sample")
	db.commit()
	END
	run trend --db "$db"
	[ "$(tail -n 1 "$work/out")" = "next: kmemleak module demo" ]
}
check "a site that leaks leads to its module" module
many()
{
	python3 - "$db" <<-END
	import sqlite3, sys
	db = sqlite3.connect(sys.argv[1])
	db.execute("DELETE FROM value WHERE series != 1")
	for i in range(1000, 6000):
	    db.execute("INSERT INTO sample VALUES (?, 2, ?, ?, 0)", (i, i * 60, 60 * i))
	    db.execute("INSERT INTO look VALUES (?, 'cache')", (i,))
	    db.execute("INSERT INTO value VALUES (?, 1, ?, 1)", (i, (i - 880) * 20000 + (10 << 20)))
	db.commit()
	END
	run trend --db "$db" --json
	python3 - "$work/out" <<-END
	import json, sys
	trend = next(t for t in json.load(open(sys.argv[1])) if t["name"] == "leak_exact")
	assert trend["samples"] == 256 and trend["verdict"] == "leak", trend
	END
}
check "of many samples some are enough" many

finish
