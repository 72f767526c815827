#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every test, one line each: "ok name (seconds)" or "FAIL name (seconds)". What failed
# is named again at the end, with what it said, and the last line is "N passed, N
# failed". Logs are in build/check. ONLY=<word> runs the tests whose name contains the
# word, and builds what they need. LIMIT=<minutes> begins nothing more after that time,
# and says of each test that it is skipped.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
base=$BASE
unset BASE ARCH DETECTOR CONFIG KSRC M SCRIPT MODULES APPEND CPUS MEM TIMEOUT ICOUNT
unset COMPACT PART KERNELS QUICK ROUNDS RECORD JSON QEMU OVERLAY IMAGE
: "${ONLY:=}" "${LIMIT:=}"

logs=$build/check
selftests=$top/tools/testing/selftests/kmemleak
rm -rf "$logs"
mkdir -p "$logs"
: >"$logs/results"
: >"$logs/failures"
: >"$logs/skipped"

"$here/packages.sh" || { echo "0 passed, 1 failed"; exit 1; }

record()
{
	echo "$1 $2${3:+ ($3 s)}" | tee -a "$logs/results"
	[ "$1" = FAIL ] || return 0
	echo "failed: $2" >>"$logs/failures"
	[ ! -f "${4:-}" ] || tail -n 15 "$4" | sed 's/^/    /' >&2
}

skipped()
{
	echo "skipped: $1, as $2" | tee -a "$logs/skipped"
}

wanted()
{
	[ -z "$ONLY" ] || [[ $1 == *"$ONLY"* ]] || return 1
	[ -z "$LIMIT" ] || [ $SECONDS -lt $((LIMIT * 60)) ] && return 0
	skipped "$1" "$LIMIT minutes are over"
	return 1
}

# run <name> <command...>: passes when the command does.
run()
{
	local name=$1 log start=$SECONDS
	shift
	log=$logs/$(echo "$name" | tr ' /' '--').log
	if "$@" >"$log" 2>&1 </dev/null; then
		record ok "$name" $((SECONDS - start))
	else
		record FAIL "$name" $((SECONDS - start)) "$log"
	fi
}

# Each line of TAP in log $2 is a test of its own. The first lines of what one that
# failed said are kept.
record_tap()
{
	tr -d '\r' <"$2" | sed -n "s/^ok [0-9]* *-* */ok $1: /p; s/^not ok [0-9]* *-* */FAIL $1: /p" |
		tee -a "$logs/results"
	tr -d '\r' <"$2" | awk -v name="$1" -v said=8 '
	sub(/^not ok [0-9]* *-* */, "") { print "failed: " name ": " $0; said = 0; next }
	/^ok / { said = 8 }
	/^# / && said++ < 8 { print "    " $0 }' >>"$logs/failures"
}

# host <name> <command...>: its TAP counts, and so does its end.
host()
{
	local name=$1 log start=$SECONDS rc=0
	shift
	log=$logs/$(echo "$name" | tr ' /' '--').log
	"$@" >"$log" 2>&1 </dev/null || rc=$?
	record_tap "$name" "$log"
	if [ $rc = 0 ]; then
		record ok "$name" $((SECONDS - start))
	else
		record FAIL "$name" $((SECONDS - start)) "$log"
	fi
}

# guest <name> <script> [VAR=value...]: boots the kernel built last; the script's TAP
# counts, and so does its end and a quiet kernel log.
guest()
{
	local name=$1 script=$2 log start=$SECONDS rc=0
	shift 2
	log=$logs/$(echo "$name" | tr ' /' '--').log
	env TIMEOUT=900 "${kernel[@]}" "$@" SCRIPT="$script" "$here/boot.sh" >"$log" 2>&1 </dev/null || rc=$?
	record_tap "$name" "$log"
	if grep -qE "$splat" "$log"; then
		grep -E "$splat" "$log" | head -n 3 | sed 's/^/    /' >&2
		record FAIL "$name: the kernel log is clean" $((SECONDS - start))
	else
		record ok "$name: the kernel log is clean" $((SECONDS - start))
	fi
	if [ $rc = 0 ]; then
		record ok "$name: the script ends well" $((SECONDS - start))
	else
		record FAIL "$name: the script ends well (exit $rc)" $((SECONDS - start)) "$log"
	fi
}

# beside <command...>: runs it beside others, three for two CPUs, as most of them sleep
# half of their time.
beside()
{
	while [ "$(jobs -pr | wc -l)" -ge $((($(nproc) * 3 + 1) / 2)) ]; do
		wait -n || true
	done
	"$@" &
}

# kernel <VAR=value...>: builds a kernel and the modules of the selftests for it,
# leaves in $kernel what boots it with these, without a look whether it has to be built.
# Fails as a test of its own.
kernel()
{
	local name="build $*" log start=$SECONDS image modules
	log=$logs/$(echo "$name" | tr ' /' '--').log
	if ! image=$(env "$@" "$here/kernel.sh" 2>"$log" </dev/null | tail -n 1) ||
	   ! modules=$(env "$@" IMAGE="$image" M="$selftests/modules" "$here/modules.sh" \
		2>>"$log" </dev/null | tail -n 1); then
		record FAIL "$name" $((SECONDS - start)) "$log"
		return 1
	fi
	kernel=("$@" "IMAGE=$image" "MODULES=$modules")
	record ok "$name" $((SECONDS - start))
}

