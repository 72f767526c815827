#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A recorder that runs for months: clocks that are wrong, databases that are busy, disks
# that are full. record_test.sh <program>
set -eu
. "$(dirname "$0")/lib.sh"
. "$tests/database.sh"
db=$work/history.db
cp -r "$tests/trees/after/." "$root"

# machine <uptime of samples...>: a new database.
machine()
{
	rm -f "$db"*
	local up
	for up in "$@"; do
		uptime "$up"
		run record --db "$db" --count 1
	done
}

# kept <uptimes>: the samples.
kept()
{
	cat "$work/err"
	[ "$(sql 'SELECT cast(uptime AS integer) FROM sample ORDER BY id' | tr '\n' ' ')" = "$1 " ]
}

year=$((365 * 24 * 3600))
# clock <seconds>: the clock is so far ahead of what it was at all samples so far.
clock()
{
	sql "UPDATE sample SET time = time - $1"
}

for ahead in $year $((20 * year)) -$year 3600; do
	wrong()
	{
		machine 1000 2000 3000
		clock $ahead
		uptime 3600
		run record --db "$db" --count 1
		kept "1000 2000 3000 3600"
	}
	check "a clock that is $ahead s ahead deletes nothing" wrong
	said()
	{
		rm -f "$db"*
		KMEMLEAK_ROOT=/ run record --db "$db" --count 1
		clock $ahead
		KMEMLEAK_ROOT=/ run record --db "$db" --count 1
		cat "$work/err"
		[ "$(wc -l <"$work/err")" = 1 ] && grep -q "the clock was set $1 by" "$work/err"
	}
	if [ $ahead -gt 0 ]; then
		check "and is said" said ahead
	else
		check "and is said" said back
	fi
	once()
	{
		KMEMLEAK_ROOT=/ run record --db "$db" --count 1
		[ $status = 0 ] && [ ! -s "$work/err" ]
	}
	check "once" once
done
dead_battery()
{
	machine 1000 2000
	sql "UPDATE sample SET time = 0"
	uptime 50 2
	run record --db "$db" --count 1
	kept "1000 2000 50"
}
check "so does a boot without a clock" dead_battery

by_uptime()
{
	machine 1000 2000 3000
	uptime 9300
	run record --db "$db" --count 1 --keep 2h
	kept "3000 9300"
}
check "samples are dropped by the uptime" by_uptime
other_boot()
{
	machine 1000 2000 3000
	uptime 6000 2
	run record --db "$db" --count 1 --keep 2h
	kept "2000 3000 6000"
}
check "those of an earlier boot, too" other_boot
two_boots()
{
	machine 1000
	uptime 4000 2
	run record --db "$db" --count 1
	uptime 100 3
	run record --db "$db" --count 1 --keep 4100s
	kept "4000 100"
}
check "the time of the boots in between counts" two_boots
names()
{
	machine 1000
	sed -i 's/^dentry /other  /' "$root/proc/slabinfo"
	uptime 8000 2
	run record --db "$db" --count 1 --keep 2h
	sed -i 's/^other  /dentry /' "$root/proc/slabinfo"
	kept 8000 && [ "$(sql "SELECT count(*) FROM series WHERE name = 'dentry'")" = 0 ] &&
		[ "$(sql "SELECT count(*) FROM series WHERE name = 'other'")" = 1 ] &&
		[ "$(sql "SELECT count(*) FROM value
			WHERE series NOT IN (SELECT id FROM series)")" = 0 ]
}
check "and names that are no longer used" names

# many <samples>: of the first boot, old ones.
many()
{
	machine 1000
	python3 - "$db" "$1" <<-'END'
	import sqlite3, sys
	db = sqlite3.connect(sys.argv[1])
	db.execute("WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n"
		   " LIMIT ?) INSERT INTO sample SELECT i, 1, i, i / 1000.0, 0 FROM n",
		   (int(sys.argv[2]),))
	db.execute("INSERT INTO value SELECT sample.id, series.id, 1, 1 FROM sample"
		   " JOIN series WHERE sample.id >= 1000 AND series.id <= 20")
	db.commit()
	END
}

batches()
{
	many 10000
	uptime 90000
	"$tool" record --db "$db" --keep 1h --count 1 &
	pid=$!
	python3 - "$db" <<-'END'
	import sqlite3, sys
	db = sqlite3.connect(sys.argv[1])
	seen = set()
	while not seen or min(seen) > 1:
	    seen.add(db.execute("SELECT count(*) FROM sample").fetchone()[0])
	print(sorted(seen))
	# The first count, the last, and some in between.
	assert len(seen) > 3, seen
	END
	wait $pid
}
check "many samples are dropped in batches" batches
keeps_time()
{
	many 3000
	uptime 90000
	# The next sample is due before all are dropped.
	run record --db "$db" --keep 1h --every 0.001s --count 2
	[ $status = 0 ] && [ "$(sql 'SELECT count(*) > 100 FROM sample')" = 1 ] &&
		[ "$(sql 'SELECT count(*) FROM sample WHERE uptime = 90000')" = 2 ]
}
check "and no sample waits for that" keeps_time

