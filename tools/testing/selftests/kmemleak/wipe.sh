#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A kernel that was booted with kmemleak.wipe= and some value: the detector does as it
# says, or as by default if it is none, and finds leaks. The KUnit suite kmemleak_wipe ran
# at boot. Needs kmemleak_cases.ko in /modules; prints TAP.
set -u
. "$(dirname "$0")/lib.sh"

results=/sys/kernel/debug/kunit/kmemleak_wipe/results
given=$(sed -n 's/.*kmemleak\.wipe=\([^ ]*\).*/\1/p' /proc/cmdline)
case $given in
pattern | zero | off) wipe=$given ;;
*) wipe=pattern ;;
esac

told()
{
	dmesg | grep "kmemleak: wipe="
	dmesg | grep -q "kmemleak: wipe=$given is not one of .*; using wipe=$wipe\$"
}

not_told()
{
	! dmesg | grep "kmemleak: wipe="
}

check "kmemleak.wipe is $wipe" test "$(cat "$parameters/wipe")" = "$wipe"
if [ "$wipe" = "$given" ]; then
	check "the log has no complaint" not_told
else
	check "the log says that $given is no value" told
fi
for value in pattern zero off; do
	check "it cannot be changed to $value" sh -c "! echo $value >$parameters/wipe"
done
check "... and has not changed" test "$(cat "$parameters/wipe")" = "$wipe"

# ---- What new objects hold ----

ran()
{
	cat "$results"
	grep -q "^ *ok [0-9]* $1\$" "$results"
}

was_skipped()
{
	cat "$results"
	grep -q "^ *ok [0-9]* $1 # SKIP" "$results"
}

check "no unit test has failed" sh -c "! grep 'not ok' $results"
case $wipe in
off)
	check "objects keep their content" ran wipe_off_keeps_content
	check "... and are not filled" was_skipped wipe_objects_filled
	;;
*)
	check "objects are filled" ran wipe_objects_filled
	check "... and do not keep their content" was_skipped wipe_off_keeps_content
	;;
esac
check "what is zeroed for its owner stays zero" ran wipe_leaves_zeroes

# ---- Leaks ----

echo scan=off >"$control"
wait_age
scan
# What KUnit may have left is not the question here.
check "clear is taken" answers clear ok
check "the module with the cases loads" insmod /modules/kmemleak_cases.ko
for i in 1 2 3 4 5 6 7 8; do
	echo leak_ring >"$cases"
done
wait_age
scan
cat "$control" >"$work/report"
# With wipe=off, the content of some object may refer to a leak.
only_leaks()
{
	leaks_of "$work/report" | cut -d ' ' -f 1 | sort >"$work/found"
	awk '$1 == "leak" { print $3 }' "$cases" | sort >"$work/made"
	[ -s "$work/found" ] || return 1
	awk 'NR == FNR { made[$1] = 1; next } !($1 in made) { print; bad = 1 }
	     END { exit bad }' "$work/made" "$work/found"
}
case $wipe in
off) check "leaks are found, and nothing else" only_leaks ;;
*) check "all leaks are found, and nothing else" just_what_leaked "$work/report" ;;
esac
echo free >"$cases"
scan
check "what was freed is no leak" empty_report
check "the module unloads" rmmod kmemleak_cases
finish
