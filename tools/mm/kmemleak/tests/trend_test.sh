#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Verdicts on hours of machines at work. trend_test.sh <program>; SEEDS= is how many hours
# of each.
set -eu
. "$(dirname "$0")/lib.sh"
. "$tests/database.sh"
: "${SEEDS:=2}"
empty_database

machine()
{
	cp "$work/empty.db" "$db"
	python3 "$tests/machines.py" "$@" "$db"
}

healthy()
{
	for seed in $(seq "$SEEDS"); do
		machine healthy "$1" "$seed"
		run trend --db "$db"
		cat "$work/err"
		grep -A 3 '^leak' "$work/out" && return 1
		[ $status = 0 ] || return 1
	done
}
for kind in $(python3 "$tests/machines.py" names); do
	check "a healthy machine: $kind" healthy "$kind"
done

# judged <expression of t, its trends by kind and name>
judged()
{
	run trend --db "$db" --json
	cat "$work/err"
	python3 - "$work/out" "$1" <<-'END'
	import json, sys
	t = {(one["kind"], one["name"]): one for one in json.load(open(sys.argv[1]))}
	for one in t.values():
	    if one["verdict"] == "leak":
	        print(one)
	assert eval(sys.argv[2])
	END
}

# named <kind> <bytes an hour> <name>
named()
{
	judged "(t['$1', '$3']['verdict'] == 'leak' and
		t['$1', '$3']['bytes_per_hour_low'] <= $2 * 1.15 and
		t['$1', '$3']['bytes_per_hour_high'] >= $2 / 1.15 and
		t['$1', '$3']['owner'] == ('user' if '$1' == 'memory' else 'kernel') and
		t['$1', '$3']['seconds_left'] > 0)" || { grep -A 2 -F "$3" "$work/out"; return 1; }
}
for seed in $(seq "$SEEDS"); do
	machine leaking "$seed"
	while read -r kind rate name; do
		check "leak $seed: $((rate / 1024)) KiB an hour of $kind $name" \
			named "$kind" "$rate" "$name"
	done < <(python3 "$tests/machines.py" leaks)
	others()
	{
		judged "{key for key in t if t[key]['verdict'] == 'leak'} <= {
			('memory', 'slab_unreclaimable'),
			*[(l.split(None, 2)[0], l.split(None, 2)[2]) for l in
			'''$(python3 "$tests/machines.py" leaks)'''.splitlines()]}"
	}
	check "leak $seed: and nothing else" others
done

# ---- Single series ----

# plant <seconds from sample to sample> <samples>: a new database of series, one a line:
# kind, name, bytes and objects at sample i, reclaimable.
plant()
{
	cp "$work/empty.db" "$db"
	python3 -c '
import math, random, sqlite3, sys
path, every, samples = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
random.seed(1)
db = sqlite3.connect(path)
for table in ("value", "look", "sample", "series"):
    db.execute(f"DELETE FROM {table}")
for i in range(samples):
    db.execute("INSERT INTO sample VALUES (?, 1, ?, ?, ?)", (i + 1, i * every, 9 + i * every, i))
    for kind in ("memory", "cache", "vmalloc", "site", "leak"):
        db.execute("INSERT INTO look VALUES (?, ?)", (i + 1, kind))
for key, line in enumerate(sys.stdin, 1):
    kind, name, size, objects, reclaimable = line.split(";")
    db.execute("INSERT INTO series VALUES (?, ?, ?, ?)",
               (key, kind.strip(), name.strip(), int(reclaimable)))
    for i in range(samples):
        db.execute("INSERT INTO value VALUES (?, ?, ?, ?)",
                   (i + 1, key, int(eval(size)), int(eval(objects))))
db.commit()' "$db" "$@"
}

# verdict <verdict> <name>, of what was planted
verdict()
{
	judged "[one['verdict'] for (_, name), one in t.items() if name == '$2'] == ['$1']" ||
		{ grep -A 20 -F "\"$2\"" "$work/out"; return 1; }
}

short()
{
	plant "$1" "$2" <<-END
	cache; busy; 100e6 + $3 * i; 100e3 + $3 * i / 1000; 0
	END
	verdict "$4" busy
}
check "a busy 13 s are no leak" short 0.5 26 1e6 undecided
check "nor is a busy minute" short 2 30 3e6 undecided
check "nor are ten minutes" short 20 30 2e6 undecided
check "1 % in 15 minutes is steady" short 30 30 33e3 steady
check "1 % in 5 minutes, too" short 10 30 33e3 steady
check "10 % in an hour is a leak" short 60 60 166e3 leak
check "1 % a day, for a week, is one, too" short 3600 168 42e3 leak
check "2 MB a day on top of 100 MB, for a month" short 21600 120 500e3 leak