# ---- Busy databases ----

# until_true <command...>
until_true()
{
	local end=$((SECONDS + 30))
	until "$@"; do
		[ $SECONDS -lt $end ] || { echo "never: $*"; return 1; }
		sleep 0.02
	done
}

# hold <statement>: another program runs it and stays, until "release".
hold()
{
	mkfifo "$work/gate"
	python3 -c '
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
rows = db.execute(sys.argv[2])
rows.fetchone()
open(sys.argv[3] + ".held", "w")
open(sys.argv[3]).read()' "$db" "$1" "$work/gate" &
	holder=$!
	until_true test -e "$work/gate.held"
}

release()
{
	echo >"$work/gate"
	wait $holder
	rm "$work/gate" "$work/gate.held"
}

says()
{
	grep -q "$1" "$work/said"
}

has_samples()
{
	[ "$(sql 'SELECT count(*) FROM sample')" -ge "$1" ]
}

# Starts a recorder; its messages are in "$work/said".
start()
{
	machine 1000
	"$@" "$tool" record --db "$db" --every 0.05s 2>"$work/said" &
	recorder=$!
	until_true has_samples 3
}

stop()
{
	kill -0 $recorder && kill $recorder
	wait $recorder || true
	cat "$work/said"
}

busy()
{
	start
	hold "BEGIN IMMEDIATE"
	until_true says "history.db: database is locked; trying again" || return
	sleep 0.2
	release
	local before
	before=$(sql 'SELECT count(*) FROM sample')
	until_true has_samples $((before + 3)) && until_true says "it works again" && stop &&
		[ "$(wc -l <"$work/said")" = 2 ]
}
check "a database that is busy for long: it goes on, and says so once" busy
counted()
{
	machine 1000
	hold "BEGIN IMMEDIATE"
	run record --db "$db" --count 1
	release
	cat "$work/err"
	[ $status = 2 ] && grep -q "1 of 1 samples could not be kept" "$work/err"
}
check "of counted samples none may be missing" counted
reader()
{
	start
	hold "SELECT * FROM value"
	local before
	before=$(sql 'SELECT count(*) FROM sample')
	until_true has_samples $((before + 3)) && release && stop && [ ! -s "$work/said" ]
}
check "a reader that takes its time is not noticed" reader
copied()
{
	start
	cp "$db" "$work/copy.db"
	stop
	[ "$(sql 'SELECT count(*) > 1 FROM sample' "$work/copy.db")" = 1 ]
}
check "a copy of the file alone has the samples" copied

# ---- Full disks ----

# The size that a file may have stands for the room on the disk.
limited()
{
	trap '' XFSZ
	ulimit -S -f 200
	exec "$@"
}

full()
{
	start limited
	until_true says "; trying again" || { stop; return 1; }
	prlimit --pid $recorder --fsize=unlimited:unlimited
	local before
	before=$(sql 'SELECT count(*) FROM sample')
	until_true has_samples $((before + 3)) && until_true says "it works again" && stop &&
		[ "$(wc -l <"$work/said")" = 2 ] && [ "$(sql 'PRAGMA integrity_check')" = ok ]
}
if command -v prlimit >/dev/null; then
	check "a full disk: it goes on when there is room, and says so once" full
else
	skip "a full disk" "there is no prlimit"
fi

# ---- Files ----

for how in rm "mv $work/other.db"; do
	replaced()
	{
		start
		cp "$db" "$work/other.db"
		if [ "$how" = rm ]; then rm "$db"; else mv "$work/other.db" "$db"; fi
		wait $recorder && return 1
		cat "$work/said"
		[ "$(wc -l <"$work/said")" = 1 ] && says "somebody removed or replaced it"
	}
	check "a file that goes ($how) ends it" replaced
done

unwritable()
{
	machine 1000 2000
	mkdir -p "$work/medium #1"
	cp "$db" "$work/medium #1/history.db"
	unshare -m sh -ec 'mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"
		exec "$2" trend --all --db "$1/history.db"' sh "$work/medium #1" "$tool" \
		>"$work/out"
	grep -q "^undecided memory free" "$work/out"
}
if unshare -m mount --bind "$root" "$root" 2>/dev/null; then
	check "a file where nothing can be written is read" unwritable
else
	skip "a file where nothing can be written" "nothing can be mounted here"
fi

finish
