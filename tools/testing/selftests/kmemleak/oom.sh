#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Memory runs out, again and again: a process takes all there is, until the OOM killer
# ends it. Beside that there are scans and a load of the allocators, for 20 seconds or
# for as long as /etc/endure.seconds says. For a guest with little memory. Needs
# kmemleak_stress.ko and kmemleak_cases.ko in /modules; prints TAP.
set -u
. "$(dirname "$0")/lib.sh"

seconds=$(seconds_wanted 20)
kills_min=3
scans_min=3

kills()
{
	sed -n 's/^oom_kill //p' /proc/vmstat
}

begin_clean

# Only the hog may be killed; that the log has no list of tasks saves time.
echo -1000 >"/proc/$$/oom_score_adj"
echo 0 >/proc/sys/vm/oom_dump_tasks
check "the load starts" insmod /modules/kmemleak_stress.ko rounds=1000000000
: >"$work/hog"
kills_before=$(kills)
"$client" hog "$work/hog" $((seconds * 5 + 60)) >"$work/killed" &

scans=0
failed_scans=0
end=$(($(now_ms) + seconds * 1000))
# A slow kernel goes on until there was some of each, and no longer than five times.
last=$(($(now_ms) + seconds * 5000))
while [ "$(now_ms)" -lt $end ] ||
      { { [ $scans -lt $scans_min ] || [ $(($(kills) - kills_before)) -lt $kills_min ]; } &&
	[ "$(now_ms)" -lt $last ]; }; do
	if echo scan >"$control" 2>/dev/null; then
		scans=$((scans + 1))
	else
		failed_scans=$((failed_scans + 1))
	fi
	cat "$control" 2>/dev/null >>"$work/false"
done
rm "$work/hog"
wait
echo "# $scans scans, $failed_scans without memory; $(cat "$work/killed") kills"
grep -E '^(untracked|stack|comm|module|indirect)_.*: [^0]' "$stats" | sed 's/^/# /'
check "the load ends" rmmod kmemleak_stress
check "memory ran out" test $(($(kills) - kills_before)) -ge $kills_min
check "scans beside that succeed" test $scans -ge $scans_min
check "no leak was reported" nothing_false
check_recovered
finish
