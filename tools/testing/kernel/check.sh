#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every test, one line each: "ok name", "FAIL name" or "SKIP name". What was skipped,
# was flaky or failed is named again at the end, with what it said, and the last line
# is "N passed, N failed, N skipped". Logs are in build/check; runner.sh tells what
# they are, and what counts as flaky.
#
# ONLY=<word> runs the parts whose name contains the word, and builds what they need.
# FAST=1 runs those that one wants after each commit. LIMIT=<minutes> begins nothing
# more after that time.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
: "${ONLY:=}" "${FAST:=}"

logs=$build/check
. "$here/runner.sh"
. "$here/plan.sh"
. "$here/kernels.sh"
begin_plan

# A list of parts for FAST=1, by their names.
fast_parts="harness
tool
um $base kunit
um $base zoo
um $base selftest"

wanted()
{
	[ -z "$FAST" ] || grep -qxF -- "$1" <<<"$fast_parts" || return 1
	[ -z "$ONLY" ] || [[ $1 == *"$ONLY"* ]]
}

# ---- The parts ----

# The base's own sample, built by itself against our kernel.
part_sample()
{
	local m copy=$logs/sample-${kernel[1]#ARCH=}-${kernel[0]#BASE=}
	mkdir -p "$copy"
	cp "$build/${kernel[0]#BASE=}/upstream/src/samples/kmemleak/"* "$copy/"
	m=$(modules_of "$copy") || return
	in_guest base-sample.sh "MODULES=$m" APPEND=no_hash_pointers
}

# The selftests of the base's own detector, which the older base does not have.
part_base_tests()
{
	local root
	root=$(env "${kernel[@]}" "$here/base-tests-root.sh" | tail -n 1) || return
	in_guest base-tests.sh MODULES= "OVERLAY=$root"
}

# The leak zoo: every leak is found by one scan, and nothing else is reported.
part_zoo()
{
	local m
	m=$(modules_of "$top/samples/kmemleak") || return
	in_guest zoo.sh "MODULES=$m" TIMEOUT=1500
}

# The user's tool in a guest: from "memory is gone" to the line.
part_tool()
{
	local root
	root=$(env "${kernel[@]}" "$here/tool-root.sh" | tail -n 1) || return
	in_guest tool.sh MODULES= "OVERLAY=$root"
}

# A dead machine, of which gdb is asked.
part_crash()
{
	env "${kernel[@]}" "$here/crash.sh"
}

part_kunit()
{
	in_guest kunit.sh APPEND="kunit.enable=1 kunit.autorun=1"
}

part_kfence()
{
	in_guest kfence.sh APPEND=kfence.sample_interval=1
}

# A guest with so little memory that to use it up takes no time.
part_oom()
{
	in_guest oom.sh MEM=256M
}

part_off()
{
	in_guest off.sh APPEND=kmemleak=off
}

# What new objects are filled with. All other guests have the default.
wipe()
{
	in_guest wipe.sh \
		APPEND="kunit.enable=1 kunit.autorun=1 kunit.filter_glob=kmemleak_wipe kmemleak.wipe=$1"
}

part_wipe_zero()
{
	wipe zero
}

part_wipe_off()
{
	wipe off
}

part_wipe_nonsense()
{
	wipe nonsense
}

# A guest that is to panic at the leak that it prints.
part_panic()
{
	local rc=0
	in_guest panic.sh TIMEOUT=120 >"$logs/panic.console" 2>&1 || rc=$?
	cat "$logs/panic.console"
	! grep -aE "$splat" "$logs/panic.console" | grep -av 'Kernel panic' || return 1
	[ $rc = 125 ] && sed -n '/^# the scan that is to panic/,$p' "$logs/panic.console" |
		tr '\n' '~' | grep -q 'unreferenced object.*shape_leak+.*Kernel panic.*kmemleak: 1 new'
}

# In a kernel whose detector is off until it is wanted.
part_clients_on()
{
	in_guest clients.sh APPEND=kmemleak=on
}

part_lint()
{
	env "${kernel[@]}" "$here/lint.sh"
}

part_infrastructure()
{
	env "${kernel[@]}" "$here/selftest.sh"
}

# All parts leave so many GB in build/. Once a log cannot be written, guests and the check
# itself fail in many ways, none of which tells why.
has_room()
{
	local free used
	free=$(df --output=avail -BM "$build" | tail -n 1 | tr -dc 0-9)
	used=$(du -sm "$build" | cut -f 1)
	[ $((free + used)) -lt $(($1 * 1024)) ] || return 0
	echo "== $free MB are free for build/: all of the check takes $1 GB" >&2
	return 1
}

# These are no guests, or start guests of their own.
kind_of()
{
	case $1 in
	crash | panic | lint | infrastructure) echo host ;;
	*) echo guest ;;
	esac
}

# ---- What is built, and what runs in it ----

"$here/packages.sh" || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }
if [ -z "$FAST$ONLY" ] && ! has_room 6; then
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
fi

# What takes longest comes first. Kernels of one base and architecture share what they
# can: the suites of KUnit and what else a part wants are off until the command line
# says so.
base_tests=
[ "$base" = 6.12 ] || base_tests=base_tests
# shellcheck disable=SC2086
tests "um $base" zoo report infrastructure clients log selftest kunit lint stress tool \
	sample off panic shortage wipe_zero wipe_off wipe_nonsense $base_tests \
	-- BASE="$base" ARCH=um CONFIG=trace,kunit
tests "x86_64 $base" zoo network clients log selftest oom stress sample \
	-- BASE="$base" ARCH=x86_64
tests "x86_64 $base debug" selftest stress network scale \
	-- BASE="$base" ARCH=x86_64 CONFIG="${kernel_config[kasan]}"
tests "x86_64 $base probes" report kfence tool crash kunit \
	-- BASE="$base" ARCH=x86_64 CONFIG="${kernel_config[kfence]}"
[ "$base" = 7.3 ] || tests "um 7.3" zoo report network clients log selftest kunit stress \
	sample base_tests \
	-- BASE=7.3 ARCH=um CONFIG=trace,kunit
tests "um $base default-off" clients_on clients \
	-- BASE="$base" ARCH=um CONFIG=trace,kunit,default-off
tests "um $base early" early -- BASE="$base" ARCH=um CONFIG=trace,kunit,early
! compgen -G "$here/bench-icount-$base-*.json" >/dev/null ||
	alone guest "bench instructions $base" env BASE="$base" "$here/bench-check.sh"
alone host "series $base" env BASE="$base" "$here/check-series.sh"
# Not in the chroot that it makes.
if [ -n "${KMEMLEAK_SUITE:-}" ]; then
	:
elif unshare --mount true 2>/dev/null; then
	alone host "Debian 13" env QUICK=1 SUITE=trixie "$here/check-debian.sh"
else
	! wanted "Debian 13" || skipped "Debian 13" "only root can make a chroot"
fi

start_builds
! wanted runner || beside part host runner "$here/runner-test.sh"
! wanted kernels || beside part host kernels "$here/kernels-test.sh"
! wanted structure || beside part host structure "$here/structure-test.sh"
! wanted harness || beside part host harness make -s -C "$top/tools/testing/kmemleak" check
! wanted tool || beside part host tool "$here/tool-check.sh"
test_plan
end_plan
[ -z "$FAST$ONLY" ] || echo "== these are parts of the check, not all of it"
tell_parts
