#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Reports of many hosts as one table: merge. merge_test.sh <program>
set -eu
. "$(dirname "$0")/lib.sh"
. "$tests/leak.sh"

# stack <function>: frames of a leak, as one kernel prints them.
stack()
{
	printf '%s\n' "__kmalloc_noprof+0x279/0x370" "$1+0x25/0x50 [demo]" \
		"session_open+0x11/0x90 [demo]" "demo_ioctl+0x30/0x200 [demo]"
}

# tree <dir> <host> <kernel> <function...>: the saved files of a host that leaks.
tree()
{
	mkdir -p "$1/proc/sys/kernel" "$1/sys/kernel/debug"
	echo "$2" >"$1/proc/sys/kernel/hostname"
	echo "$3" >"$1/proc/sys/kernel/osrelease"
	saved=$1/sys/kernel/debug/kmemleak
	shift 3
	for function; do
		mapfile -t frames < <(stack "$function")
		leak 64 "${frames[@]}"
	done >"$saved"
}

# A bug in all kernels since 6.12-rc2, one that 6.12.3 does not have any more, one that
# only one host has.
cd "$work"
tree web1 web1 6.11.9-amd64 old_leak
tree web2 web2 6.11.9-amd64
tree web3 web3 6.12.0-rc2 session_add.isra.0 old_leak
tree web4 web4 6.12.0 session_add
tree web5 web5 6.12.3 session_add session_add
tree db1 db1 6.9.12 old_leak rare_leak

# bug <function> <expression>: of the JSON in $work/out, whose bug is "b".
bug()
{
	field "next(b for b in j['bugs'] if b['function'] == '$1')$2"
}
merges()
{
	run merge "$@"
	cat "$work/out" "$work/err"
	[ $status = 0 ]
}
merges_json()
{
	merges --json "$@"
}
table()
{
	merges web1 web2 web3 web4 web5 db1 && diff "$work/out" - <<-END
	3 bugs in 6 reports of 6 hosts and 5 kernels: 8 leaks, 512 bytes

	hosts  leaks  bytes  first kernel  newest without  fingerprint       leaked by
	    3      4    256  6.12.0-rc2    6.11.9-amd64    7bb50cefa7ba9f50  session_add() [demo]
	    3      3    192  6.9.12        6.12.3          8d76623668511037  old_leak() [demo]
	    1      1     64  6.9.12        6.12.3          6a39820b6077c702  rare_leak() [demo]
	END
}
check "one row a bug" table
order()
{
	merges web1 web2 web3 web4 web5 db1 && cp "$work/out" "$work/first" &&
		merges db1 web5 web4 web3 web2 web1 && diff "$work/first" "$work/out"
}
check "in any order of the reports" order
json()
{
	merges_json web1 web2 web3 web4 web5 db1 && python3 - "$work/out" <<-END
	import json, sys
	merged = json.load(open(sys.argv[1]))
	bugs = merged.pop("bugs")
	assert merged == {
	    "reports": 6, "hosts": 6, "leaks": 8, "bytes": 512,
	    "kernels": ["6.9.12", "6.11.9-amd64", "6.12.0-rc2", "6.12.0", "6.12.3"],
	}, merged
	assert [bug["function"] for bug in bugs] == ["session_add", "old_leak", "rare_leak"], bugs
	assert bugs[0] == {
	    "fingerprint": "7bb50cefa7ba9f50", "function": "session_add", "module": "demo",
	    "hosts": 3, "objects": 4, "bytes": 256, "first_kernel": "6.12.0-rc2",
	    "newest_kernel_without": "6.11.9-amd64",
	    "kernels": ["6.12.0-rc2", "6.12.0", "6.12.3"],
	}, bugs[0]
	END
}
check "as JSON" json
formats()
{
	merges_json web1 db1 && cp "$work/out" "$work/first" &&
		merges --format json web1 db1 && diff "$work/first" "$work/out" &&
		merges --format json -o "$work/written" web1 db1 && [ ! -s "$work/out" ] &&
		diff "$work/first" "$work/written" &&
		merges --format text web1 db1 &&
		head -n 1 "$work/out" | grep -q '^2 bugs in 2 reports'
}
check "--format, --output" formats
everywhere()
{
	merges_json web4 web5 && [ "$(bug session_add "['newest_kernel_without']")" = None ] &&
		merges web4 web5 && grep -q '^ *2  *3  *192  6.12.0  *none  ' "$work/out"
}
check "a bug that all kernels have" everywhere
healthy()
{
	merges web2 && grep -qx '0 bugs in 1 report of 1 host and 1 kernel: 0 leaks, 0 bytes' \
		"$work/out" && [ "$(wc -l <"$work/out")" = 1 ]
}
check "no bug" healthy
mixed()
{
	cp -r web5 web6
	echo web6 >web6/proc/sys/kernel/hostname
	: >web6/sys/kernel/debug/kmemleak
	merges_json web4 web5 web6 &&
		[ "$(bug session_add "['newest_kernel_without']")" = None ]
}
check "a kernel on which one host has the bug and one has not has it" mixed
again()
{
	tree web5-later web5 6.12.4 session_add
	merges_json web5 web5-later && [ "$(field "j['reports'], j['hosts']")" = "(2, 1)" ] &&
		[ "$(bug session_add "['hosts']")" = 1 ] &&
		[ "$(bug session_add "['objects']")" = 3 ]
}
check "two reports of one host are one host" again

