#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A CPU that runs user code and was promised to be left alone: scans must not interrupt it.
# Needs two CPUs, CONFIG=nohz and nohz_full=1 on the command line:
#   ARCH=x86_64 CONFIG=nohz APPEND=nohz_full=1 SCRIPT=.../nohz.sh tools/testing/kernel/boot.sh
# Prints TAP.
set -u
. "$(dirname "$0")/lib.sh"

scans=10
# In ticks of /proc: half a second.
enough=50

# Calls of functions on CPU 1 by other CPUs.
calls()
{
	awk '$1 == "CAL:" { print $3 }' /proc/interrupts
}

# runs_there PID FIELD: the process is on CPU 1, and has run there for a while: in user mode
# if FIELD of its stat file is 14, in the kernel if it is 15.
runs_there()
{
	awk -v enough="$enough" -v field="$2" '{
		sub(/.*[)] /, "")
		print $(field - 2), "ticks on CPU", $37
		exit $(field - 2) < enough || $37 != 1
	}' "/proc/$1/stat"
}

scan_often()
{
	local before
	before=$(calls)
	for _ in $(seq "$scans"); do
		echo scan >"$control" || return 1
	done
	called=$(($(calls) - before))
	echo "$called calls in $scans scans"
}

# Other code may call CPU 1, too, but hardly in every other scan.
left_alone()
{
	scan_often && [ "$called" -lt $((scans / 2)) ]
}

interrupted()
{
	scan_often && [ "$called" -ge $((scans / 2)) ]
}

check "CPU 1 is in nohz_full" grep -qx 1 /sys/devices/system/cpu/nohz_full
echo scan=off >"$control"
wait_age
# A shell that makes no system call, and a program that does nothing else.
taskset 2 sh -c 'while :; do :; done' &
user=$!
check "user code runs on it" wait_for runs_there "$user" 14
check "scans do not interrupt user code on it" left_alone
kill "$user"
wait "$user" 2>/dev/null
taskset 2 dd if=/dev/zero of=/dev/null bs=1M &
user=$!
check "kernel code runs on it" wait_for runs_there "$user" 15
check "... but copy the stack of kernel code on it" interrupted
kill "$user"
wait "$user" 2>/dev/null
finish
