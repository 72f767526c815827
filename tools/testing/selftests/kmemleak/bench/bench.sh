#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Measures in the guest what the detector costs, or the same without one. Needs
# kmemleak_bench.ko in /modules. What it measures is said in /etc/bench.conf, as
# assignments to the variables below. Prints "bench: name value unit" lines,
# in ns (of the guest's clock) where it can be a time.
set -eu

begun=$(/script/kmemleak_macro boottime)

control=/sys/kernel/debug/kmemleak
stats=/sys/kernel/debug/kmemleak_stats
workers=/sys/module/kmemleak/parameters/workers
module=/sys/module/kmemleak_bench/parameters
bench=/sys/kernel/debug/kmemleak_bench

PARTS="pair keep macro scan memory boot"
OBJECTS="100000 1000000"	# kept objects of a scan
KEEP=200000			# and of other parts
LOOPS=10000			# of the module, in a sample
SAMPLES=30
MACRO_LOOPS=20000	# of the fastest system call; slower ones loop less
MACRO_SAMPLES=10
SCANS=3
# What is compared with each other comes by turns: a machine that is shared is faster at
# one moment than at the next.
TURNS=6
[ ! -f /etc/bench.conf ] || . /etc/bench.conf

emit()
{
	echo "bench: $*"
}

wanted()
{
	case " $PARTS " in
	*" $1 "*) ;;
	*) return 1 ;;
	esac
}

stat_of()
{
	sed -n "s/^$1: //p" "$stats"
}

tenths()
{
	awk -v t="$1" 'BEGIN { printf "%.1f\n", t / 10 }'
}

# loop NAME LOOP DEPTH CPUS
loop()
{
	echo "$2 $3 $4" >"$bench/run"
	emit "$1" "$(tenths "$(cat "$bench/run")")" ns
}

pair()
{
	local turn depth name
	for turn in $(seq "$TURNS"); do
		for depth in 4 12 24; do
			loop "pair_depth_$depth" kmalloc_64 $depth 1
		done
		[ "$(nproc)" -lt 2 ] || loop pair_depth_12_2_cpus kmalloc_64 12 2
	done
	for name in kmalloc_8 kmalloc_512 kmalloc_4096 kmem_cache bulk vmalloc percpu; do
		loop $name $name 12 1
	done
}

keep()
{
	local i
	echo 64 >$module/size
	for i in 1 2 3; do
		echo "$KEEP" >$bench/keep
		emit kept "$(tenths "$(cat $bench/keep)")" ns
		echo 0 >$bench/keep
	done
}

macro()
{
	local name ns
	/script/kmemleak_macro loops /tmp "$MACRO_LOOPS" "$MACRO_SAMPLES" >/tmp/macro
	while read -r name ns; do
		emit "$name" "$ns" ns
	done </tmp/macro
}

# time_scans NAME
time_scans()
{
	# What is reported need not be verified again and again. By ours nothing is:
	# else it is not the shape that is measured.
	echo scan >$control
	if [ -e $stats ] && [ "$(stat_of scan_verified)" != 0 ]; then
		echo "$1: $(stat_of scan_verified) objects have no reference"
		return 1
	fi
	echo clear >$control
	emit "$1" "$(/script/kmemleak_macro write $control scan "$SCANS")" ns
	[ -e $stats ] || return 0
	emit "${1}_words" "$(stat_of scan_words)" words
	emit "${1}_suspects" "$(stat_of scan_suspects)" objects
}

# scan NAME: with one worker and, where there may be, with two.
scan()
{
	local turn
	if [ ! -e $workers ]; then
		time_scans "$1"
		return
	fi
	for turn in $(seq "$TURNS"); do
		echo 1 >$workers
		time_scans "$1"
		echo 2 >$workers
		time_scans "${1}_2_workers"
	done
}

scans()
{
	local n
	[ -e $control ] || return 0
	scan scan_idle
	echo 64 >$module/size
	for n in $OBJECTS; do
		echo "$n" >$bench/keep
		scan "scan_${n}_array"
		echo 1 >$bench/link
		scan "scan_${n}_linked"
		echo 2 >$bench/link
		scan "scan_${n}_list"
		echo 0 >$bench/keep
	done
}

# In bytes, the CPUs' own lists of free pages, which MemFree leaves out, included.
mem_free()
{
	cat /proc/sys/vm/stat_refresh
	awk '/^ *pages free / { pages += $3 }
		/^ *count: / { pages += $2 }
		END { printf "%d\n", pages * 4096 }' /proc/zoneinfo
}

# What is freed by way of RCU or kept by a cache for its next user would be
# counted as no cost of whoever takes it: waits until no more memory comes back.
settle()
{
	local last=0 now same=0
	while [ $same -lt 3 ]; do
		for shrink in /sys/kernel/slab/*/shrink; do
			echo 1 >"$shrink"
		done
		sleep 0.2
		now=$(mem_free)
		# A script's own processes come and go.
		if [ $now -gt $((last + 200000)) ]; then
			same=0
			last=$now
		else
			same=$((same + 1))
		fi
	done
}

# All memory that an object takes, the module's array aside.
memory()
{
	local size n before counted
	for size in 8 16 32 64 128 256 512 1024 2048; do
		n=$((100000000 / size))
		[ $n -lt "$KEEP" ] || n=$KEEP
		echo $size >$module/size
		settle
		before=$(mem_free)
		[ ! -e $stats ] || counted=$(stat_of metadata_bytes)
		echo $n >$bench/keep
		emit memory_$size "$(awk -v b=$((before - $(mem_free))) -v n=$n \
			'BEGIN { printf "%.1f", b / n - 8 }')" bytes
		[ ! -e $stats ] ||
			emit counted_$size "$(awk -v b=$(($(stat_of metadata_bytes) - counted)) \
				-v n=$n 'BEGIN { printf "%.1f", b / n }')" bytes
		echo 0 >$bench/keep
	done
}

[ ! -e $control ] || echo scan=off >$control 2>/dev/null || control=/none
insmod /modules/kmemleak_bench.ko loops="$LOOPS" samples="$SAMPLES"
! wanted boot || emit boot "$begun" ns
! wanted pair || pair
! wanted keep || keep
! wanted macro || macro
! wanted memory || memory
! wanted scan || scans
rmmod kmemleak_bench
verify=/sys/module/kmemleak/parameters/verify_stacks
if [ -e $verify ] && [ "$(cat $verify)" != 0 ]; then
	emit stacks_verified "$(stat_of stack_verified)" stacks
	emit stack_mismatches "$(stat_of stack_mismatches)" stacks
fi
emit end 1 end
