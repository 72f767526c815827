#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What names in files, and names of files, can do: no command of a terminal and no command of
# a shell gets into what is printed. words_test.sh <program>
set -eu
. "$(dirname "$0")/lib.sh"
. "$tests/database.sh"
db=$work/history.db
esc=$(printf '\033')
trees=$tests/trees

# No control character but the ends of lines and tabs in what was printed.
clean()
{
	cat -v "$work/out" "$work/err"
	! LC_ALL=C grep -q '[^[:print:][:blank:]]' "$work/out" "$work/err"
}

# ---- Commands that are proposed ----

cp -r "$trees/after/." "$root"
run record --db "$db" --count 1
# leaking <name>: a site with it leaks.
leaking()
{
	python3 - "$db" "$1" <<-'END'
	import sqlite3, sys
	with sqlite3.connect(sys.argv[1]) as db:
	    boot, uptime = db.execute("SELECT boot, max(uptime) FROM sample").fetchone()
	    db.execute("DELETE FROM value")
	    db.execute("DELETE FROM look")
	    db.execute("DELETE FROM sample")
	    db.execute("DELETE FROM series")
	    db.execute("INSERT INTO series VALUES (1, 'site', ?, 0)", (sys.argv[2],))
	    for i in range(2000):
	        key = db.execute("INSERT INTO sample (boot, time, uptime, scans) VALUES (?,?,?,?)",
	                         (boot, 60 * i, 60 * i, i)).lastrowid
	        db.execute("INSERT INTO look VALUES (?, 'site')", (key,))
	        db.execute("INSERT INTO value VALUES (?, 1, ?, 1)", (key, (100 << 20) + (i << 20)))
	END
}
for module in 'x; touch evil' '$(touch evil)' '`touch evil`' "a'b" 'a|b' 'a&b' 'a b' '-rf' \
	'--help' 'a>b' '*' '' '../x' "x${esc}[31m"; do
	harmless()
	{
		leaking "site_of+0x1/0x2 [$module]"
		run trend --db "$db"
		clean && [ $status = 1 ] &&
			grep -qx "next: kmemleak scan" "$work/out"
	}
	check "a module whose name is \"$(printf %s "$module" | tr -d '\033')\"" harmless
done
named()
{
	leaking "site_of+0x1/0x2 [kmemleak_demo]"
	run trend --db "$db"
	clean && grep -qx "next: kmemleak module kmemleak_demo" "$work/out"
}
check "a module" named
again()
{
	odd=$work/$(printf 'a\033[31m\007 it'\''s \302\233 $(touch evil) \\')
	cp -r "$trees/after" "$odd"
	run --root "$odd" triage
	clean || return
	next=$(sed -n 's/^next: kmemleak//p' "$work/out")
	(unset KMEMLEAK_ROOT; eval "'$tool' $next" >"$work/out")
	grep -q '^[0-9]* leaks, ' "$work/out"
}
check "a tree whose name is for terminals is named so that a shell finds it" again
check "and nothing is run" [ ! -e evil ]

# ---- Names of files ----

odd=$(printf 'n\033[31m\033]0;title\007\010\177\302\233m')
mkdir "$work/odd"
cd "$work/odd"
no_file()
{
	for command in "report" "merge" "diff $trees/after/none" "triage --from" "trend --db" \
		"report --vmlinux" "report --suppress" "module demo --vmlinux"; do
		# shellcheck disable=SC2086
		run --root "$trees/after" $command "$odd"
		[ $status = 2 ] && clean || { echo "$command"; return 1; }
	done
}
check "a file that is not there" no_file
archive()
{
	mkdir -p import
	cp "$trees/after/proc/meminfo" import/meminfo
	printf 'PK\003\004 this is packed' >"import/$odd.zip"
	run triage --from import
	clean
}
check "an archive" archive
two_machines()
{
	mkdir -p "two/$odd" two/b
	mkdir "two/$odd/proc" two/b/proc
	run triage --from two
	clean && [ $status = 2 ]
}
check "two machines" two_machines
merged()
{
	mkdir -p hosts
	cp "$tests/reports/ours.txt" "hosts/$odd.txt"
	cp "$tests/reports/ours.txt" hosts/b.txt
	run merge "hosts/$odd.txt" hosts/b.txt
	clean && [ $status = 0 ] && grep -q "of 2 hosts" "$work/out"
}
check "reports of hosts" merged
disk()
{
	rm -rf "$root"
	cp -r "$trees/after" "$root"
	mkdir -p "$root/sys/block/zram$odd"
	echo "this is no size" >"$root/sys/block/zram$odd/mm_stat"
	run triage
	clean && [ $status = 0 ]
}
check "a device" disk
database()
{
	python3 - "$work/odd.db" "$odd" <<-'END'
	import sqlite3, sys
	with sqlite3.connect(sys.argv[1]) as db:
	    db.execute('CREATE TABLE "%s" (a)' % sys.argv[2])
	    db.execute("PRAGMA application_id = 0x6b6d6c6b")
	    db.execute("PRAGMA user_version = 1")
	    db.execute('CREATE VIEW sample AS SELECT "%s"(1)' % sys.argv[2])
	END
	run trend --db "$work/odd.db"
	clean && [ $status = 2 ]
}
check "a database" database
umlauts()
{
	run report "für später ✓.txt"
	cat "$work/err"
	grep -qF "für später ✓.txt: No such file" "$work/err"
}
check "a name that is not English" umlauts

finish
