#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every test, one line each: "ok name (seconds)" or "FAIL name (seconds)". What failed
# is named again at the end, with what it said, and the last line is "N passed, N
# failed". Logs are in build/check. ONLY=<word> runs the tests whose name contains the
# word, and builds what they need.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
base=$BASE
unset BASE ARCH DETECTOR CONFIG KSRC M SCRIPT MODULES APPEND CPUS MEM TIMEOUT ICOUNT
unset COMPACT PART KERNELS QUICK ROUNDS RECORD JSON QEMU OVERLAY
: "${ONLY:=}"

logs=$build/check
tests=$top/tools/testing/selftests/kmemleak
rm -rf "$logs"
mkdir -p "$logs"
: >"$logs/results"
: >"$logs/failures"

"$here/packages.sh" || { echo "0 passed, 1 failed"; exit 1; }

record()
{
	echo "$1 $2${3:+ ($3 s)}" | tee -a "$logs/results"
	[ "$1" = FAIL ] || return 0
	echo "failed: $2" >>"$logs/failures"
	[ ! -f "${4:-}" ] || tail -n 15 "$4" | sed 's/^/    /' >&2
}

wanted()
{
	[ -z "$ONLY" ] || [[ $1 == *"$ONLY"* ]]
}

# run <name> <command...>: passes when the command does.
run()
{
	local name=$1 log start=$SECONDS
	shift
	wanted "$name" || return 0
	log=$logs/$(echo "$name" | tr ' /' '--').log
	if "$@" >"$log" 2>&1 </dev/null; then
		record ok "$name" $((SECONDS - start))
	else
		record FAIL "$name" $((SECONDS - start)) "$log"
		return 1
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
	local name=$1 log=$logs/$1.log start=$SECONDS rc=0
	shift
	wanted "$name" || return 0
	"$@" >"$log" 2>&1 </dev/null || rc=$?
	record_tap "$name" "$log"
	if [ $rc = 0 ]; then
		record ok "$name" $((SECONDS - start))
	else
		record FAIL "$name" $((SECONDS - start)) "$log"
	fi
}

# guest <name> <script> [VAR=value...]: boots the built kernel those variables
# name; the script's TAP counts, and so does its end and a quiet kernel log.
guest()
{
	local name=$1 script=$2 log start=$SECONDS rc=0 image
	shift 2
	wanted "$name" || return 0
	log=$logs/$(echo "$name" | tr ' /' '--').log
	env "$@" SCRIPT="$script" "$here/boot.sh" >"$log" 2>&1 </dev/null || rc=$?
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

# kernel <VAR=value...>: builds a kernel and the modules of the selftests for it
# and leaves the modules' directory in $modules. Fails as a test of its own.
kernel()
{
	local name="build $*" log start=$SECONDS
	log=$logs/$(echo "$name" | tr ' /' '--').log
	if ! env "$@" "$here/kernel.sh" >"$log" 2>&1 </dev/null ||
	   ! env "$@" M="$tests/modules" "$here/modules.sh" >"$log.modules" 2>>"$log" </dev/null; then
		record FAIL "$name" $((SECONDS - start)) "$log"
		modules=
		return 1
	fi
	modules=$(tail -n 1 "$log.modules")
	record ok "$name" $((SECONDS - start))
}

# Guests of one kernel run two at a time: no build is running then.
selftests()
{
	local name=$1
	shift
	wanted "$name selftest" || wanted "$name stress" || wanted "$name clients" || return 0
	kernel "$@" || return 0
	guest "$name selftest" "$tests/selftest.sh" "MODULES=$modules" TIMEOUT=900 "$@" &
	guest "$name stress" "$tests/stress.sh" "MODULES=$modules" TIMEOUT=900 "$@" &
	wait
	# Clients wait most of the time, and a kernel for debugging changes nothing
	# of what they see.
	case $* in
	*CONFIG=*) ;;
	*) guest "$name clients" "$tests/clients.sh" "MODULES=$modules" TIMEOUT=900 "$@" ;;
	esac
}

# The base's own sample, built by itself against our kernel.
sample()
{
	local name="$1 base sample" m
	shift
	wanted "$name" || return 0
	rm -rf "$logs/sample"
	mkdir -p "$logs/sample"
	cp "$build/$sample_base/upstream/src/samples/kmemleak/"* "$logs/sample/"
	if m=$(env "$@" M="$logs/sample" "$here/modules.sh" 2>"$logs/sample.log" | tail -n 1); then
		guest "$name" "$tests/base-sample.sh" "MODULES=$m" TIMEOUT=300 "$@"
	else
		record FAIL "$name" 0 "$logs/sample.log"
	fi
}

# The leak zoo: every leak is found by one scan, and nothing else is reported.
zoo()
{
	local name="$1 zoo" m
	shift
	wanted "$name" || return 0
	if m=$(env "$@" M="$top/samples/kmemleak" "$here/modules.sh" 2>"$logs/zoo.log" | tail -n 1); then
		guest "$name" "$tests/zoo.sh" "MODULES=$m" TIMEOUT=1800 "$@"
	else
		record FAIL "$name" 0 "$logs/zoo.log"
	fi
}

# The user's tool in a guest: from "memory is gone" to the line.
tool()
{
	local name="$1 tool" root
	shift
	wanted "$name" || return 0
	if root=$(env "$@" "$here/tool-root.sh" 2>"$logs/tool-root.log" | tail -n 1); then
		guest "$name" "$tests/tool.sh" "OVERLAY=$root" TIMEOUT=300 "$@"
	else
		record FAIL "$name" 0 "$logs/tool-root.log"
	fi
}

