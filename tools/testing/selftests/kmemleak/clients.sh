#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The programs that drive the control file today, each as it does so: on a quiet
# kernel, where it must see nothing, and around a test that leaks, where it must
# see just that. Those that read the kernel log are in log.sh. Needs
# kmemleak_cases.ko in /modules, and kmemleak_client and kmemleak_runner beside this
# file; prints TAP.
set -u
. "$(dirname "$0")/lib.sh"

config=/boot/config-$(uname -r)
runner=$here/kmemleak_runner
seen=$work/seen

# One write of a command, which must return the length written.
knob()
{
	answers "$1" ok
}

# Each client is a function: it sets up, runs the test that its arguments are,
# and leaves in $seen what it takes for leaks. It fails if the file does not
# behave as the client assumes.

# Of one round all is done on one descriptor; see cmd_syzkaller().
syzkaller()
{
	knob scan=off && knob scan && sleep 5 && knob scan && knob clear &&
		"$@" && "$client" syzkaller "$control" >"$seen" &&
		empty_report
}

# Any byte is a failure of the test.
xfstests()
{
	[ -w "$control" ] && knob scan=off &&
		knob scan && cat "$control" >/dev/null &&
		knob scan && cat "$control" >/dev/null && knob clear || return 1
	"$@"
	knob scan && cat "$control" >/dev/null &&
		knob scan && cat "$control" >"$seen" && knob clear
}

off_by_default()
{
	grep -q '^CONFIG_DEBUG_KMEMLEAK_DEFAULT_OFF=y' "$config"
}

# Does this client look for leaks at all?
blktests_looks()
{
	[ -w "$control" ] && [ -r "$config" ] &&
		{ ! off_by_default || grep -qw kmemleak=on /proc/cmdline; }
}

blktests()
{
	blktests_looks && knob clear && "$@" &&
		knob scan && sleep 1 && cat "$control" >"$seen"
}

network_runner()
{
	"$@" && knob scan && wait_age && knob scan && cat "$control" >"$seen"
}

# Signals interrupt some of the writers: that is no error.
stress_ng()
{
	"$@" && "$client" swarm "$control" 16 && wait_age && knob scan &&
		cat "$control" >"$seen"
}

desktop_suite()
{
	knob clear && "$@" && knob stack=off && shrink_all && knob scan &&
		cat "$control" >"$seen"
	local status=$?
	knob stack=on && return $status
}

# It scans once before the run, and does not care whether that works: a disabled
# detector is no error. Each test is as above.
blktests_scans_first()
{
	{ echo scan >"$control"; } 2>/dev/null
	! blktests_looks || blktests "$@"
}

# It tries again what a signal interrupts, and reads one byte before all others.
gpu_runner()
{
	knob clear && "$@" && "$runner" gpu "$control" >"$seen"
}

# A scan for each loop. What the last one finds is read twice.
mptcp_runner()
{
	local i
	for i in 1 2 3; do
		knob scan || return 1
		cat "$control" >"$work/first"
	done
	"$@" && knob scan && cat "$control" >"$work/first" && cat "$control" >"$seen" &&
		[ "$(leaks_of "$work/first")" = "$(leaks_of "$seen")" ]
}

# Without end, every 10 seconds. What a round saw is no news in the next.
zero_day_monitor()
{
	local i
	knob scan=off && "$@" || return 1
	for i in 1 2 3; do
		knob scan && cat "$control" >>"$seen" && knob clear && sleep 10 || return 1
	done
}

# A test that leaks, and takes longer than the youngest object in a report is.
leak()
{
	echo "$1" >"$cases" && wait_age
}

# Runs a client with a test that leaks: what it sees are the leaks that were made,
# no more and no less.
sees_just()
{
	: >"$seen"
	"$1" leak "$2" || return 1
	just_what_leaked "$seen" && check_grammar "$seen"
}

