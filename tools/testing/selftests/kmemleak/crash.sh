#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A machine that leaks and dies. What the detector says last is on the console
# between lines "# leaks", "# summary", "# slot ADDRESS" and "# end", for the debugger
# that then asks the dead machine. Needs kmemleak_report.ko and kmemleak_unload.ko in
# /modules. Does not end.
set -u
. "$(dirname "$0")/lib.sh"

run=/sys/kernel/debug/kmemleak_report/run
stay=/sys/module/kmemleak_unload/parameters

echo scan=off >"$control"
insmod /modules/kmemleak_report.ko
wait_age
scan
echo clear >"$control"

insmod /modules/kmemleak_unload.ko probe_objects=2 init_objects=1
rmmod kmemleak_unload
echo "table 3" >"$run"
kept=$(sed -n '2s/ .*//p' "$run")
echo leak >"$run"
echo tree >"$run"
wait_age
scan

echo "# leaks"
cat "$control"
echo "# summary"
cat /sys/kernel/debug/kmemleak_summary
echo "# slot $kept"
log_mark
dmesg -n 1
echo "dump=$kept" >"$control"
log_since | sed -n 's/.*kmemleak: //p'
dmesg -n 5
echo "# end"
# That is done once all that was said is on the console.
stty -F /dev/console -echo
echo c >/proc/sysrq-trigger