shadows()
{
	plant 60 60 <<-END
	cache; ext4_inode_cache; 1e6 + i * 44000; 1000 + i * 40; 1
	cache; xfs_inode; 1e6 + i * 44000; 1000 + i * 40; $1
	cache; lsm_inode_cache; 1e6 + i * 5760; 9e3 + i * 80; 0
	cache; selinux_inode_security; 1e6 + i * 5760; 9e3 + i * 80; 0
	cache; iint_cache; 1e6 + i * 5760; 9e3 + i * 40; 0
	cache; xfs_ili; 1e6 + i * 5760; 9e3 + i * 40; 0
	memory; slab_unreclaimable; 9e6 + i * 23040; 0; 0
	memory; free; 9e9; 0; 0
	END
	for one in ext4_inode_cache xfs_inode lsm_inode_cache selinux_inode_security iint_cache \
		   xfs_ili slab_unreclaimable; do
		verdict undecided $one || return
	done
}
check "shadows grow with their partners" shadows 1
check "which are known by name as well" shadows 0
shadow_text()
{
	run trend --db "$db"
	grep -A 2 "cache lsm_inode_cache" "$work/out" |
		grep -qE "grows with (ext4_inode_cache|xfs_inode)"
}
check "and named" shadow_text
left_alone()
{
	plant 60 60 <<-END
	cache; ext4_inode_cache; 1e6 + i * 11000; 1000 + i * $1; 1
	cache; lsm_inode_cache; 1e6 + i * 5760; 9e3 + i * 80; 0
	memory; slab_unreclaimable; 2e6 + i * 5760; 0; 0
	END
	verdict leak lsm_inode_cache && verdict leak slab_unreclaimable
}
check "a shadow without its partner is a leak" left_alone 0
both()
{
	plant 60 60 <<-END
	cache; ext4_inode_cache; 1e6; 1000; 1
	cache; lsm_inode_cache; 1e6 + i * 5760; 9e3 + i * 80; 0
	cache; selinux_inode_security; 1e6 + i * 5760; 9e3 + i * 80; 0
	END
	verdict leak lsm_inode_cache && verdict leak selinux_inode_security
}
check "two shadows are not each other's partner" both
check "so it is if it outgrows the partner" left_alone 20

kinds()
{
	plant 60 60 <<-END
	memory; anonymous; 1e9 + i * 4e6; 0; 1
	memory; page_tables; 9e6 + i * 9e3; 0; 0
	memory; page_cache; 1e9 + i * 4e6; 0; 1
	memory; free; 4e9 - i * 8e6; 0; 1
	memory; free_cpu; 1e6 + i * 1e5; 0; 1
	cache; sock_inode_cache; 1e6 + i * 1e5; 1e3 + i * 100; 1
	cache; dentry; 1e6 + i * 1e5; 1e3 + i * 500; 0
	cache; scattered; 1e6 + i * 1e5; 1e3 + 50 * random.gauss(0, 1); 0
	cache; halving; 1e7 * (2 - 0.5 ** (i / 20)); 1e5 * (2 - 0.5 ** (i / 20)); 0
	cache; halving_late; 1e7 * (2 - 0.5 ** (i / 50)); 1e5 * (2 - 0.5 ** (i / 50)); 0
	cache; twice; 1e6 * (10 + 3*(i > 20) + 4*(i > 41)); 1e4 * (10 + 3*(i > 20) + 4*(i > 41)); 0
	vmalloc; areas; 1e6 + i * 1e5; 5 + i; 0
	site; f+0x1/0x2 [demo]; 1e3 + i * 1e3; 5 + i; 0
	END
	verdict leak anonymous && verdict leak sock_inode_cache && verdict leak areas &&
		verdict leak "f+0x1/0x2 [demo]" &&
		for one in page_tables page_cache dentry scattered halving halving_late twice; do
			verdict undecided $one || return
		done && verdict steady free && verdict steady free_cpu
}
check "what grows, and is no leak" kinds
left()
{
	# 4e9 - 59 * 8e6 are free, and 1e9 + 59 * 4e6 is page cache; 4e6 go each minute.
	judged "abs(t['memory', 'anonymous']['seconds_left'] - (5e9 - 59 * 4e6) / 4e6 * 60) < 9e3"
}
check "the time left" left
left_text()
{
	run trend --db "$db"
	[ $status = 1 ] && grep -A 3 "^leak.*memory anonymous" "$work/out" |
		grep -qE "^ +user memory; at this rate, no memory is left in (19|20)\.[0-9] h$"
}
check "in words" left_text

# shown <names> <arguments...>: trend shows these.
shown()
{
	names=$1
	shift
	run trend --db "$db" --all "$@"
	cat "$work/err" "$work/out"
	[ "$(grep -oE '^(leak|steady|undecided) +[^ ]+ .*' "$work/out" |
		sed -E 's/^[a-z]+ +[a-z]+ //' | LC_ALL=C sort | tr '\n' ' ')" = "$names " ]
}
check "a kind alone" shown "areas" --kind vmalloc
check "names with a word in them" shown "free free_cpu" --match free
check "names of a pattern" shown "halving halving_late" --match 'halv*'
check "a pattern matches the whole name" shown "halving_late" --match '*_late'
check "both" shown "dentry" --kind cache -m dent
check "no such kind" refuses "there is no kind slab" trend --db "$db" --kind slab
check "no such name" refuses "no series matches" \
	trend --db "$db" --match nothing
check "exit status 0 if no leak is selected" eval \
	'run trend --db "$db" --kind cache --match dentry; [ $status = 0 ]'
check "exit status 1 if one is, with --json" eval \
	'run trend --db "$db" --json -m areas; [ $status = 1 ]'
next()
{
	run trend --db "$db" "${@:2}"
	[ "$(tail -n 1 "$work/out")" = "next: $1" ]
}
check "a module leads to it" next "kmemleak module demo"
check "the kernel leads to a scan" next "kmemleak scan" --kind vmalloc
check "processes lead to ps" next "ps -e --sort -rss -o pid,rss,comm" --kind memory
since()
{
	plant 60 180 <<-END
	cache; was; 1e6 + min(i, 90) * 1e5; 1e3 + min(i, 90) * 1e2; 0
	cache; comes; 1e6 + max(i - 90, 0) * 1e5; 1e3 + max(i - 90, 0) * 1e2; 0
	END
	verdict steady was && verdict undecided comes &&
		run trend --db "$db" --since 80m --json -m comes && [ $status = 1 ] &&
		grep -q '"verdict":"leak"' "$work/out" && grep -q '"samples":8[01],' "$work/out"
}
check "the last hour alone" since
check "no time" refuses "no duration" trend --db "$db" --since yesterday

finish
