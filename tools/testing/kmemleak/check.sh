#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs the host tests built in directory $1, fuzz targets for $2 inputs, as one
# TAP stream. A program that dies counts as a failed test.
set -eu

dir=$1
runs=$2

run_test() {
	"$dir/$1" || echo "not ok 0 - $1 ended with status $?"
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
} | awk '
	/^(not )?ok / { sub(/ok [0-9]+/, "ok " ++tests) }
	/^not ok / { failed = 1 }
	{ print; fflush() }
	END { print "1.." tests; exit failed }
'
