#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The sample that the base kernel has for its own detector: loaded, removed, one
# wait of two seconds, one scan. It leaks 26 objects on two CPUs, 25 on one, of
# which 24 have to be found.
# Needs kmemleak-test.ko in /modules; prints TAP and the number found.
set -u
. "$(dirname "$0")/lib.sh"

echo scan=off >"$control"
wait_age
echo scan >"$control"
echo clear >"$control"

# With hashed addresses in the log, what is missing could not be named.
log_mark
check "the sample loads" insmod /modules/kmemleak-test.ko
check "the sample unloads" rmmod kmemleak-test
wait_ms 2000
echo scan >"$control"
cat "$control" >"$work/report"
leaks_of "$work/report" >"$work/leaks"
log_since | grep 'kmemleak: .* = ' | sed 's/.*kmemleak: //' >"$work/made"

made=$(grep -c . "$work/made")
found=$(grep -c . "$work/leaks")
echo "# found $found of $made"
if grep -q '= 0x' "$work/made"; then
	awk '{ sub(/0x0+/, "0x", $NF) }
	     NR == FNR { seen[$1] = 1; next }
	     !($NF in seen) { print "# missing:", $0 }' "$work/leaks" "$work/made" \
		>"$work/missing"
	cat "$work/missing"
	who_holds $(sed 's/.* = //' "$work/missing")
fi
check "the sample leaks what it says" test "$made" -ge 24
check "one scan finds at least 24 leaks" test "$found" -ge 24
check "and nothing else" test "$found" -le "$made"
check "clients understand every line of the report" \
	check_grammar "$work/report"
finish