# part <option...>: kernel 6.12.5 has old_leak in a report that was saved with the option.
part()
{
	tree part host5 6.12.5 old_leak session_add session_add
	printf 'leak:%s\n' old_leak >"$work/known"
	run --root part report --format json "$@"
	[ $status = 0 ] && cp "$work/out" part.json && ! grep -q '"text":"old_leak' part.json &&
		run merge db1 web5 part.json &&
		grep -q 'part.json: has not all leaks' "$work/err" &&
		cat "$work/out" && grep -q ' 6.9.12  *6.12.3 .* old_leak' "$work/out"
}
check "what --top left out is not taken for absent" part --top 1
check "... nor what --suppress did" part --suppress "$work/known"
summary()
{
	tree whole host6 6.12.6
	printf 'unreferenced object 0xffff888012345678 (size 64):\n  comm "x", pid 1, jif' >cut
	merges db1 web5 cut && grep -q 'cut: has not all leaks' "$work/err" &&
		grep -q ' 6.9.12  *6.12.3 .* old_leak' "$work/out" &&
		merges db1 web5 cut whole && grep -q ' 6.9.12  *6.12.6 .* old_leak' "$work/out"
}
check "... nor what a report lacks that is cut off" summary

is_no_proof()
{
	merges db1 web5 "$1" && grep -q "$1: has not all leaks" "$work/err" &&
		grep -q ' 6.9.12  *6.12.3 .* old_leak' "$work/out"
}
off()
{
	tree off host7 6.12.7
	echo "state: off" >off/sys/kernel/debug/kmemleak_stats
	is_no_proof off
}
check "... nor what a detector does that was off" off
# What is left may end between two leaks.
packed()
{
	local all cut
	for nr in {1..400}; do
		leak 64 "leak_$nr+0x1/0x2"
	done | gzip >many.gz
	all=$(stat -c %s many.gz)
	for cut in 1 8 $(seq 50 70 $((all - 1000))); do
		head -c $((all - cut)) many.gz >packed.gz
		is_no_proof packed.gz >/dev/null || { echo "without $cut bytes"; return 1; }
	done
}
check "... nor what a packed report lacks that is cut off" packed
# lacks <members of a report>: it is no whole report.
lacks()
{
	echo "{\"kernel\": \"6.12.8\", $1, \"groups\": []}" >lacks.json
	is_no_proof lacks.json
}
for member in '"not_shown": {"leaks": -5}' '"not_shown": {"groups": 3}' '"not_shown": [5]' \
	'"not_shown": {"leaks": "x"}' '"suppressed": true' '"suppressed": {"objects": 0.5}' \
	'"cut_off": [true]' '"cut_off": 1'; do
	check "a report with $member" lacks "$member"
done
whole()
{
	echo '{"kernel": "6.12.8", "cut_off": false, "not_shown": {"leaks": 0}, "groups": []}' \
		>whole.json
	merges db1 whole.json && [ ! -s "$work/err" ] &&
		grep -q ' 6.9.12  *6.12.8 .* old_leak' "$work/out"
}
check "a report that says it is whole" whole

# ---- Where host and kernel come from ----

