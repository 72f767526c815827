#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Measures in the guest what the detector costs; the same for a kernel without
# one. Needs kmemleak_bench.ko in /modules; prints "name value unit" lines.
set -u

control=/sys/kernel/debug/kmemleak
stats=/sys/kernel/debug/kmemleak_stats
bench=/sys/kernel/debug/kmemleak_bench
: "${OBJECTS:=1000000}"

mem_free()
{
	awk '/^MemFree:/ { print $2 }' /proc/meminfo
}

metadata()
{
	sed -n 's/^metadata_bytes: //p' "$stats"
}

# In hundredths of a second, as /proc/uptime has it.
uptime_cs()
{
	awk '{ printf "%d\n", $1 * 100 }' /proc/uptime
}

scan_time()
{
	local start i
	[ -e "$control" ] || return 0
	echo scan >"$control"
	start=$(uptime_cs)
	for i in 1 2 3; do
		echo scan >"$control"
	done
	echo "$1 $((($(uptime_cs) - start) * 10 / 3)) ms"
	[ ! -e "$stats" ] ||
		sed -n "s/^scan_duration_us: \(.*\)/$1_last \1 us/p" "$stats"
}

[ ! -e "$control" ] || echo scan=off >"$control"
insmod /modules/kmemleak_bench.ko || exit 1
echo "cpus $(nproc) cpus"
cat "$bench/pair"

scan_time scan_idle
before=$(mem_free)
[ ! -e "$stats" ] || metadata_before=$(metadata)
echo "$OBJECTS" >"$bench/keep" || exit 1
after=$(mem_free)
awk -v ns="$(cat "$bench/keep")" 'BEGIN { printf "keep %.1f ns\n", ns / 10 }'
# The array takes a pointer for each, the object itself 64 bytes.
awk -v kb=$((before - after)) -v n="$OBJECTS" 'BEGIN {
	printf "memory_beyond_object %.1f bytes\n", kb * 1024 / n - 64 - 8 }'
[ ! -e "$stats" ] ||
	awk -v b=$(($(metadata) - metadata_before)) -v n="$OBJECTS" 'BEGIN {
		printf "metadata_an_object %.1f bytes\n", b / n }'
scan_time scan_array
echo 1 >"$bench/link"
scan_time scan_linked
echo 0 >"$bench/keep"
rmmod kmemleak_bench
