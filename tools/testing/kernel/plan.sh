#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Sourced after lib.sh and runner.sh by what builds kernels and runs parts in their
# guests: a plan is made with tests() and alone(), and carried out by start_builds(),
# test_plan() and end_plan(). One process builds, one kernel after the other; beside it
# the parts of those that are built run.
#
# The caller sets $logs, defines wanted <name of a part>, and calls begin_plan first. It
# may define part_<test> for a test that is not the guest's script <test>.sh, and kind_of
# <test> for one that is no guest. With $skip_refused it skips the kernels that the base
# or the compiler cannot have, which else are failures.

selftests=$top/tools/testing/selftests/kmemleak
base=$BASE
# Further VAR=value for the guests of a kernel, quoted, by the kernel's name.
declare -A guest_options

begin_plan()
{
	unset BASE ARCH DETECTOR CONFIG KSRC M SCRIPT MODULES APPEND CPUS MEM TIMEOUT ICOUNT
	unset COMPACT PART KERNELS QUICK ROUNDS RECORD JSON QEMU OVERLAY IMAGE SIGNOFF
	unset CONFIGURE KMEMLEAK_LOCKED KMEMLEAK_TREES
	mkdir -p "$build"
	exec 6>>"$build/check.lock"
	flock -n 6 || die "another check runs in this checkout"
	begin_parts
}

# in_guest <script> [VAR=value...]: in the kernel of this part.
in_guest()
{
	local script=$1 limit=1800
	shift
	# A host may be three times as slow as the ones these were written on, where none takes
	# more than 500 seconds. Half of the memory is half of the struct pages that a scan reads.
	case ${kernel[*]} in
	*kasan* | *kcsan*) limit=2400; set -- MEM=512M "$@" ;;
	esac
	env TIMEOUT=$limit "${kernel[@]}" "$@" SCRIPT="$selftests/$script" "$here/boot.sh"
}

# modules_of <directory>: built for the kernel of this part; the last line is where.
modules_of()
{
	env "${kernel[@]}" M="$1" "$here/modules.sh" | tail -n 1
}

kind_of()
{
	echo guest
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

plan=()
# Seconds, with those that it waits for other builds.
build_limit=3600

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

# build_kernel <number> <name> <VAR=value...>: the kernel, and the modules of the selftests
# for it. Leaves in $logs/<number>.kernel what boots it with these, without a look
# whether it has to be built; or in $logs/<number>.missing why there can be none.
build_kernel()
{
	local number=$1 of=$2 name log start=$SECONDS image modules took
	shift 2
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
		eval "kernel+=(${guest_options[$of]:-})"
		declare -p kernel >"$logs/$number.kernel"
		echo "ok $name ($((SECONDS - start)) s)"
	elif [ -n "${skip_refused:-}" ] && refusal "$log" >"$logs/$number.missing"; then
		:
	else
		echo "FAIL $name ($((SECONDS - start)) s)"
		{ echo "failed: $name"; tail -n 15 "$log" | sed 's/^/    /'; } |
			tee "${log%.log}.failures" >&2
	fi | tee "${log%.log}.results"
	took=$((SECONDS - start))
	echo "$took $name" >>"$logs/parts"
	# What was there already took no time to build.
	! grep -q '^== building' "$log" || echo $took >"$logs/$number.seconds"
}

# refusal <log of a build>: print what the base or the compiler cannot have, if that is
# why there is no kernel.
refusal()
{
	sed -n 's/^kernel\.sh: \(the base refuses .*\|gcc has no headers for its plugins\)$/\1/p' \
		"$1" | grep .
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
		kernel) time_is_over || build_kernel "$number" "$name" $vars ;;
		# It may build a kernel first.
		alone) PART_LIMIT=$((PART_LIMIT + build_limit)) part "$list" "$name" $vars ;;
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
				skipped "$name $test" "$(grep -s . "$logs/$number.missing" ||
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

start_builds()
{
	exec 4>&1 3< <(build_plan)
	builder=$!
	trap 'for job in $builder $(jobs -pr); do kill_tree $job; done' EXIT
}

end_plan()
{
	wait
	builder=
	retry_parts
}
