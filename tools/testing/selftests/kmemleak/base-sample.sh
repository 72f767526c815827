#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The sample that the base kernel has for its own detector: loaded, removed, a second
# of waiting, one scan. It leaks 26 objects on two CPUs and 25 on one, all of which
# have to be found.
# Needs kmemleak-test.ko in /modules; prints TAP, the number found and, with
# no_hash_pointers on the command line, what is missing and who holds it.
set -u
. "$(dirname "$0")/lib.sh"

echo scan=off >"$control"
wait_age
echo scan >"$control"
echo clear >"$control"

log_mark
check "the sample loads" insmod /modules/kmemleak-test.ko
check "the sample unloads" rmmod kmemleak-test
wait_ms 1000
echo scan >"$control"
cat "$control" >"$work/report"
leaks_of "$work/report" >"$work/leaks"
log_since | grep 'kmemleak: .* = ' | sed 's/.*kmemleak: //' >"$work/made"

made=$(grep -c . "$work/made")
found=$(grep -c . "$work/leaks")
echo "# found $found of $made"
if grep -qw no_hash_pointers /proc/cmdline; then
	awk 'NR == FNR { sub(/^0x0*/, "0x", $1); seen[$1] = 1; next }
	     { sub(/^(0x)?0*/, "0x", $NF) }
	     !($NF in seen) { print "# missing:", $0 }' "$work/leaks" "$work/made" \
		>"$work/missing"
	cat "$work/missing"
	who_holds $(sed 's/.* = //' "$work/missing")
fi
check "the sample leaks what it says" test "$made" -ge 24
check "one scan finds all leaks" test "$found" -ge "$made"
check "and nothing else" test "$found" -le "$made"
check "clients understand every line of the report" \
	check_grammar "$work/report"
finish
