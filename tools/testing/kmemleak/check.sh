#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs the host tests built in directory $1, fuzz targets for $2 inputs, as one
# TAP stream. A program that dies counts as a failed test.
set -eu

dir=$1
runs=$2

# ThreadSanitizer of older compilers does not take every layout of addresses.
fixed=
! setarch -R true 2>/dev/null || fixed="setarch -R"

# run_test PROGRAM [ARGUMENT...]
run_test() {
	program=$1
	shift
	$fixed "$dir/$program" "$@" || echo "not ok 0 - $program ended with status $?"
}

run_fuzz() {
	if "$dir/$1" -runs="$runs" -seed=1 -max_len=1536 -len_control=0 \
		-artifact_prefix="$dir/" >"$dir/$1.log" 2>&1; then
		echo "ok 0 - $1: $runs inputs"
	else
		sed 's/^/# /' "$dir/$1.log"
		echo "not ok 0 - $1"
	fi
}

{
	run_test pst_test
	run_fuzz pst_fuzz
	run_test grey_test
	run_test grey_races ", ThreadSanitizer"
	run_test mark_test
	run_test mark_races ", ThreadSanitizer"
} | awk '
	/^(not )?ok / { sub(/ok [0-9]+/, "ok " ++tests) }
	/^not ok / { failed = 1 }
	{ print; fflush() }
	END { print "1.." tests; exit failed }
'
