# SPDX-License-Identifier: GPL-2.0
# Runs in the guest of "make demo": leak, wait for the age that the detector
# asks of a leak, scan once, print the report.
set -eu

control=/sys/kernel/debug/kmemleak
min_age=$(cat /sys/module/kmemleak/parameters/min_age_ms)

echo scan=off >$control
insmod /modules/kmemleak-demo.ko
usleep $((min_age * 1000 + 100000))
echo scan >$control
cat $control
