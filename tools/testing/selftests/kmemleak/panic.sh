#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# With panic_on_leak a scan that finds nothing is harmless; one that finds a leak
# prints it and panics, so this script does not end. Prints TAP up to there.
set -u
. "$(dirname "$0")/lib.sh"

echo scan=off >"$control"
wait_age
scan
echo clear >"$control"
check "a panic is off by default" test "$(cat "$parameters/panic_on_leak")" = N
echo 1 >"$parameters/panic_on_leak"
scan
insmod /modules/kmemleak_report.ko
echo leak >/sys/kernel/debug/kmemleak_report/run
wait_age
echo "# the scan that is to panic"
scan
fail "the kernel lives on"
finish
