# SPDX-License-Identifier: GPL-2.0
# Sourced after lib.sh by tests of recorded databases; $db names one.

# sql <statement> [<database>]: what it gives, columns apart by "|".
sql()
{
	python3 -c '
import sqlite3, sys
with sqlite3.connect(sys.argv[2]) as db:
    for row in db.execute(sys.argv[1]):
        print(*row, sep="|")
' "$1" "${2:-$db}"
}

# uptime <seconds> [<boot>]: of the machine that is recorded.
uptime()
{
	echo "$1 0" >"$root/proc/uptime"
	printf '%08d-2222-3333-4444-555555555555\n' "${2:-1}" \
		>"$root/proc/sys/kernel/random/boot_id"
}

# empty_database: $work/empty.db, whose samples are to be replaced.
empty_database()
{
	db=$work/history.db
	cp -r "$tests/trees/after/." "$root"
	run record --db "$db" --count 1
	mv "$db" "$work/empty.db"
}
