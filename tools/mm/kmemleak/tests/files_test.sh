#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Files that are odd, damaged or large, and files that are written.
# files_test.sh <program>
set -eu
. "$(dirname "$0")/lib.sh"
trees=$tests/trees

# ---- One file among others ----

among()
{
	rm -rf "$work/import"
	mkdir "$work/import"
	cp "$trees/after/proc/meminfo" "$work/import/meminfo"
	cp "$work/odd" "$work/import/a-first"
	cp "$work/odd" "$work/import/z-last"
	run triage --from "$work/import"
	cat "$work/err"
	[ $status = 0 ] && grep -q '^MemTotal  *1018804 ' "$work/out" &&
		[ "$(grep -c 'going on without' "$work/err")" = 2 ] || return 1
	refuses "odd" triage --from "$work/odd"
}
odd()
{
	printf "$1" >"$work/odd"
	among
}
check "a zip among files" odd 'PK\003\004 packed'
check "bzip2 among files" odd 'BZh91AY packed'
check "xz among files" odd '\3757zXZ\000 packed'
check "zstd among files" odd '\050\265\057\375 packed'
cut_gzip()
{
	head -c 100000 /dev/urandom | gzip -c | head -c 500 >"$work/odd"
	among
}
check "gzip that is cut off among files" cut_gzip

# ---- Large ones ----

long_line()
{
	rm -rf "$root"
	cp -r "$trees/after" "$root"
	truncate -s 2G "$root/proc/$1"
	status=0
	(ulimit -v 1000000; timeout 20 "$tool" triage >"$work/out" 2>"$work/err") || status=$?
	cat "$work/err" "$work/out"
	[ $status = 0 ] && grep -q "^/proc/$1: File too large" "$work/out"
}
# Address space is what AddressSanitizer has much of.
nm "$tool" 2>/dev/null | grep -q __asan_init || {
	check "a line without an end in slabinfo" long_line slabinfo
	check "a line without an end in modules" long_line modules
}
many_caches()
{
	{
		echo "Mem-Info:"
		echo "100000 pages RAM"
		echo "0 pages reserved"
		echo "Unreclaimable slab info:"
		for i in {1..40000}; do echo "cache_$i 10KB 20KB"; done
	} >"$work/oom"
	timeout 20 "$tool" triage --from "$work/oom" >"$work/out" 2>&1 && return
	cat "$work/out"
	return 1
}
check "a report of 40000 caches" many_caches
long_name()
{
	python3 -c 'print("{\"host\": \"" + "h" * 100000 + "\", \"groups\": []}")' \
		>"$work/wide.json"
	refuses "too long" merge "$work/wide.json"
}
check "a host whose name has no end" long_name

# ---- What is written ----

own_input()
{
	cp "$tests/reports/ours.txt" "$work/one.txt"
	cp "$tests/reports/summary.txt" "$work/two.txt"
	refuses "one of the reports" merge -o "$work/one.txt" "$work/one.txt" "$work/two.txt" &&
		cmp "$work/one.txt" "$tests/reports/ours.txt"
}
check "merge does not replace what it reads" own_input
full()
{
	mkdir -p "$work/disk"
	echo "the old one" >"$work/disk/file"
	status=0
	(trap '' XFSZ; ulimit -f 0
	 "$tool" merge -o "$work/disk/file" "$work/one.txt" "$work/two.txt") \
		2>"$work/err" || status=$?
	cat "$work/err"
	[ $status = 2 ] && [ "$(cat "$work/disk/file")" = "the old one" ] &&
		[ "$(ls "$work/disk")" = file ]
}
check "a file is kept if the disk is full" full
device()
{
	run merge -o /dev/null "$work/one.txt" "$work/two.txt"
	[ $status = 0 ] && [ -c /dev/null ]
}
check "a device is not replaced" device
readable()
{
	rm -rf "$root"
	cp -r "$trees/after" "$root"
	(umask 077; run export --prometheus -o "$work/metrics.prom")
	[ "$(stat -c %a "$work/metrics.prom")" = 644 ]
}
check "metrics are for all to read" readable
for command in report merge; do
	private()
	{
		rm -f "$work/private"
		run "$command" -o "$work/private" "$work/one.txt" "$work/two.txt"
		[ $command = merge ] || run report -o "$work/private" "$work/one.txt"
		[ $status = 0 ] && [ "$(stat -c %a "$work/private")" = 600 ]
	}
	check "what $command writes is not" private
done

finish
