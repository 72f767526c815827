#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What reports say beyond the flat list, and who is told of leaks: tested in a
# booted guest by what is printed. Needs kmemleak_report.ko in /modules and
# kmemleak_client beside this file; prints TAP. The kernel needs trace events.
set -u
. "$(dirname "$0")/lib.sh"

run=/sys/kernel/debug/kmemleak_report/run
tracing=/sys/kernel/tracing

# Makes a shape and leaves its objects in $work/made, one "address size" a line.
make_shape()
{
	echo "$1" >"$run" && cat "$run" >"$work/made"
}

# The address of the Nth object made.
made()
{
	sed -n "$1s/ .*//p" "$work/made"
}

# What was made, and nothing but that, is what one scan reports.
scan_report()
{
	wait_age
	echo scan >"$control" && cat "$control" >"$work/report"
}

start_over()
{
	echo clear >"$control"
}

ours || { echo "Bail out! another detector"; exit 1; }
echo scan=off >"$control"
wait_age
scan
start_over
check "the module with the shapes loads" insmod /modules/kmemleak_report.ko

# ---- Trace events ----

trace_on()
{
	echo >"$tracing/trace"
	echo 1 >"$tracing/events/kmemleak/enable"
}

# The last event of a name, from its name on.
event()
{
	sed -n "s/^.* \($1: .*\)/\1/p" "$tracing/trace" | tail -n 1
}

field()
{
	event "$1" | tr ' ' '\n' | sed -n "s/^$2=//p"
}

leak_event()
{
	event leak
	[ "$(field leak address)" = "$(made 1)" ] &&
		[ "$(field leak size)" = 256 ] &&
		[ "$(field leak age_ms)" -ge "$(cat "$parameters/min_age_ms")" ] &&
		[ "$(field leak age_ms)" -lt 60000 ]
}

# The stack of the event are the addresses whose names the report has.
leak_stack()
{
	local shape
	shape=$(awk '$3 == "shape_leak" { print $1 }' /proc/kallsyms)
	event leak
	echo "shape_leak at 0x$shape"
	event leak | sed 's/.*stack={//; s/}.*//' | tr ',' '\n' |
		while read -r frame; do
			[ "$((frame - 0x$shape))" -ge 0 ] &&
				[ "$((frame - 0x$shape))" -lt 1024 ] && echo found
		done | grep found
}

scan_end_event()
{
	event scan_end
	[ "$(field scan_end duration_us)" = "$(stat_of scan_duration_us)" ] &&
		[ "$(field scan_end objects)" = "$(stat_of scan_objects)" ] &&
		[ "$(field scan_end suspects)" = "$(stat_of scan_suspects)" ] &&
		[ "$(field scan_end leaks)" = "$1" ] &&
		[ "$(field scan_end err)" = 0 ]
}

mount -t tracefs none "$tracing"
check "there are trace events" test -d "$tracing/events/kmemleak/leak"
trace_on
make_shape leak
scan_report
check "a scan begins with an event" test "$(event scan_begin)" = "scan_begin: explicit"
check "a leak has an event with address, size and age" leak_event
check "... and the stack that allocated it" leak_stack
check "a scan ends with an event that has its counters" scan_end_event 1
trace_on
scan
check "a scan that finds nothing new ends with an event, too" scan_end_event 0
check "what was reported before has no second event" test -z "$(event leak)"
echo 0 >"$tracing/events/kmemleak/enable"
start_over

# ---- poll ----

polls()
{
	make_shape leak && wait_age
	"$client" poll "$control" | tee "$work/poll"
	[ "$(cat "$work/poll")" = ok ]
}
check "poll and epoll tell of new leaks" polls
start_over

finish
