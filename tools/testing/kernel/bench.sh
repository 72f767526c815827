#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What the detector costs: kernels without a detector, with this one switched off,
# with this one, and with the base's own, one after the other for ROUNDS rounds.
# Prints a table and puts it into build/bench.json; fails if a guest does, or if
# a stack was mistaken for another one. For um times are native; for x86_64 they
# are counts of instructions, the same in every run.
#
# PART=<name,...> measures a part of it, KERNELS="..." some of the kernels, QUICK=1
# less of everything. RECORD=1 also writes the counts that bench-check.sh compares
# with. JSON is the file for the results; logs are in a directory of that name.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

: "${PART:=pair,keep,macro,memory,scan,boot}" "${KERNELS:=none off kmemleak upstream}"
: "${QUICK:=}" "${RECORD:=}" "${CPUS:=2}" "${JSON:=$build/bench.json}"
tests=$top/tools/testing/selftests/kmemleak
logs=${JSON%.json}
out=$logs/$BASE-$ARCH
parts=$(echo "$PART" | tr , ' ')

for p in $parts; do
	case $p in
	pair | keep | macro | memory | scan | boot) ;;
	*) die "PART=$p: only pair, keep, macro, memory, scan and boot are known" ;;
	esac
done
for k in $KERNELS; do
	case $k in
	none | off | kmemleak | upstream) ;;
	*) die "KERNELS=$k: only none, off, kmemleak and upstream are known" ;;
	esac
done
# Scans are timed.
[ "$ARCH" != um ] || export COMPACT=1
# How much of everything.
case $ARCH$QUICK in
um) objects="100000 1000000 4000000" keep=1000000 sizes="LOOPS=10000 SAMPLES=30" ;;
um*) objects="100000 1000000" keep=200000 sizes="LOOPS=5000 SAMPLES=20 TURNS=1" ;;
x86_64*)
	# One long sample of system calls: what RCU frees is freed within it, dozens of
	# grace periods, and what slabs and lists of free pages happened to hold before
	# is nothing. Short ones gave 1 % more or less, and stat()s that free nothing.
	objects=100000 keep=50000
	sizes="LOOPS=1000 SAMPLES=3 MACRO_LOOPS=200000 MACRO_SAMPLES=1 SCANS=2 TURNS=1"
	export ICOUNT=1
	;;
esac
case $ARCH$QUICK in
um) : "${ROUNDS:=3}" "${MEM:=2G}" ;;
*) : "${ROUNDS:=1}" "${MEM:=1G}" ;;
esac
case $ROUNDS in
'' | *[!0-9]* | 0) die "ROUNDS=$ROUNDS is not a number of rounds" ;;
esac

detector_of()
{
	case $1 in
	none | upstream) echo "$1" ;;
	*) echo kmemleak ;;
	esac
}

has_part()
{
	case " $parts " in *" $1 "*) ;; *) return 1 ;; esac
}

if [ -n "$RECORD" ]; then
	[ "$ARCH" = x86_64 ] ||
		die "RECORD=1 is for ARCH=x86_64: times cannot be compared between machines"
	case "$KERNELS" in
	*none*kmemleak* | *kmemleak*none*) ;;
	*) die "RECORD=1 wants KERNELS with none and kmemleak" ;;
	esac
	for p in pair keep macro; do
		has_part $p || die "RECORD=1 wants PART with pair, keep and macro"
	done
fi

build_kernels()
{
	local d
	for d in $(for k in $KERNELS; do detector_of "$k"; done | sort -u); do
		DETECTOR=$d M=$tests/bench "$here/modules.sh" | tail -n 1 >"$out/modules.$d"
		DETECTOR=$d "$here/kernel.sh" | tail -n 1 >"$out/image.$d"
	done
}

# guest <name of the log> <kernel> <parts> <command line>
guest()
{
	local log=$out/$1.log detector rc=0
	detector=$(detector_of "$2")
	mkdir -p "$out/overlay/etc"
	{
		echo "PARTS='$3' OBJECTS='$objects' KEEP=$keep"
		echo "$sizes"
	} >"$out/overlay/etc/bench.conf"
	say "$1"
	DETECTOR=$detector IMAGE=$(cat "$out/image.$detector") \
		MODULES=$(cat "$out/modules.$detector") OVERLAY=$out/overlay \
		SCRIPT=$tests/bench/bench.sh APPEND=$4 \
		CPUS=$CPUS MEM=$MEM TIMEOUT=3600 "$here/boot.sh" >"$log" 2>&1 || rc=$?
	# A detector that keeps a CPU for longer than the kernel likes is measured, too,
	# if it is the base's.
	if [ $rc != 0 ] || ! grep -q '^bench: end' "$log" ||
	   { grep -E "$splat" "$log" >&2 && [ "$2" != upstream ]; }; then
		tail -n 15 "$log" >&2
		die "the guest failed; see ${log#"$top/"}"
	fi
}

round()
{
	local k wanted=$parts
	# Memory is the same each time.
	[ "$1" = 1 ] || wanted=${parts/memory/}
	for k in $KERNELS; do
		case $k in
		off) guest "off-$1" off "$wanted" kmemleak=off ;;
		*) guest "$k-$1" "$k" "$wanted" "" ;;
		esac
	done
	[ "$ARCH" != um ] || ! has_part scan || boehm >"$out/host-$1.log"
}

# With two markers it tells what a second CPU of this machine is worth to a scan.
boehm()
{
	GC_MARKERS=1 GC_NPROCS=1 "$logs/boehm_mark" 1000000 10 |
		sed 's/.*/bench: boehm_mark_1M & ns/'
	GC_MARKERS=2 GC_NPROCS=2 "$logs/boehm_mark" 1000000 10 |
		sed 's/.*/bench: boehm_mark_1M_2_markers & ns/'
}

extra=
if [ "$ARCH" = um ] && has_part scan; then
	extra=libgc-dev
fi
# shellcheck disable=SC2086
"$here/packages.sh" $extra
rm -rf "$out"
mkdir -p "$out"
[ -z "$extra" ] || gcc -O2 -o "$logs/boehm_mark" "$tests/bench/boehm_mark.c" -lgc

build_kernels
if has_part boot; then
	for k in $KERNELS; do
		size "$basedir/$(detector_of "$k")/$ARCH$suffix/vmlinux" |
			awk 'NR == 2 { print "bench: image", $4, "bytes" }' >"$out/$k-image.log"
	done
fi
load=$(cut -d ' ' -f 1-3 /proc/loadavg)
for r in $(seq "$ROUNDS"); do
	round "$r"
done
case " $KERNELS " in
*" kmemleak "*)
	# Not part of the table: this guest unwinds more than it must.
	guest verify-1 kmemleak "pair keep macro" kmemleak.verify_stacks=64
	;;
esac

python3 "$here/bench.py" report "$out" "$JSON" \
	base="$BASE" arch="$ARCH" cpus="$CPUS" rounds="$ROUNDS" load="$load" \
	tools="$("$here/bench-tools.sh")"
if [ -n "$RECORD" ]; then
	table=$(BASE=$BASE "$here/bench-tools.sh" table)
	python3 "$here/bench.py" record "$JSON" "$BASE-$ARCH" "$here/$table"
fi