files()
{
	cp web1/sys/kernel/debug/kmemleak 6.11.9.txt
	cp web2/sys/kernel/debug/kmemleak 6.12.log
	cp web5/sys/kernel/debug/kmemleak 6.9
	mv 6.12.log 6.12.log.gz
	merges_json 6.11.9.txt 6.12.log.gz 6.9 &&
		[ "$(field "j['kernels']")" = "['6.9', '6.11.9', '6.12']" ] &&
		[ "$(field "j['hosts']")" = 3 ] &&
		[ "$(bug old_leak "['first_kernel']")" = 6.11.9 ] &&
		[ "$(bug old_leak "['newest_kernel_without']")" = 6.12 ]
}
check "the names of files stand for hosts and kernels" files
namesakes()
{
	mkdir -p a b
	cp web1/sys/kernel/debug/kmemleak a/kmemleak
	cp web1/sys/kernel/debug/kmemleak b/kmemleak
	merges_json a/kmemleak b/kmemleak && [ "$(field "j['hosts']")" = 2 ] &&
		[ "$(field "j['kernels']")" = "['a/kmemleak', 'b/kmemleak']" ]
}
check "two files of one name have their paths" namesakes
half()
{
	cp -r web1 half
	rm half/proc/sys/kernel/hostname
	merges_json half && [ "$(field "j['kernels']")" = "['6.11.9-amd64']" ] &&
		[ "$(field "j['hosts']")" = 1 ]
}
check "a tree that tells its kernel alone" half
version()
{
	mkdir -p versioned/proc versioned/sys/kernel/debug
	cp web1/sys/kernel/debug/kmemleak versioned/sys/kernel/debug/
	echo "Linux version 6.5.0-14-generic (buildd@host) (gcc 13.2.0) #14 SMP" \
		>versioned/proc/version
	merges_json versioned && [ "$(field "j['kernels']")" = "['6.5.0-14-generic']" ]
}
check "a tree with /proc/version alone" version
log()
{
	{
		echo "[    0.000000] Linux version 5.10.0-28-amd64 (debian-kernel@lists.debian.org)"
		cat web1/sys/kernel/debug/kmemleak
	} >one.log
	merges_json one.log && [ "$(field "j['kernels']")" = "['5.10.0-28-amd64']" ] &&
		echo "Linux version 5.11.0 (debian-kernel@lists.debian.org)" >>one.log &&
		merges_json one.log &&
		[ "$(field "j['kernels']")" = "['one']" ]
}
check "a log of one boot tells its kernel" log
packed()
{
	{
		echo "[    0.000000] Linux version 5.10.0-28-amd64 (debian-kernel@lists.debian.org)"
		sed 's/^/[  263.201211] kmemleak: /' web1/sys/kernel/debug/kmemleak
	} | gzip >boot.log.gz
	merges_json boot.log.gz && [ "$(field "j['kernels']")" = "['5.10.0-28-amd64']" ] &&
		grep -q 'boot.log.gz: 1 of [0-9]* lines is no part' "$work/err" &&
		[ "$(bug old_leak "['bytes']")" = 64 ] &&
		"$tool" merge --json - <boot.log.gz >"$work/out" &&
		[ "$(field "j['kernels']")" = "['5.10.0-28-amd64']" ] &&
		merges -v boot.log.gz && grep -q '^line 1: .* Linux version' "$work/err"
}
check "a log that is packed" packed
json_packed()
{
	"$tool" --root web1 report --format json | gzip >web1.json.gz
	merges_json web1.json.gz && [ "$(field "j['kernels']")" = "['6.11.9-amd64']" ] || return
	head -c 200 web1.json.gz >cut.json.gz
	refuses "cut.json.gz: it is packed, and cut off" merge cut.json.gz
}
check "JSON that is packed" json_packed
# Decoded frames may have lost their offsets; their names count the same.
decoded()
{
	local line='session_add (include/linux/slab.h:7 demo/a.c:12) demo'
	sed -E "s|session_add\\+[^ ]* (\\[demo\\])|$line|" web4/sys/kernel/debug/kmemleak >decoded
	grep -q a.c:12 decoded && "$tool" report --format json decoded >decoded.json &&
		merges_json web4 ./decoded decoded.json && [ "$(field "j['reports']")" = 3 ] &&
		[ "$(field "len(j['bugs'])")" = 1 ]
}
check "a decoded report, and JSON of it" decoded
pipes()
{
	merges web1 web5 && cp "$work/out" "$work/first"
	"$tool" merge <(cat web1.json) <(cat web5.json) >"$work/out" &&
		diff "$work/first" "$work/out"
}
summary()
{
	mkdir -p summed/sys/kernel/debug
	cp "$tests/reports/summary.txt" summed/sys/kernel/debug/kmemleak_summary
	merges_json summed && [ "$(field "j['leaks']")" = 100010 ] &&
		[ "$(field "j['unlisted_leaks'], j['unlisted_bytes']")" = "(7, 896)" ] &&
		merges summed &&
		grep -qx 'not listed by the detector: 7 leaks, 896 bytes' "$work/out"
}
check "a tree with a summary alone" summary
unsaved()
{
	merges_json "$tests/trees/before" "$tests/trees/after" &&
		[ "$(field "j['leaks'], j['kernels']")" = "(1215, ['after', 'before'])" ]
}
check "a tree with a summary, whose report is empty" unsaved
described()
{
	for host in web1 web2 web3 web4 web5 db1; do
		"$tool" --root $host report --format json >$host.json || return
	done
	grep '"host"' web1.json && grep '"kernel"' web1.json || return
	merges web1 web2 web3 web4 web5 db1 && cp "$work/out" "$work/first" &&
		merges web1.json web2.json web3 web4.json web5.json db1.json &&
		diff "$work/first" "$work/out"
}
check "reports in JSON tell their host and kernel" described
stdin()
{
	merges web1 web5 && cp "$work/out" "$work/first"
	"$tool" merge web1 - <web5.json >"$work/out" && diff "$work/first" "$work/out"
}
check "standard input" stdin
check "pipes" pipes
counted()
{
	run report --format json "$tests/reports/summary.txt"
	cp "$work/out" summary.json
	merges_json summary.json && [ "$(field "j['leaks']")" = 100010 ] &&
		[ "$(field "j['unlisted_leaks'], j['unlisted_bytes']")" = "(7, 896)" ]
}
check "JSON of a summary" counted
suppressed()
{
	echo "leak:old_leak" >patterns
	merges --suppress patterns web1 db1 && grep -q '^1 bug in 2 reports.*: 1 leak, 64 bytes$' \
		"$work/out" && grep -qx 'suppressed: 2 leaks, 128 bytes' "$work/out"
}
check "suppressions" suppressed

