#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# fuzz.sh DIRECTORY MINUTES: run the fuzzers, and the tests of threads and interrupts, for
# so long in all. The last line says what ran; fails if anything did. Inputs that reach
# new code stay in DIRECTORY/corpus, for the next time.
set -eu

dir=$1
minutes=$2
case $minutes in
'' | *[!0-9]* | 0*)
	echo "MINUTES=$minutes is not a number of minutes" >&2
	exit 2
	;;
esac

fixed=
! setarch -R true 2>/dev/null || fixed="setarch -R"
ran=
failed=

# fuzz SHARE PROGRAM LENGTH: for so many hundredths of the time.
fuzz() {
	seconds=$((minutes * 60 * $1 / 100))
	seed=$(date +%s)
	corpus=$dir/corpus/$2
	mkdir -p "$corpus"
	echo "$2: $seconds s, seed $seed"
	ran="$ran $2 $seconds s,"
	"$dir/$2" -max_total_time="$seconds" -seed="$seed" -max_len="$3" -len_control=0 \
		-use_cmp=0 -artifact_prefix="$dir/" "$corpus" >"$dir/$2.log" 2>&1 && return
	grep -v '^#[0-9]\|NEW_FUNC' "$dir/$2.log" || :
	failed="$failed $2"
}

# run SHARE PROGRAM
run() {
	seconds=$((minutes * 60 * $1 / 100))
	echo "$2: $seconds s"
	ran="$ran $2 $seconds s,"
	# shellcheck disable=SC2086
	$fixed "$dir/$2" "" "$seconds" >"$dir/$2.log" 2>&1 && return
	cat "$dir/$2.log"
	failed="$failed $2"
}

fuzz 10 pst_fuzz 1536
fuzz 45 oracle_fuzz 400
run 10 irq_test
run 10 irq_races
run 10 threads_test
run 15 threads_races

if [ -n "$failed" ]; then
	echo "fuzz: failed:$failed; the logs are in $dir"
	exit 1
fi
echo "fuzz: passed:${ran%,}"
