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
base=$BASE
unset BASE ARCH DETECTOR CONFIG KSRC M SCRIPT MODULES APPEND CPUS MEM TIMEOUT ICOUNT
unset COMPACT PART KERNELS QUICK ROUNDS RECORD JSON QEMU OVERLAY IMAGE SIGNOFF
unset KMEMLEAK_LOCKED KMEMLEAK_TREES
: "${ONLY:=}" "${FAST:=}"

logs=$build/check
selftests=$top/tools/testing/selftests/kmemleak
. "$here/runner.sh"
mkdir -p "$build"
exec 6>>"$build/check.lock"
flock -n 6 || die "another check runs in this checkout"
begin_parts

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

# in_guest <script> [VAR=value...]: in the kernel of this part.
in_guest()
{
	local script=$1 limit=900
	shift
	# Half of the memory is half of the struct pages that a scan reads.
	case ${kernel[*]} in
	*kasan*) limit=1700; set -- MEM=512M "$@" ;;
	esac
	env TIMEOUT=$limit "${kernel[@]}" "$@" SCRIPT="$selftests/$script" "$here/boot.sh"
}

# modules_of <directory>: built for the kernel of this part; the last line is where.
modules_of()
{
	env "${kernel[@]}" M="$1" "$here/modules.sh" | tail -n 1
}

# The base's own sample, built by itself against our kernel.
part_sample()
{
	local m copy=$logs/sample-${kernel[1]#ARCH=}-${kernel[0]#BASE=}
	mkdir -p "$copy"
	cp "$build/${kernel[0]#BASE=}/upstream/src/samples/kmemleak/"* "$copy/"
	m=$(modules_of "$copy") || return
	in_guest base-sample.sh "MODULES=$m" APPEND=no_hash_pointers
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

# These are no guests, or start guests of their own.
kind_of()
{
	case $1 in
	crash | panic | lint | infrastructure) echo host ;;
	*) echo guest ;;
	esac
}

# kernel_part <name of a kernel> <test>
kernel_part()
{
	if [ "$(type -t "part_$2")" = function ]; then
		part "$(kind_of "$2")" "$1 $2" "part_$2"
	else
		part guest "$1 $2" in_guest "$2.sh"
	fi
}

# ---- What is built, and what runs in it ----

plan=()
# Seconds, with those that it waits for other builds.
build_limit=2400

# tests <name> <test...> -- BASE=<base> ARCH=<arch> [CONFIG=...]: parts in one kernel.
tests()
{
	local name=$1 test list=
	shift
	while [ "$1" != -- ]; do
		! wanted "$name $1" || list="$list $1"
		shift
	done
	shift
	[ -z "$list" ] || plan+=("kernel|$name|${list# }|$*")
}

# alone <kind> <name> <command...>: a part that builds, and has the machine for that.
alone()
{
	! wanted "$2" || plan+=("alone|$2|$1|${*:3}")
}

# build_kernel <number> <VAR=value...>: the kernel, and the modules of the selftests
# for it. Leaves in $logs/<number>.kernel what boots it with these, without a look
# whether it has to be built.
build_kernel()
{
	local number=$1 name log start=$SECONDS image modules took
	shift
	name="build $*"
	log=$logs/$(slug "$name").log
	if [ "$1" != "BASE=$base" ] && ! env "$1" "$here/fetch.sh" >"$log" 2>&1 &&
	   grep "the archive has no" "$log" >"$logs/$number.missing"; then
		return
	fi
	if image=$(env "$@" timeout $build_limit "$here/kernel.sh" 2>>"$log" </dev/null |
		   tail -n 1) &&
	   modules=$(env "$@" IMAGE="$image" M="$selftests/modules" "$here/modules.sh" \
		2>>"$log" </dev/null | tail -n 1); then
		# shellcheck disable=SC2034
		local kernel=("$@" "IMAGE=$image" "MODULES=$modules")
		declare -p kernel >"$logs/$number.kernel"
		echo "ok $name ($((SECONDS - start)) s)"
	else
		echo "FAIL $name ($((SECONDS - start)) s)"
		{ echo "failed: $name"; tail -n 15 "$log" | sed 's/^/    /'; } |
			tee "${log%.log}.failures" >&2
	fi | tee "${log%.log}.results"
	took=$((SECONDS - start))
	echo "$took $name" >>"$logs/parts"
}

