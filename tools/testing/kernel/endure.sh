#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The tests that are hard on the detector, for MINUTES each: allocations
# that fail, memory that runs out, an attack on the files, and on x86_64 CPUs and memory
# that come and go. There, OBJECTS objects are scanned as well, however long it takes: on
# um, with so much memory, many a pair of small numbers is the address of one of them.
# TEST=<name> runs one of them, SEED=<number> repeats an attack. The consoles' logs are
# build/endure/<base>-<arch>/<test>.log.
set -euo pipefail
: "${ARCH:=um}" "${TEST:=}" "${SEED:=}"
tests="shortage oom attack"
CONFIG="trace kunit watchdogs ${CONFIG:-}"
if [ "$ARCH" = x86_64 ]; then
	tests="$tests hotplug scale"
	CONFIG="$CONFIG hotplug"
fi
. "$(dirname "$0")/lib.sh"

: "${MINUTES:=10}" "${OBJECTS:=10000000}"
case $MINUTES in
*[!0-9]* | 0*) die "MINUTES=$MINUTES is not a number of minutes" ;;
esac
case $OBJECTS in
*[!0-9]* | 0*) die "OBJECTS=$OBJECTS is not a number of objects" ;;
esac
case $SEED in
*[!0-9]*) die "SEED=$SEED is not a number" ;;
esac
case " $tests " in
*" ${TEST:-$tests} "*) ;;
*) die "TEST=$TEST is none of $tests on $ARCH" ;;
esac
export BASE ARCH DETECTOR CONFIG KSRC CPUS MEM APPEND

selftests=$top/tools/testing/selftests/kmemleak
dir=$build/endure/$BASE-$ARCH
over=$dir/overlay
rm -rf "$dir"
mkdir -p "$over/etc"
echo $((MINUTES * 60)) >"$over/etc/endure.seconds"
echo "$OBJECTS" >"$over/etc/scale.objects"
[ -z "$SEED" ] || echo "$SEED" >"$over/etc/attack.seed"

IMAGE=$("$here/kernel.sh" | tail -n 1)
MODULES=$(M=$selftests/modules "$here/modules.sh" | tail -n 1)
export IMAGE MODULES OVERLAY="$over"

# A slow kernel may take several times as long, see the scripts.
rc=0
for test in ${TEST:-$tests}; do
	guest=(TIMEOUT=$((MINUTES * 400 + 900)))
	case $test in
	oom) guest+=("MEM=${MEM:-256M}") ;;
	scale) guest=(TIMEOUT=7200 "MEM=${MEM:-8G}") ;;
	hotplug) guest+=("CPUS=${CPUS:-3}" "MEM=${MEM:-1280M}"
			 "APPEND=${APPEND:-} movablecore=768M") ;;
	esac
	say "$test"
	env "${guest[@]}" SCRIPT="$selftests/$test.sh" "$here/boot.sh" 2>&1 |
		tee "$dir/$test.log" || rc=1
	if grep -aE "$splat" "$dir/$test.log"; then
		say "the kernel log has the lines above"
		rc=1
	fi
done
exit $rc