# kernels <release...>: ordered from the oldest to the newest.
kernels()
{
	rm -rf order
	i=0
	for release; do
		i=$((i + 1))
		tree order/$i $i "$release"
	done
	merges_json order/*
	[ "$(field "' '.join(j['kernels'])")" = "$*" ]
}
check "order of releases" kernels 3.10.0-1160.el7.x86_64 4.19.0 5.4.0-150-generic \
	5.15.0-rc1 5.15.0-rc10-00012-gabcdef 5.15.0 5.15.0+ 5.15.2 5.15.10 6.1.0-9-amd64 \
	6.1.0-25-amd64 '6.12~rc6-amd64' 6.12 6.12.3 7.0.0

# ---- What is no report ----

check "no report" refuses "name at least one report" merge
check "a file that is not there" refuses "nothing: No such file" merge web1 nothing
check "a file that is no report" refuses "leak.sh: " merge web1 "$tests/leak.sh"
check "a report that is named twice" refuses "named twice" merge web1 6.9 ./6.9
check "a tree that is named twice" refuses "named twice" merge web1 web2 web1/
mkdir -p empty/sys/kernel/debug
touch empty/sys/kernel/debug/clear_warn_once
check "a tree without a detector" refuses "CONFIG_DEBUG_KMEMLEAK" merge web1 empty
check "a format that is none" refuses "no such format" merge --format pprof web1
kept()
{
	echo precious >"$work/kept"
	refuses "No such file" merge -o "$work/kept" web1 nothing && grep -qx precious "$work/kept"
}
check "an output file outlives wrong input" kept
# bad_json <text of error> <JSON>
bad_json()
{
	printf '%s' "$2" >bad.json
	refuses "bad.json: " merge web1 bad.json && grep -qF -e "$1" "$work/err"
}
check "JSON that is no report" bad_json 'no "groups"' '{"a": [1, {"b": null}], "c": "d"}'
check "JSON that is empty" bad_json 'no "groups"' '{}'
check "JSON that is a list" bad_json "no line of a leak" '[]'
check "JSON that is cut off" bad_json "cut off" '{"groups": [{"bytes": 1, '
check "JSON that is cut off between groups" bad_json "cut off" \
	'{"groups": [{"bytes": 1, "objects": 1, "stack": []},'
check "JSON with more behind it" bad_json "after its end" '{"groups": []} {'
check "JSON that is wrong" bad_json "no JSON" '{"groups": [}'
check "groups that are none" bad_json "no list" '{"groups": 3}'
check "a group that is none" bad_json 'group 1' '{"groups": [3]}'
check "a group without bytes" bad_json 'group 2 has no number "bytes"' \
	'{"groups": [{"objects": 1, "bytes": 1, "stack": []}, {"objects": 1, "stack": []}]}'
check "fewer than no bytes" bad_json 'no number "bytes"' \
	'{"groups": [{"objects": 1, "bytes": -1, "stack": []}]}'
check "a stack that is none" bad_json 'no list "stack"' \
	'{"groups": [{"objects": 1, "bytes": 1, "stack": {}}]}'
check "a frame that is none" bad_json 'no string "text"' \
	'{"groups": [{"objects": 1, "bytes": 1, "stack": [{"text": 3}]}]}'
huge='{"objects": 1, "bytes": 18446744073709551615, "stack": []}'
check "more bytes than a number holds" bad_json "too large" "{\"groups\": [$huge, $huge]}"
echo "{\"groups\": [$huge]}" | tee huge1 >huge2
check "more bytes than a number holds, in two reports" refuses "huge2: " merge huge1 huge2
hostile()
{
	printf '%s' '{"host": "a\u001b[31mb", "kernel": "6\n7",
		"groups": [{"objects": 1, "bytes": 8,
		"stack": [{"text": "f\u0000\u001bx+0x1/0x2"}]}]}' >hostile.json
	merges hostile.json && ! grep -q '[^[:print:]]' "$work/out" && grep -qF '6?7' "$work/out"
}
check "names that a terminal would trip over" hostile

# ---- A hundred hosts ----

# Of ten thousand leaks each, of which half are on all hosts and half on one.
fleet()
{
	mkdir -p fleet
	python3 - fleet <<-'END'
	import os, sys
	for host in range(100):
	    lines = []
	    for i in range(10000):
	        name = f"shared_{i}" if i % 2 else f"own_{host}_{i}"
	        lines.append(f"unreferenced object 0x{0x80000000 + i * 64:x} (size 64):\n"
	                     '  comm "modprobe", pid 1093, jiffies 4295101244 (age 37.484s)\n'
	                     "  backtrace (crc 5c38dc12):\n"
	                     "    __kmalloc_cache_noprof+0x1b3/0x2f0\n"
	                     f"    {name}+0x{host:x}/0x140 [module_{i % 7}]\n")
	        for frame in range(5):
	            lines.append(f"    caller_{i * frame % 499}_{frame}+0x{host + 16:x}/0x140\n")
	    with open(os.path.join(sys.argv[1], f"host{host}"), "w") as report:
	        report.write("".join(lines))
	END
}
hundred()
{
	python3 "$tests/limits.py" "$1" "$2" "$tool" merge fleet/* >"$work/out"
	head -n 4 "$work/out"
	grep -q '^505000 bugs in 100 reports of 100 hosts.*: 1000000 leaks, 64000000 bytes' \
		"$work/out" &&
		[ "$(grep -c '^ *100  *100  *6400 .* shared_' "$work/out")" = 5000 ] &&
		[ "$(grep -c '^ *1  *1  *64 .* own_' "$work/out")" = 500000 ]
}
# Sanitizers make it slower, and need memory of their own.
if nm -D "$tool" 2>/dev/null | grep -q __asan_init; then
	skip "a hundred reports of 10,000 leaks in 30 s and 500 MB" \
		"the tool is built with sanitizers"
else
	check "a hundred reports are written" fleet
	check "a hundred reports of 10,000 leaks in 30 s and 500 MB" hundred 30 500
fi

finish