# In the order of the plan; tells the number of each on stdout when it is done, and the
# rest on descriptor 4. Guests, which sleep half of their time, come before builds. With
# a larger distance, one busy process on each CPU of the host would starve the builds.
build_plan()
{
	local number what name list vars
	renice -n 3 -p $BASHPID >/dev/null 2>&1 || true
	for number in "${!plan[@]}"; do
		IFS='|' read -r what name list vars <<<"${plan[number]}"
		# shellcheck disable=SC2086
		case $what in
		kernel) time_is_over || build_kernel "$number" $vars ;;
		alone) part "$list" "$name" $vars ;;
		esac >&4
		echo "$number"
	done
}

# test_plan: the parts of each kernel that has been built; numbers are on descriptor 3.
test_plan()
{
	local number what name list vars test told=0
	while read -r number <&3; do
		told=$((told + 1))
		IFS='|' read -r what name list vars <<<"${plan[number]}"
		[ "$what" = kernel ] || continue
		if [ ! -e "$logs/$number.kernel" ]; then
			for test in $list; do
				skipped "$name $test" "$(cat "$logs/$number.missing" 2>/dev/null ||
					echo "its kernel was not built")"
			done
			continue
		fi
		# shellcheck disable=SC1090
		. "$logs/$number.kernel"
		for test in $list; do
			beside kernel_part "$name" "$test"
		done
	done
	[ $told = ${#plan[@]} ] ||
		echo "FAIL all is built: the builder ended after $told of ${#plan[@]}" |
			tee "$logs/builder.results"
}

"$here/packages.sh" || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }

# What takes longest comes first. Kernels of one base and architecture share what they
# can: the suites of KUnit and what else a part wants are off until the command line
# says so.
tests "um $base" zoo report infrastructure clients selftest kunit lint stress tool sample \
	off panic wipe_zero wipe_off wipe_nonsense -- BASE="$base" ARCH=um CONFIG=trace,kunit
tests "x86_64 $base" zoo network clients selftest stress sample \
	-- BASE="$base" ARCH=x86_64
tests "x86_64 $base debug" selftest stress network \
	-- BASE="$base" ARCH=x86_64 CONFIG=debug,kasan,randstruct
tests "x86_64 $base probes" report kfence tool crash kunit \
	-- BASE="$base" ARCH=x86_64 CONFIG=kunit,probes,debuginfo,kfence
[ "$base" = 7.3 ] || tests "um 7.3" zoo report network clients selftest kunit stress sample \
	-- BASE=7.3 ARCH=um CONFIG=trace,kunit
tests "um $base default-off" clients_on clients \
	-- BASE="$base" ARCH=um CONFIG=trace,kunit,default-off
tests "um $base early" early -- BASE="$base" ARCH=um CONFIG=trace,kunit,early
[ ! -f "$here/bench-icount-$base.json" ] ||
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

exec 4>&1 3< <(build_plan)
builder=$!
trap 'for job in $builder $(jobs -pr); do kill_tree $job; done' EXIT
! wanted runner || beside part host runner "$here/runner-test.sh"
! wanted structure || beside part host structure "$here/structure-test.sh"
! wanted harness || beside part host harness make -s -C "$top/tools/testing/kmemleak" check
! wanted tool || beside part host tool "$here/tool-check.sh"
test_plan
wait
builder=
retry_parts
[ -z "$FAST$ONLY" ] || echo "== these are parts of the check, not all of it"
tell_parts
