#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Commands that talk to the detector, with a directory in place of its own: the control
# file is a pipe, and who reads from it answers with a report. And what is said when there
# is no detector to talk to, or when the machine is a saved one.
# control_test.sh <program>
set -eu
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/live.sh"
reports=$tests/reports
plain_tool=$tool
make_live "$work/live"

# live <command...>: with the tool on a machine that runs.
live()
{
	tool=$work/live
	"$@" && tool=$plain_tool && return
	tool=$plain_tool
	return 1
}

# check_live <name> <command...>: a check that is skipped where mounts are forbidden.
check_live()
{
	if can_be_live; then
		name=$1
		shift
		check "$name" live "$@"
	else
		skip "$1" "a mount namespace cannot be made here"
	fi
}

# answers <report> <arguments...>: the detector takes one command, then shows the
# report. The command is in $work/asked.
answers()
{
	answer=$1
	shift
	make_root /dev/null
	rm "$debugfs/kmemleak"
	mkfifo "$debugfs/kmemleak"
	# In a session of its own, as all of it has to go if nobody wants the answer.
	# shellcheck disable=SC2016
	setsid sh -c 'cat "$1" >"$2"; cat "$3" >"$1"' - "$debugfs/kmemleak" "$work/asked" \
		"$answer" >/dev/null 2>&1 &
	responder=$!
	status=0
	timeout 20 "$tool" "$@" >"$work/out" 2>"$work/err" || status=$?
	kill -- -$responder 2>/dev/null || true
	wait $responder 2>/dev/null || true
	cat "$work/out" "$work/err"
}

verdict()
{
	expected=$1
	shift
	answers "$@"
	[ $status = "$expected" ] && grep -qx scan "$work/asked"
}

clean()
{
	verdict 0 /dev/null scan && grep -q '^no leaks; the scan took [0-9.]* s$' "$work/out"
}
check_live "a scan without leaks" clean
leaky()
{
	verdict 1 "$reports/ours.txt" scan &&
		grep -q '^4 leaks, 4384 bytes; ' "$work/out" &&
		grep -qF '  32 bytes in 2 objects: packet_parse()+0x15 [' "$work/out" &&
		grep -qx 'next: kmemleak report' "$work/out"
}
check_live "a scan with leaks" leaky
json()
{
	verdict 1 "$reports/ours.txt" scan --json && python3 -c '
import json, sys
verdict = json.load(sys.stdin)
sys.exit(not (verdict["leaks"] == 4 and verdict["scan_seconds"] >= 0))' <"$work/out"
}
check_live "a scan for programs" json
logged()
{
	verdict 1 "$reports/ours.txt" scan --fail && diff -u "$reports/ours.out" "$work/out"
}
check_live "a scan for a log" logged
known()
{
	printf 'leak:session_add\nleak:packet_parse\n' >"$work/patterns"
	verdict 1 "$reports/ours.txt" scan --suppress "$work/patterns" &&
		grep -qx 'suppressed: 3 leaks, 288 bytes' "$work/out" || return 1
	head -n 22 "$reports/ours.txt" >"$work/known"
	verdict 0 "$work/known" scan --suppress "$work/patterns" &&
		grep -qx 'suppressed: 2 leaks, 32 bytes' "$work/out"
}
check_live "known leaks are none" known
no_report()
{
	verdict 2 "$0" scan && [ ! -s "$work/out" ]
}
check_live "an answer that is no report" no_report
clear()
{
	make_root /dev/null
	run clear
	cat "$work/err"
	[ $status = 0 ] && [ "$(cat "$debugfs/kmemleak")" = clear ]
}
check_live "clear" clear

path()
{
	{
		printf '0x6a0012d8: table+0x18/0x40 [demo]\n  -> 0x738524f0\n'
		printf '0x738524f8: object 0x738524f0 +0x8 (size 256, allocated by add+0x25)\n'
		printf '  -> 0x738525f0\n'
	} >"$work/path"
	make_root /dev/null
	cp "$work/path" "$debugfs/kmemleak_path"
	run path 738525f0
	cat "$work/err"
	[ $status = 0 ] && diff "$work/path" "$work/out" &&
		[ "$(cat "$debugfs/kmemleak")" = path=0x738525f0 ]
}
check_live "path" path

# ---- A saved machine ----

