#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The longest section with interrupts or preemption off while 1 M objects are
# scanned, by the kernel's own tracers: for each of RUNS scans the section's
# length, task and both ends, then the trace of the shortest of these. What the
# host does to a guest makes single sections long, not each run's longest; it does
# less of it to one that runs under "chrt -f 10". Needs kmemleak_bench.ko in
# /modules and a kernel with CONFIG=latency.
set -eu

control=/sys/kernel/debug/kmemleak
bench=/sys/kernel/debug/kmemleak_bench
t=/sys/kernel/tracing
: "${OBJECTS:=1000000}" "${RUNS:=15}"

# One line for the trace that is in place.
worst()
{
	awk -v tracer="$1" -v us="$(cat $t/tracing_max_latency)" '
	/\| task:/ { sub(/.*task: /, ""); task = $1 }
	/=> started at:/ { from = $NF }
	/=> ended at:/ { to = $NF }
	END { print tracer, us, "us,", task ", from", from, "to", to }' $t/trace
}

measure()
{
	local i us least=
	for i in $(seq "$RUNS"); do
		echo 0 >$t/tracing_on
		echo "$1" >$t/current_tracer
		echo 0 >$t/tracing_max_latency
		echo 1 >$t/tracing_on
		[ "$2" = idle ] && sleep 1 || echo scan >$control
		echo 0 >$t/tracing_on
		us=$(cat $t/tracing_max_latency)
		echo "$2: $(worst "$1")"
		if [ -z "$least" ] || [ "$us" -lt "$least" ]; then
			least=$us
			cat $t/trace >/tmp/least
		fi
		echo nop >$t/current_tracer
	done
	echo "$1_$2 $least us, the least of $RUNS runs' longest"
	[ "$2" = idle ] || sed 's/^/# /' /tmp/least
}

mount -t tracefs none $t
echo mono >$t/trace_clock
echo scan=off >$control
insmod /modules/kmemleak_bench.ko
for tracer in irqsoff preemptirqsoff; do
	measure $tracer idle
done
echo "$OBJECTS" >$bench/keep
echo 1 >$bench/link
for tracer in irqsoff preemptirqsoff; do
	measure $tracer scan
done
sed -n 's/^scan_duration_us: \(.*\)/scan \1 us, traced/p' /sys/kernel/debug/kmemleak_stats
echo 0 >$bench/keep
rmmod kmemleak_bench
