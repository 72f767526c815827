#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# From "memory is gone" to the line, with nothing but what the user's tool says:
# tested where the leak is. Needs kmemleak_tool.ko and kmemleak-zoo.ko in /modules,
# the same with debug information where the tool looks for it, "kmemleak" in $PATH,
# and the file /tool-lines, each line of which is a function and the FILE:LINE at which
# it allocates. If there is a file /vmlinux it has the kernel's. Prints TAP.
set -u
. "$(dirname "$0")/lib.sh"

driver=/sys/module/kmemleak_tool/parameters

# says STATUS COMMAND...: the exit status is that; what is printed is in $work/said.
says()
{
	local wanted=$1 status=0
	shift
	"$@" >"$work/said" 2>"$work/said.errors" || status=$?
	cat "$work/said" "$work/said.errors"
	echo "exit $status, wanted $wanted"
	[ $status = "$wanted" ]
}

said()
{
	grep -q -- "$1" "$work/said"
}

# One line on stderr that names what is wrong, and nothing else.
refuses()
{
	local reason=$1
	shift
	says 2 "$@" && [ ! -s "$work/said" ] &&
		[ "$(grep -c . "$work/said.errors")" = 1 ] &&
		grep -q -- "$reason" "$work/said.errors"
}

line_of()
{
	sed -n "s/^$1 //p" /tool-lines
}

# Runs what the tool says to run next, until it says no more. It need not look as
# long as people would.
follow()
{
	local command=$1 steps=0
	while [ -n "$command" ]; do
		steps=$((steps + 1))
		[ $steps -le 6 ] || { echo "this leads nowhere"; return 1; }
		command=$(echo "$command" | sed 's/--for [0-9]*s/--for 3s/')
		echo "# $command"
		$command >"$work/said" 2>"$work/said.errors"
		cat "$work/said" "$work/said.errors"
		command=$(sed -n 's/^next: //p' "$work/said")
	done
}

# The first leak of the report is at a line of the source.
leads_to()
{
	follow "kmemleak triage" && grep '^1\. ' "$work/said" &&
		grep '^1\. ' "$work/said" | grep -qF "$1() at $(line_of "$1") ["
}

start_over()
{
	kmemleak clear
	wait_age
	kmemleak scan >/dev/null 2>&1
	kmemleak clear
}

echo scan=off >"$control"
insmod /modules/kmemleak_tool.ko
start_over

# ---- Nothing is lost ----

check "with no leaks, scan says so" says 0 kmemleak scan
check "... in words" said "^no leaks"
check "... and scan --fail is content" says 0 kmemleak scan --fail
check "a report of nothing is one" says 0 kmemleak report
cp "$control" "$work/before"

# ---- A cache grows ----

# Until the file is gone; more than comes and goes in a guest.
lose()
{
	touch "$work/losing"
	while [ -e "$work/losing" ]; do
		echo 200 >"$driver/lose"
		wait_ms 100
	done &
}

lose
check "triage of a machine that loses memory" says 0 kmemleak triage --for 4s
check "... names the kind of memory" said '"slab, unreclaimable.*" grew by'
check "... and the cache" said 'in the cache kmemleak_tool\.'
cat "$work/said"
rm "$work/losing"
wait
wait_age
check "... and what to do next leads to the line" leads_to request_lose
check "scan --fail fails for leaks" says 1 kmemleak scan --fail
check "... and lists them" said "request_lose() at $(line_of request_lose) "
check "scan --json does, too" says 1 kmemleak scan --json
check "... for programs" said "\"site\":\"request_lose() at $(line_of request_lose) "
if [ -e /vmlinux ]; then
	check "report decodes the kernel's frames" says 0 kmemleak report --vmlinux /vmlinux
	check "... that of the system call" said "fs/read_write.c:"
else
	skip "report decodes the kernel's frames" "no debug information"
fi
check "module names the site" says 0 kmemleak module kmemleak-tool
check "... by line, with what is unreachable" \
	said " [1-9][0-9]*  request_lose() at $(line_of request_lose) \[kmemleak_tool\]"
check "... and no other" sh -c "! grep request_queue $work/said"
cp "$control" "$work/after"
check "diff of a report from before and this one" says 0 kmemleak diff "$work/before" "$work/after"
check "... says what is new" said "request_lose()"
check "save copies the machine" says 0 kmemleak save "$work/machine"
check "... nothing of which is hidden from root" test ! -s "$work/said.errors"
check "... and its report has the leak" says 0 kmemleak --root "$work/machine" report
check "... by the name of the function" said "request_lose"
check "numbers for a monitoring system" says 0 kmemleak export --prometheus
check "... have the cache" said '^kmemleak_.*kmemleak_tool.* [1-9][0-9]*$'

# ---- One object ----

echo 3 >"$driver/queue"
wait_age
queued=$(cat "$driver/queue")
check "path tells what keeps an object alive" says 0 kmemleak path "$queued"
check "... by the name of the variable" said "pending+0x.*\[kmemleak_tool\]"
check "... as module does not call it lost" says 0 kmemleak module kmemleak_tool
lost=$(leaks_of "$work/after" | sed -n '1s/ .*//p')
check "dump tells of a leak" says 0 kmemleak dump "$lost"
check "... with its line" said "$(line_of request_lose)"
check "an address of no object is refused" refuses "no object" kmemleak dump 0x10
check "clear forgets" says 0 kmemleak clear
check "... all that was known" empty_report
check "... and nothing new is found" says 0 kmemleak scan

# ---- A free that is compiled out ----

insmod /modules/kmemleak-zoo.ko case=freed_in_debug
wait_age
check "a kfree() in the argument of a pr_debug() is led to" leads_to freed_in_debug
cat "$work/said"

# ---- No answer is no verdict ----

check "an unknown module is refused" refuses "no such module" kmemleak module nothing
check "a report that is none is refused" refuses "no line of a leak" \
	kmemleak report /tool-lines
check "who is not root is told" refuses "run as root" \
	su -s /bin/kmemleak nobody scan
echo off >"$control"
check "a detector that is off has no verdict" refuses "off" kmemleak scan --fail
check "... and no report" refuses "off" kmemleak report
check "... but triage goes on" says 0 kmemleak triage
finish
