#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# CPUs and blocks of memory go offline and come back while scans run back to back, for
# half a minute or for as long as /etc/endure.seconds says. For a guest with more than
# one CPU and with memory that can go: movablecore=<half of it>. Needs kmemleak_cases.ko
# in /modules; prints TAP.
set -u
. "$(dirname "$0")/lib.sh"

seconds=$(seconds_wanted 30)
turns_min=2
scans_min=3
cpus=$(ls -d /sys/devices/system/cpu/cpu[1-9]*/online 2>/dev/null)

# offline FILE: where pages are in use, it waits for them; a signal ends that.
offline()
{
	timeout 20 sh -c "echo offline >$1" 2>/dev/null
	[ "$(cat "$1")" = offline ]
}

# Blocks whose pages can all move. The last one may have a hole, and others may have what
# was allocated at boot: they cannot go.
blocks=
for block in /sys/devices/system/memory/memory[0-9]*; do
	[ "$(cat "$block/valid_zones" 2>/dev/null)" = Movable ] || continue
	offline "$block/state" || continue
	echo online_movable >"$block/state"
	blocks="$blocks $block/state"
done

turn_cpus()
{
	local turns=0 cpu
	while [ -e "$work/running" ]; do
		for cpu in $cpus; do
			echo 0 >"$cpu" && sleep 0.2
		done
		for cpu in $cpus; do
			echo 1 >"$cpu" && sleep 0.2
		done
		turns=$((turns + 1))
		echo $turns >"$work/cpu.turns"
	done
}

turn_memory()
{
	local turns=0 block
	while [ -e "$work/running" ]; do
		for block in $blocks; do
			offline "$block" || continue
			turns=$((turns + 1))
			sleep 0.2
			echo online_movable >"$block"
			echo $turns >"$work/memory.turns"
		done
	done
}

all_online()
{
	local file
	for file in $cpus; do
		[ "$(cat "$file")" = 1 ] || { echo "$file: $(cat "$file")"; return 1; }
	done
	for file in $blocks; do
		[ "$(cat "$file")" = online ] || { echo "$file: $(cat "$file")"; return 1; }
	done
}

enough()
{
	[ $scans -ge $scans_min ] && [ "$(cat "$work/cpu.turns")" -ge $turns_min ] &&
		[ "$(cat "$work/memory.turns")" -ge $turns_min ]
}

check "there are CPUs that can go" test -n "$cpus"
check "there is memory that can go" test -n "$blocks"
[ $test_failed = 0 ] || { finish; exit 1; }
echo "# CPUs: $(echo "$cpus" | wc -l); blocks: $(echo "$blocks" | wc -w)" \
	"of $((0x$(cat /sys/devices/system/memory/block_size_bytes) >> 20)) MB"

begin_clean
# Pages that have to move.
dd if=/dev/zero of="$work/ballast" bs=1M count=64 2>/dev/null

: >"$work/running"
echo 0 >"$work/cpu.turns"
echo 0 >"$work/memory.turns"
turn_cpus 2>/dev/null &
turn_memory >/dev/null 2>&1 &
scans=0
failed_scans=0
end=$(($(now_ms) + seconds * 1000))
# A slow kernel goes on until there was some of each, and no longer than six times.
last=$(($(now_ms) + seconds * 6000))
while [ "$(now_ms)" -lt $end ] || { ! enough && [ "$(now_ms)" -lt $last ]; }; do
	echo scan >"$control" || failed_scans=$((failed_scans + 1))
	scans=$((scans + 1))
	cat "$control" >>"$work/false"
done
rm "$work/running"
wait
echo "# $scans scans; $(cat "$work/cpu.turns") turns of CPUs," \
	"$(cat "$work/memory.turns") turns of blocks"
check "every scan succeeds" test $failed_scans = 0
check "there are scans" test $scans -ge $scans_min
check "CPUs go and come" test "$(cat "$work/cpu.turns")" -ge $turns_min
check "memory goes and comes" test "$(cat "$work/memory.turns")" -ge $turns_min
check "all are back" all_online
check "no leak was reported" nothing_false
rm "$work/ballast"
check_recovered
finish
