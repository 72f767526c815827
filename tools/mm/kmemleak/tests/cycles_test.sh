#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# How often trend calls what comes and goes by the day, fills up, or hardly grows a leak.
# cycles_test.sh <program>
set -eu
. "$(dirname "$0")/lib.sh"
. "$tests/database.sh"
empty_database

# plant <seconds between samples> <samples> <number of series> <bytes of series k at sample i,
# where t is the time in days> [bytes that are free]
plant()
{
	cp "$work/empty.db" "$db"
	python3 - "$db" "$@" <<-'END'
	import math, random, sqlite3, sys
	path, every, samples, series = sys.argv[1], *map(int, sys.argv[2:5])
	random.seed(1)
	db = sqlite3.connect(path)
	for table in ("value", "look", "sample", "series"):
	    db.execute(f"DELETE FROM {table}")
	for i in range(samples):
	    db.execute("INSERT INTO sample VALUES (?, 1, ?, ?, ?)",
	               (i + 1, i * every, 9 + i * every, i))
	    for kind in ("memory", "cache"):
	        db.execute("INSERT INTO look VALUES (?, ?)", (i + 1, kind))
	def add(key, kind, name, value):
	    db.execute("INSERT INTO series VALUES (?, ?, ?, 0)", (key, kind, name))
	    for i in range(samples):
	        size = int(value(i, i * every / 86400))
	        db.execute("INSERT INTO value VALUES (?, ?, ?, ?)", (i + 1, key, size, size // 100))
	for k in range(series):
	    add(k + 1, "cache", f"cache_{k}",
	        lambda i, t: eval(sys.argv[5], {"i": i, "t": t, "k": k, "math": math,
	                                        "gauss": random.gauss}))
	if sys.argv[6:]:
	    add(series + 1, "memory", "free", lambda i, t: float(sys.argv[6]))
	db.commit()
	END
}

# leaks <from> <to> <plant's arguments>: so many are leaks, and the exit status tells
leaks()
{
	plant "${@:3}"
	run trend --db "$db" --json
	nr=$(grep -c '"verdict":"leak"' "$work/out" || :)
	echo "$nr leaks"
	[ "$nr" -ge "$1" ] && [ "$nr" -le "$2" ] && [ $status = $((nr > 0)) ]
}

cycle='1e9 + 25e7 * math.sin(2 * math.pi * (t + k / 24)) + gauss(0, 12e6)'
for hours in 1 2 4 8 12 16 24 36; do
	check "$hours h of a daily cycle" leaks 0 0 300 $((hours * 12)) 24 "$cycle"
done
check "half a cycle without noise" leaks 0 0 600 72 24 \
	'1e9 - 1e8 * math.cos(2 * math.pi * (t + k / 96))'
check "1.8 times as much by day as by night" leaks 0 0 300 72 24 \
	'3e8 + 85e6 * math.sin(2 * math.pi * (t + k / 24))'

fills='3e6 * (1 - 0.5 ** (i / %s)) + 1e5 + gauss(0, 1e4)'
for half in 5 20 42 60; do
	# shellcheck disable=SC2059
	check "what fills up with a half-life of $half of 60 samples" \
		leaks 0 2 120 60 20 "$(printf "$fills" $half)"
done
check "what does not slow down is a leak" leaks 19 20 120 60 20 '1e5 + 5e4 * i + gauss(0, 1e4)'

check "5 % in three days, which do no harm" leaks 0 0 3600 72 3 '2e9 + 33e6 * t' 60e9
check "... and do on a small machine" leaks 3 3 3600 72 3 '2e8 + 33e6 * t' 1e9
check "1 % a day does none" leaks 0 0 3600 168 3 '1e8 + 1e6 * t' 16e9
check "100 KB an hour of 4 MB are a bug" leaks 3 3 1800 96 3 '4e6 + 24e5 * t' 16e9

finish
