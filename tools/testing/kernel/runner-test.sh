#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Tests of runner.sh with planted parts: what turns a check red, what is flaky, what is
# counted. Prints TAP.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0 bad=0

# planted <line...>: a check whose parts are these lines of shell; what it says is in
# $work/out, its status in $work/status.
planted()
{
	local status=0
	rm -rf "$work/counts"
	mkdir "$work/counts"
	{
		echo "set -euo pipefail; splat='$splat' logs='$work/logs' counts='$work/counts'"
		echo ". '$here/runner.sh'; begin_parts"
		# The number of times that a part has been tried, and this is one.
		echo 'tries() { echo >>"$counts/$1"; wc -l <"$counts/$1"; }'
		echo 'good() { echo "ok 1 - it works"; }'
		echo 'wrong() { echo "not ok 1 - it works"; echo "# wanted 1, got 2"; return 1; }'
		echo 'once() { if [ "$(tries "$1")" = 1 ]; then wrong; else good; fi; }'
		printf '%s\n' "$@" wait retry_parts tell_parts
	} >"$work/check"
	bash "$work/check" >"$work/out" 2>&1 </dev/null || status=$?
	echo $status >"$work/status"
}

# says <test> <status> <regular expression...>: each is a whole line of what it said;
# the last of them is the last line.
says()
{
	local what=$1 status=$2 line=ok
	shift 2
	n=$((n + 1))
	[ "$(cat "$work/status")" = "$status" ] || line="exit $(cat "$work/status"), not $status"
	for text; do
		grep -qxE -- "$text" "$work/out" || line="no line \"$text\""
	done
	tail -n 1 "$work/out" | grep -qxE -- "$text" || line="the last line is not \"$text\""
	if [ "$line" = ok ]; then
		echo "ok $n - $what"
	else
		bad=$((bad + 1))
		echo "not ok $n - $what"
		{ echo "$line; it said:"; cat "$work/out"; } | sed 's/^/# /'
	fi
}

planted 'part guest a good' 'part host b good'
says "what works is green" 0 "ok a: it works" "ok a: the kernel log is clean" \
	"5 passed, 0 failed, 0 skipped"

planted 'part guest a wrong' 'part guest b good'
says "what fails twice is red, and said" 1 "failed: a: it works" "    # wanted 1, got 2" \
	"4 passed, 2 failed, 0 skipped"

planted 'part guest a once a'
says "what fails once is flaky, with both logs" 0 \
	"FLAKY a: .*/logs/a.log and .*/logs/a.again.log" "3 passed, 0 failed, 0 skipped"

planted 'for p in a b c; do part host $p once $p; done'
says "three flaky parts are green" 0 "FLAKY c: .*" "6 passed, 0 failed, 0 skipped"

planted 'for p in a b c d; do part host $p once $p; done'
says "four are red" 1 "failed: 4 parts are flaky, more than 3" \
	"8 passed, 1 failed, 0 skipped"

planted 'die_once() { [ "$(tries a)" != 1 ]; }' 'part host a die_once'
says "a part that ends badly once is flaky, too" 0 "FLAKY a: .*" \
	"1 passed, 0 failed, 0 skipped"

for said in "WARNING: CPU: 0 PID: 1 at mm/slub.c:1 f+0x1/0x2" \
	     "BUG: KASAN: slab-use-after-free in f+0x1/0x2" "Kernel panic - not syncing: x" \
	     "WARNING: possible circular locking dependency detected"; do
	planted "noisy() { [ \"\$(tries a)\" != 1 ] || echo '[    1.000000] $said'; good; }" \
		'part guest a noisy'
	says "no second try for ${said%%[-:]*} ..." 1 "FAIL a: no splat.*" \
		"2 passed, 1 failed, 0 skipped"
done
planted 'noisy() { [ "$(tries a)" != 1 ] || echo "==1==ERROR: AddressSanitizer: x"; good; }' \
	'part host a noisy'
says "nor for a sanitizer's report" 1 "2 passed, 1 failed, 0 skipped"

planted 'hang() { sleep 1000 & wait; }' PART_LIMIT=2 'part host a hang'
says "a part that hangs is red" 1 "    it hangs: no end within 2 seconds" \
	"0 passed, 1 failed, 0 skipped"
n=$((n + 1))
if ps -e -o args= | grep -qx 'sleep 1000'; then
	bad=$((bad + 1))
	echo "not ok $n - ... and nothing of it is left"
else
	echo "ok $n - ... and nothing of it is left"
fi

planted 'part host a good' 'LIMIT=0' 'part host b good'
says "what LIMIT leaves out is skipped" 0 "SKIP b: 0 minutes are over" \
	"2 passed, 0 failed, 1 skipped"

planted 'part host a wrong' 'LIMIT=0'
says "what there is no time to try again has failed" 1 \
	"SKIP the second try of a: 0 minutes are over" "0 passed, 2 failed, 1 skipped"

planted 'skips() { echo "ok 1 - x # SKIP not here"; }' 'part host a skips'
says "a test that skips is counted as such" 0 "SKIP a: x # SKIP not here" \
	"1 passed, 0 failed, 1 skipped"

planted
says "a check without a test is red" 1 "0 passed, 0 failed, 0 skipped"

planted 'luck() { printf "%s\n" "# coincidence: x: missed once" "# 0x8: who" "zoo: x"; good; }' \
	'part guest a luck'
says "coincidences of the zoo are told and counted" 0 "# 0x8: who" "1 coincidences: .*" \
	"3 passed, 0 failed, 0 skipped"

planted 'luck() { printf "# coincidence: %s\n" 1 2 3 4; good; }' 'part guest a luck'
says "four of them are red" 1 "failed: 4 coincidences, more than 3" \
	"3 passed, 1 failed, 0 skipped"

planted 'die_of_splat() { if [ "$(tries a)" = 1 ]; then echo "BUG: x"; return 1; fi; }' \
	'part host a die_of_splat'
says "no second try where a part with guests of its own fails and splats" 1 \
	"FAIL a: no splat.*" "0 passed, 2 failed, 0 skipped"

planted 'part host a good' 'part host a good'
says "two parts of one name are red" 1 "FAIL a: there are two of that name" \
	"2 passed, 1 failed, 0 skipped"

planted 'killed() { kill -KILL $BASHPID $killed; sleep 9; }' \
	'(killed=$BASHPID; part host a killed) || true'
says "a part that is killed is red" 1 "0 passed, 1 failed, 0 skipped"

planted 'part host "a b" good' 'part host "c/d" good'
says "what took longest is said" 0 "== what took longest, seconds" "0 a b" \
	"4 passed, 0 failed, 0 skipped"

echo "1..$n"
[ $bad = 0 ]
