#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A kernel whose boot log has room for one entry: it loses entries and tells so
# once, and finds leaks all the same. What it no longer knows to be unimportant
# may hide one, so nine of ten have to be found. Needs kmemleak_cases.ko in
# /modules; prints TAP.
set -u
. "$(dirname "$0")/lib.sh"

echo scan=off >"$control"
check "entries were lost" test "$(stat_of early_log_lost)" -gt 0
check "one was not" test "$(stat_of early_log_used)" = 1
check "the log says once how many were lost" \
	test "$(dmesg | grep -c "kmemleak:.*$(stat_of early_log_lost)")" = 1
check "the detector is on" grep -q '^state: on$' "$stats"
wait_age
echo scan >"$control"
check "an idle system has no leaks" empty_report

check "a module loads" insmod /modules/kmemleak_cases.ko
echo all >"$cases"
cat "$cases" >"$work/all"
wait_age
echo scan >"$control"
cat "$control" >"$work/report"
leaks_of "$work/report" >"$work/leaks"
only_leaks()
{
	awk 'NR == FNR { seen[$1] = 1; next }
	     $1 != "leak" && $3 in seen { print; bad = 1 }
	     END { exit bad || !FNR }' "$work/leaks" "$work/all"
}
nine_of_ten()
{
	awk 'NR == FNR { seen[$1] = 1; next }
	     $1 == "leak" { leaks++; if ($3 in seen) found++; else print }
	     END { exit found * 10 < leaks * 9 || !leaks }' "$work/leaks" "$work/all"
}
check "only leaks are found" only_leaks
check "nine leaks of ten are found" nine_of_ten
echo free >"$cases"
check "the module unloads" rmmod kmemleak_cases
finish