# What the first client takes for the function that leaked: the first frame
# behind "backtrace:" that is not an allocator's.
culprits()
{
	awk '
	/unreferenced object/ { wanted = 0 }
	/backtrace( \(crc [0-9a-f]*\))?:/ { wanted = 1; next }
	wanted && match($0, /[A-Za-z0-9_.]+\+0x[0-9a-f]+/) {
		name = substr($0, RSTART, RLENGTH)
		sub(/[.+].*/, "", name)
		if (name ~ /kmemleak|kmem|slab|alloc|mmap|strdup|strndup|memdup/)
			next
		print name
		wanted = 0
	}' "$seen"
}

culprit_is()
{
	culprits >"$work/culprits"
	cat "$work/culprits"
	[ "$(sort -u "$work/culprits")" = "$1" ] &&
		[ "$(grep -c . "$work/culprits")" = "$(grep -c '^unref' "$seen")" ]
}

quiet()
{
	: >"$seen"
	check "$1: a quiet kernel behaves as it assumes" "$1" true
	check "$1: a quiet kernel has no leaks" cmp "$seen" /dev/null
}

leaky()
{
	check "$1: it sees just $2" sees_just "$1" "$2"
	check "$1: the function it names is $2" culprit_is "$2"
	echo "# $1 saw $(grep -c '^unref' "$seen"), by $(culprits | sort -u | tr '\n' ' ')"
	echo clear >"$control"
	echo free >"$cases"
}

# ---- A detector that is off ----

refused()
{
	answers "$1" EPERM
}

blktests_is_blind()
{
	! blktests_looks
}

silent_about_off()
{
	blktests_scans_first true 2>"$work/said" && [ ! -s "$work/said" ]
}

sees_disabled()
{
	[ -w "$control" ] && ! echo scan=off >"$control"
}

if off_by_default && ! grep -qw kmemleak=on /proc/cmdline; then
	check "syzkaller: the set-up fails" refused scan=off
	check "xfstests: the detector is disabled" sees_disabled
	check "blktests: it does not look for leaks" blktests_is_blind
	check "blktests_scans_first: it says nothing of that" silent_about_off
	check "stress-ng: each write fails" \
		test "$("$client" swarm "$control" 16)" = EPERM
	check "desktop_suite: stack=off is refused" refused stack=off
	check "there are no leaks to see" empty_report
	finish
	exit
fi

# ---- A detector that is on ----

# Tools that ask how the kernel was configured: syzkaller's wants this symbol with this
# value, and kernel/configs/debug.config has been merged for the others.
configured()
{
	grep DEBUG_KMEMLEAK "$config"
	grep -qx 'CONFIG_DEBUG_KMEMLEAK_MEM_POOL_SIZE=16000' "$config" &&
		grep -qx 'CONFIG_DEBUG_KMEMLEAK=y' "$config"
}
check "syzkaller's tool finds the symbols that it demands" configured

# "alloc" in its name would make a function an allocator for the first client.
clients="syzkaller xfstests blktests network_runner stress_ng desktop_suite
blktests_scans_first gpu_runner mptcp_runner zero_day_monitor"
for name in $clients; do
	quiet $name
done
check "the module with the cases loads" insmod /modules/kmemleak_cases.ko
[ -e "$cases" ] || { finish; exit 1; }
for name in $clients; do
	leaky $name leak_ring
done
# What one read(2) gives, however large, are a page's worth of reports.
leaky syzkaller leak_list_without_head
leaky blktests leak_bulk
leaky xfstests leak_tree
leaky gpu_runner leak_bulk

# A leak before the run is not the first test's.
strays()
{
	leak leak_ring && : >"$seen" && blktests_scans_first true && cat "$seen" &&
		[ ! -s "$seen" ]
}
check "blktests_scans_first: a stray leak before the run is none of its tests'" strays
echo free >"$cases"
check "the module unloads" rmmod kmemleak_cases
finish