# Nothing of the tree changes, whatever the command.
kept()
{
	make_root "$reports/ours.txt"
	touch "$debugfs/kmemleak_path" "$work/outside"
	[ -z "$2" ] || ln -sf "$work/outside" "$debugfs/kmemleak"
	cp -a "$root" "$work/before"
	# shellcheck disable=SC2086
	refuses "saved machine" $1 || return 1
	diff -r --no-dereference "$work/before" "$root" && [ ! -s "$work/outside" ]
	rc=$?
	rm -rf "$work/before"
	return $rc
}
for command in scan "scan --fail" clear "dump 0x1000" "path 0x1000"; do
	check "$command: a saved machine is not written to" kept "$command" ""
	check "$command: nor through a link in it" kept "$command" link
done

make_root "$reports/ours.txt"
check "a word for an address" refuses "no address" path here
check "half an address" refuses "no address" dump 0x12g
check "no address" refuses "is needed" dump
check_live "the kernel's own detector has no paths" refuses "own leak detector" path 0x1000

# ---- module ----

sites()
{
	cat <<-EOT
	2 scans, 3 sites, 1 growing, 93 objects, 11904 bytes elsewhere
	seconds ago 61.000 1.000
	9 objects, 2304 bytes, growing: session_add+0x25/0x50 [demo]
	  objects 0 9
	  bytes 0 2304
	5 objects, 80 bytes: packet_parse+0x15/0x3c [kmemleak_demo]
	  objects 5 5
	  bytes 80 80
	2 objects, 80 bytes: table_grow+0x15/0x3c [demo]
	  objects 2 2
	  bytes 80 80
	EOT
}
make_root "$reports/ours.txt"
sites >"$debugfs/kmemleak_sites"
check "module" golden "$reports/module.out" module demo
check "a dash for an underscore" golden "$reports/module-demo.out" module kmemleak-demo
check "a module that is not there" refuses "no such module" module ext4
check "no name of a module" refuses "is needed" module
loaded()
{
	mkdir -p "$root/sys/module/idle"
	run module idle && [ $status = 0 ] && grep -q '^idle: 0 objects, 0 bytes ' "$work/out"
}
check "a module that has nothing" loaded
twice()
{
	run --root "$tests/trees/after" module kmemleak_demo
	cat "$work/out"
	[ $status = 0 ] && grep -qE '^ +4021920 +650 .* table_resize' "$work/out"
}
check "a site that is listed twice is added up" twice
rm "$debugfs/kmemleak_sites"
uncounted()
{
	run module demo && [ $status = 0 ] && grep -q 'only what is unreachable' "$work/err" &&
		grep -q '^demo: 1 object, 256 bytes ' "$work/out"
}
check "a detector that counts no live objects" uncounted

# ---- No detector ----

rm -rf "$root"
mkdir -p "$debugfs"
for command in report scan clear "dump 0x1000" "path 0x1000" "module demo"; do
	# shellcheck disable=SC2086
	check_live "$command: debugfs is not mounted" refuses "mount -t debugfs" $command
done
mkdir "$debugfs/bdi"
for command in report scan clear "module demo"; do
	# shellcheck disable=SC2086
	check_live "$command: no detector" refuses "CONFIG_DEBUG_KMEMLEAK" $command
done
make_root "$reports/ours.txt"
echo "state: off" >"$debugfs/kmemleak_stats"
check "report: the detector is off" refuses "kmemleak=on" report
check "module: the detector is off" refuses "kmemleak=on" module demo

# As another user, if this is root.
unprivileged()
{
	chmod 755 "$work"
	cp "$plain_tool" "$work/tool"
	tool=$work/tool make_live "$work/live"
	status=0
	text=$1
	shift
	LIVE_AS=$([ "$(id -u)" != 0 ] || echo 65534) "$work/live" "$@" >"$work/out" \
		2>"$work/err" || status=$?
	make_live "$work/live"
	cat "$work/err"
	[ $status = 2 ] && [ ! -s "$work/out" ] && [ "$(wc -l <"$work/err")" = 1 ] &&
		grep -qF "$text" "$work/err"
}
make_root "$reports/ours.txt"
chmod 0600 "$debugfs/kmemleak"
chmod 0700 "$debugfs"
for command in report scan clear "module demo"; do
	# shellcheck disable=SC2086
	check_live "$command: not root" unprivileged "run as root" $command
done

finish