# What reports say, in a kernel that has trace events.
report()
{
	local name="$1 report"
	shift
	wanted "$name" || return 0
	kernel CONFIG=trace "$@" || return 0
	guest "$name" "$tests/report.sh" "MODULES=$modules" CONFIG=trace TIMEOUT=900 "$@"
}

# The KUnit suite of the capture of stacks, in a kernel with probes and tracers.
probes()
{
	local name="$1 probes"
	shift
	wanted "$name" || return 0
	kernel CONFIG=probes "$@" || return 0
	guest "$name" "$tests/kunit.sh" CONFIG=probes TIMEOUT=900 \
		APPEND=kunit.filter_glob=kmemleak_trace "$@"
}

# A guest that is to panic at the leak that it prints.
panics()
{
	local name="$1 panic_on_leak" log rc=0
	shift
	wanted "$name" || return 0
	kernel "$@" || return 0
	log=$logs/panic.log
	env "$@" SCRIPT="$tests/panic.sh" MODULES="$modules" TIMEOUT=120 "$here/boot.sh" \
		>"$log" 2>&1 </dev/null || rc=$?
	if [ $rc = 125 ] && sed -n '/^# the scan that is to panic/,$p' "$log" |
		tr '\n' '~' | grep -q 'unreferenced object.*shape_leak+.*Kernel panic.*kmemleak: 1 new'; then
		record ok "$name"
	else
		record FAIL "$name (exit $rc)" "" "$log"
	fi
}

host harness make -s -C "$top/tools/testing/kmemleak" check
host tool "$here/tool-check.sh"

sample_base=$base
selftests "um $base" BASE="$base" ARCH=um
sample "um $base" BASE="$base" ARCH=um
zoo "um $base" BASE="$base" ARCH=um
report "um $base" BASE="$base" ARCH=um
tool "um $base" BASE="$base" ARCH=um
panics "um $base" BASE="$base" ARCH=um
if [ -f "$tests/early.sh" ]; then
	if wanted "um $base early" && kernel BASE="$base" ARCH=um CONFIG=early; then
		guest "um $base early log of 1" "$tests/early.sh" "MODULES=$modules" \
			BASE="$base" ARCH=um CONFIG=early TIMEOUT=300
	fi
fi
if [ -f "$tests/off.sh" ] && wanted "um $base off"; then
	kernel BASE="$base" ARCH=um &&
		guest "um $base off" "$tests/off.sh" "MODULES=$modules" \
			BASE="$base" ARCH=um APPEND=kmemleak=off TIMEOUT=300
fi

if wanted "um $base default off" &&
   kernel BASE="$base" ARCH=um CONFIG=default-off; then
	guest "um $base default off clients" "$tests/clients.sh" "MODULES=$modules" \
		BASE="$base" ARCH=um CONFIG=default-off TIMEOUT=300 &
	guest "um $base default off, kmemleak=on clients" "$tests/clients.sh" \
		"MODULES=$modules" BASE="$base" ARCH=um CONFIG=default-off \
		APPEND=kmemleak=on TIMEOUT=300 &
	wait
fi

run "KUnit um $base" env BASE="$base" "$here/kunit.sh" || true
run "lint" env BASE="$base" "$here/lint.sh" || true
run "infrastructure" env BASE="$base" "$here/selftest.sh" || true
[ ! -f "$logs/infrastructure.log" ] || record_tap infrastructure "$logs/infrastructure.log"

selftests "x86_64 $base" BASE="$base" ARCH=x86_64
sample "x86_64 $base" BASE="$base" ARCH=x86_64
zoo "x86_64 $base" BASE="$base" ARCH=x86_64
report "x86_64 $base" BASE="$base" ARCH=x86_64
tool "x86_64 $base" BASE="$base" ARCH=x86_64 CONFIG=trace
host "x86_64 $base crash" env BASE="$base" ARCH=x86_64 CONFIG=trace "$here/crash.sh"
probes "x86_64 $base" BASE="$base" ARCH=x86_64

if BASE=7.3 "$here/fetch.sh" >"$logs/fetch-7.3.log" 2>&1; then
	sample_base=7.3
	selftests "um 7.3" BASE=7.3 ARCH=um CPUS=2
	sample "um 7.3" BASE=7.3 ARCH=um CPUS=2
	zoo "um 7.3" BASE=7.3 ARCH=um CPUS=2
	report "um 7.3" BASE=7.3 ARCH=um CPUS=2
else
	echo "skipped: um 7.3, as the archive has no linux-source-7.3"
fi

selftests "x86_64 $base debug" BASE="$base" ARCH=x86_64 CONFIG=debug
selftests "x86_64 $base kasan" BASE="$base" ARCH=x86_64 CONFIG=kasan
if [ -f "$here/bench-icount-$base.json" ]; then
	run "bench instructions $base" env BASE="$base" "$here/bench-check.sh" || true
fi
run "series $base" env BASE="$base" "$here/check-series.sh" || true

passed=$(grep -c '^ok ' "$logs/results" || true)
failed=$(grep -c '^FAIL ' "$logs/results" || true)
# What failed again, for those who see no more than the end of a long log.
cat "$logs/failures"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
