#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Fails one in ten of the allocations that the detector makes, beside a load of all
# kinds, for a minute or for as long as /etc/endure.seconds says. Every loss is counted
# by its cause, nothing is reported, and coverage comes back as what was lost is freed.
#
# Fault injection in the kernel fails allocations whose backtrace has a function of
# mm/kmemleak, whatever they are for: tables, records, stack traces, buffers of a scan.
# Needs kmemleak_stress.ko and kmemleak_cases.ko in /modules; prints TAP.
set -u
. "$(dirname "$0")/lib.sh"

seconds=$(seconds_wanted 60)
faults="/sys/kernel/debug/failslab /sys/kernel/debug/fail_page_alloc"
# More per-CPU objects than ten times the records in reserve, and a tenth of them are
# fewer than the list of lost objects has room for.
kept=4000
lost_min=100
scans_min=3

# The kernel is linked in the order of mm/kmemleak/Makefile: from store/areas.c to
# modules.c, behind which there may be KUnit tests.
code_range()
{
	awk '
	$2 !~ /^[tT]$/ || NF != 3 { next }
	behind { end = $1; behind = 0 }
	$3 ~ /^(areas_drop|areas_teardown|area_add)$/ && !start { start = $1 }
	$3 ~ /^(record_scan_area|module_event|modules_teardown)$/ { behind = 1 }
	END { print "0x" start, "0x" end }' /proc/kallsyms
}

can_inject()
{
	local dir
	for dir in $faults; do
		ls -d "$dir/require-start" || return 1
	done
}

one_piece()
{
	echo "$code_start to $code_end"
	[ "$code_start" != 0x ] && [ "$code_end" != 0x ] &&
		[ $((code_end - code_start)) -gt 10000 ] &&
		[ $((code_end - code_start)) -lt 1000000 ]
}

# inject PERCENT: of the allocations by the detector fail from now on.
inject()
{
	local dir
	for dir in $faults; do
		echo 0 >"$dir/probability"
		[ "$1" != 0 ] || continue
		echo "$code_start" >"$dir/require-start"
		echo "$code_end" >"$dir/require-end"
		echo 32 >"$dir/stacktrace-depth"
		echo N >"$dir/ignore-gfp-wait"
		echo 1 >"$dir/interval"
		echo 0 >"$dir/space"
		echo -1 >"$dir/times"
		echo 0 >"$dir/verbose"
	done
	[ "$1" != 0 ] || return 0
	echo N >/sys/kernel/debug/failslab/cache-filter
	echo N >/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem
	echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
	for dir in $faults; do
		echo "$1" >"$dir/probability"
	done
}

# To open and to read a file of the detector may fail, too.
read_report()
{
	local tries=0
	until cat "$control" >"$work/report" 2>/dev/null; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || return 1
	done
}

# One scan beside the load.
look()
{
	local now
	if echo scan >"$control" 2>/dev/null; then
		scans=$((scans + 1))
	else
		failed_scans=$((failed_scans + 1))
	fi
	read_report || unread=$((unread + 1))
	[ ! -s "$work/report" ] || cat "$work/report" >>"$work/false"
	now=$(stat_of untracked_now 2>/dev/null)
	[ "${now:-0}" -le "$lost_max" ] || lost_max=$now
}

counted()
{
	local before
	before=$(sed -n "s/^$1: //p" "$work/before")
	echo "$1: $before before, $(stat_of "$1") after"
	[ "$(stat_of "$1")" -gt "$before" ]
}

# Slabs of objects that last keep what was lost in them until the next allocation there.
coverage_back()
{
	echo 2 >/proc/sys/vm/drop_caches
	shrink_all
	echo scan >"$control" || return 1
	echo "untracked objects: $lost_before before, $lost_max at most," \
		"$(stat_of untracked_now) now"
	echo "untracked pages of slabs: $pages_before before, $(stat_of scan_untracked_pages) now"
	[ "$(stat_of untracked_now)" -le $((lost_before + 16)) ] &&
		[ "$(stat_of scan_untracked_pages)" -le $((pages_before + 64)) ]
}

code=$(code_range)
code_start=${code% *}
code_end=${code#* }
check "the kernel can fail allocations by their callers" can_inject
check "the detector's code is in one piece" one_piece
[ $test_failed = 0 ] || { finish; exit 1; }

begin_clean
cat "$stats" >"$work/before"
lost_before=$(stat_of untracked_now)
pages_before=$(stat_of scan_untracked_pages)

# Ended by a file, not killed: um of 6.12 panics where a fork is cut short.
: >"$work/beside"
while [ -e "$work/beside" ]; do
	ls -lR /sys/kernel /proc/sys
	sh -c 'echo a | cat'
	"$client" sockets "$work/socket" 5
	echo 2 >/proc/sys/vm/drop_caches
	shrink_all
done >/dev/null 2>&1 &

scans=0
failed_scans=0
unread=0
failed_loads=0
lost_max=0
inject 10
end=$(($(now_ms) + seconds * 1000))
# A slow kernel goes on until there were some scans, and no longer than five times.
last=$(($(now_ms) + seconds * 5000))
while [ "$(now_ms)" -lt $end ] ||
      { [ $scans -lt $scans_min ] && [ "$(now_ms)" -lt $last ]; }; do
	insmod /modules/kmemleak_stress.ko rounds=1000000 kept=$kept || {
		failed_loads=$((failed_loads + 1))
		[ $failed_loads -lt 10 ] || break
		continue
	}
	turn=$(($(now_ms) + seconds * 1000 / 4))
	look
	while [ "$(now_ms)" -lt $turn ]; do
		look
	done
	rmmod kmemleak_stress || break
done
inject 0
rm "$work/beside"
wait

echo "# $scans scans beside the load, $failed_scans without memory;" \
	"$unread reports without memory; $failed_loads loads without memory"
grep -E '^(untracked|stack|comm|module|indirect)_.*: [^0]' "$stats" | sed 's/^/# /'
check "the load ends" test ! -e /sys/module/kmemleak_stress
check "scans beside it succeed" test $scans -ge $scans_min
check "no leak was reported" nothing_false
check "lost tables of slabs are counted" counted untracked_slab_nomem
check "lost objects outside of slabs are counted" counted untracked_range_nomem
check "... and were roots while they lived" test "$lost_max" -ge $lost_min
check "... as the address of each was noted" test "$(stat_of untracked_unknown)" = \
	"$(sed -n 's/^untracked_unknown: //p' "$work/before")"
check "lost scan areas are counted" counted untracked_area_nomem
check "coverage comes back as they are freed" wait_for coverage_back
check_recovered
finish