# tests <name> <test...> -- BASE=<base> <VAR=value...>: those of the tests that are
# wanted, in one kernel and beside each other: no build is running then. A test is the
# function test_<test>, or else the script of that name in a guest.
tests()
{
	local name=$1 test list=()
	shift
	while [ "$1" != -- ]; do
		! wanted "$name $1" || list+=("$1")
		shift
	done
	shift
	[ ${#list[@]} != 0 ] && kernel "$@" || return 0
	for test in "${list[@]}"; do
		if [ "$(type -t "test_$test")" = function ]; then
			beside "test_$test" "$name $test"
		else
			beside guest "$name $test" "$selftests/$test.sh"
		fi
	done
	wait
}

# The base's own sample, built by itself against our kernel.
test_sample()
{
	local m
	rm -rf "$logs/sample"
	mkdir -p "$logs/sample"
	cp "$build/${kernel[0]#BASE=}/upstream/src/samples/kmemleak/"* "$logs/sample/"
	if m=$(env "${kernel[@]}" M="$logs/sample" "$here/modules.sh" 2>"$logs/sample.log" |
	       tail -n 1); then
		guest "$1" "$selftests/base-sample.sh" "MODULES=$m" APPEND=no_hash_pointers
	else
		record FAIL "$1" 0 "$logs/sample.log"
	fi
}

# The leak zoo: every leak is found by one scan, and nothing else is reported.
test_zoo()
{
	local m
	if m=$(env "${kernel[@]}" M="$top/samples/kmemleak" "$here/modules.sh" 2>"$logs/zoo.log" |
	       tail -n 1); then
		guest "$1" "$selftests/zoo.sh" "MODULES=$m" TIMEOUT=1800
	else
		record FAIL "$1" 0 "$logs/zoo.log"
	fi
}

# The user's tool in a guest: from "memory is gone" to the line.
test_tool()
{
	local root
	if root=$(env "${kernel[@]}" "$here/tool-root.sh" 2>"$logs/tool-root.log" | tail -n 1); then
		guest "$1" "$selftests/tool.sh" MODULES= "OVERLAY=$root"
	else
		record FAIL "$1" 0 "$logs/tool-root.log"
	fi
}

# A dead machine, of which gdb is asked.
test_crash()
{
	host "$1" env "${kernel[@]}" "$here/crash.sh"
}

# The KUnit suite of the capture of stacks, in a kernel with probes and tracers.
test_probes()
{
	guest "$1" "$selftests/kunit.sh" APPEND=kunit.filter_glob=kmemleak_trace
}

test_off()
{
	guest "$1" "$selftests/off.sh" APPEND=kmemleak=off
}

# A guest that is to panic at the leak that it prints.
test_panic()
{
	local log=$logs/panic.log rc=0
	env "${kernel[@]}" SCRIPT="$selftests/panic.sh" TIMEOUT=120 "$here/boot.sh" \
		>"$log" 2>&1 </dev/null || rc=$?
	if [ $rc = 125 ] && sed -n '/^# the scan that is to panic/,$p' "$log" |
		tr '\n' '~' | grep -q 'unreferenced object.*shape_leak+.*Kernel panic.*kmemleak: 1 new'; then
		record ok "$1"
	else
		record FAIL "$1 (exit $rc)" "" "$log"
	fi
}

# In a kernel whose detector is off until it is wanted.
test_clients_on()
{
	guest "$1" "$selftests/clients.sh" APPEND=kmemleak=on
}

test_lint()
{
	run "$1" env "${kernel[@]}" "$here/lint.sh"
}

test_infrastructure()
{
	host "$1" env "${kernel[@]}" "$here/selftest.sh"
}

# The tests that take longest come first.
! wanted harness || beside host harness make -s -C "$top/tools/testing/kmemleak" check
! wanted tool || beside host tool "$here/tool-check.sh"
wait

tests "um $base" zoo report infrastructure clients selftest lint stress tool sample off panic \
	-- BASE="$base" ARCH=um CONFIG=trace
tests "um $base default-off" clients_on clients \
	-- BASE="$base" ARCH=um CONFIG=trace,default-off
tests "um $base" early -- BASE="$base" ARCH=um CONFIG=trace,early
! wanted "KUnit um $base" || run "KUnit um $base" env BASE="$base" "$here/kunit.sh"

tests "x86_64 $base" zoo clients selftest stress sample -- BASE="$base" ARCH=x86_64
if [ -f "$here/bench-icount-$base.json" ] && wanted "bench instructions $base"; then
	run "bench instructions $base" env BASE="$base" "$here/bench-check.sh"
fi
tests "x86_64 $base" report tool crash -- BASE="$base" ARCH=x86_64 CONFIG=trace

if BASE=7.3 "$here/fetch.sh" >"$logs/fetch-7.3.log" 2>&1; then
	tests "um 7.3" zoo report clients selftest stress sample -- BASE=7.3 ARCH=um CONFIG=trace
else
	skipped "um 7.3" "the archive has no linux-source-7.3"
fi

! wanted "series $base" || run "series $base" env BASE="$base" "$here/check-series.sh"
tests "x86_64 $base" probes -- BASE="$base" ARCH=x86_64 CONFIG=probes
tests "x86_64 $base debug" selftest stress -- BASE="$base" ARCH=x86_64 CONFIG=debug,kasan

passed=$(grep -c '^ok ' "$logs/results" || true)
failed=$(grep -c '^FAIL ' "$logs/results" || true)
# What failed or was skipped again, for those who see no more than the end of a long log.
cat "$logs/skipped" "$logs/failures"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
