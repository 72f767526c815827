#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs the host tests built in a directory, the fuzzer of the tree for so many inputs and
# that of the detector for a part of that, tests of threads for so many seconds each. All
# is one TAP stream; a program that dies counts as a failed test.
# check.sh DIRECTORY INPUTS SECONDS
set -eu

dir=$1
runs=$2
seconds=$3

# ThreadSanitizer of older compilers does not take every layout of addresses.
fixed=
! setarch -R true 2>/dev/null || fixed="setarch -R"

# run_test PROGRAM [ARGUMENT...]
run_test() {
	program=$1
	shift
	$fixed "$dir/$program" "$@" || echo "not ok 0 - $program ended with status $?"
}

# run_fuzz PROGRAM INPUTS LENGTH
run_fuzz() {
	if "$dir/$1" -runs="$2" -seed=1 -max_len="$3" -len_control=0 -use_cmp=0 \
		-artifact_prefix="$dir/" >"$dir/$1.log" 2>&1; then
		echo "ok 0 - $1: $2 inputs"
	else
		grep -v '^#[0-9]\|NEW_FUNC' "$dir/$1.log" | sed 's/^/# /'
		echo "not ok 0 - $1"
	fi
}

{
	run_test pst_test
	run_fuzz pst_fuzz "$runs" 1536
	run_fuzz oracle_fuzz $((runs / 20)) 400
	run_test store_test
	run_test suspect_test
	run_test verdict_test
	run_test walk_test
	run_test lost_test
	run_test scale_test
	run_test comm_test
	run_test sites_test
	run_test grey_test
	run_test grey_races ", ThreadSanitizer"
	run_test mark_test
	run_test mark_races ", ThreadSanitizer"
	run_test irq_test "" "$seconds"
	run_test irq_races ", ThreadSanitizer" "$seconds"
	run_test threads_test "" "$seconds"
	run_test threads_races ", ThreadSanitizer" "$seconds"
	./planted.sh "$dir" || :
} | awk '
	/^(not )?ok / { sub(/ok [0-9]+/, "ok " ++tests) }
	/^not ok / { failed = 1 }
	{ print; fflush() }
	END { print "1.." tests; exit failed }
'
