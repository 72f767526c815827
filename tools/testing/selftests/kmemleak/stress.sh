#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Scans back to back, and reads the report, beside threads that allocate and
# free memory of every kind on every CPU. Needs kmemleak_stress.ko in /modules;
# ROUNDS is how many rounds each thread makes, SCANS how many scans there are to be
# at least. Prints TAP.
set -u
. "$(dirname "$0")/lib.sh"

: "${ROUNDS:=20000}" "${SCANS:=10}"
# There a round takes ten times as long, and so does a scan beside it.
if grep -qsE '^CONFIG_(KASAN|KCSAN)=y' /boot/config-*; then
	ROUNDS=5000
fi
if [ -r /script/stress.rounds ]; then
	ROUNDS=$(cat /script/stress.rounds)
fi
running=/sys/module/kmemleak_stress/parameters/running

echo scan=off >"$control"
wait_age
scan
echo clear >"$control"
# Dentries of caches that came and went are objects, too, and their memory.
drop_all()
{
	echo 2 >/proc/sys/vm/drop_caches
	shrink_all
}
drop_all
objects=$(ours && stat_of objects)

ours && echo 7 >"$parameters/verify_stacks"
# Ended by a file, not killed: um of 6.12 panics where a fork is cut short.
: >"$work/beside"
while [ -e "$work/beside" ]; do cat "$control"; done >/dev/null 2>&1 &
while [ -e "$work/beside" ]; do shrink_all; sleep 0.2; done 2>/dev/null &

# A load may end before the first scan has begun: it comes again until there were some.
scans=0
failed_scans=0
failed_loads=0
for load in $(seq 50); do
	[ "$scans" -lt "$SCANS" ] && [ $failed_loads = 0 ] || break
	insmod /modules/kmemleak_stress.ko "rounds=$ROUNDS" || { failed_loads=1; break; }
	while [ "$(cat "$running")" -gt 0 ]; do
		echo scan >"$control" || failed_scans=$((failed_scans + 1))
		scans=$((scans + 1))
	done
	rmmod kmemleak_stress || failed_loads=1
done
echo "# $scans scans beside the load, $(grep -c '^unref' "$control") leaks reported"
rm "$work/beside"
wait
check "the load starts and ends" test $failed_loads = 0
check "every scan beside the load succeeds" test "$failed_scans" = 0
check "there were scans beside the load" test "$scans" -ge "$SCANS"
wait_age
scan
check "nothing is reported afterwards" empty_report
if ours; then
	few_left()
	{
		drop_all
		echo "$objects objects before, $(stat_of objects) after"
		[ "$(stat_of objects)" -lt $((objects + 500)) ]
	}
	check "objects are as many as before" wait_for few_left
	check "known backtraces are what the unwinder sees" \
		awk '/^stack_verified/ { some = $2 }
		     /^stack_mismatches/ { bad = $2 }
		     END { print some " verified, " bad " wrong"; exit !some || bad }' "$stats"
	check "no call made no sense" \
		awk '/^bad_/ && $2 { print; bad = 1 } END { exit bad }' "$stats"
fi
finish
