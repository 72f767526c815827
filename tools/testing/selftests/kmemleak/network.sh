#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Scans back to back, by several workers, beside network traffic: interrupts free
# memory on CPUs where a scan runs, while other workers read it. A scan and an
# interrupt that wait for each other would not end. SCANS is how many scans there are,
# if they take no longer than SECONDS_MAX; two there are to be, however slow the kernel
# is. Prints TAP.
set -u
. "$(dirname "$0")/lib.sh"

: "${SCANS:=20}" "${SECONDS_MAX:=30}"
scans_min=2

cpus=$(grep -c ^processor /proc/cpuinfo)
ip link set lo up
echo scan=off >"$control"
wait_age
scan
echo clear >"$control"

segments()
{
	awk '/^Tcp: [0-9]/ { n += $12 } /^Udp: [0-9]/ { n += $5 } END { print n }' /proc/net/snmp
}

# Ended by a file, not killed: um of 6.12 panics where a fork is cut short.
: >"$work/traffic"
"$client" traffic "$work/traffic" 900 >"$work/traffic.log" &
flowing()
{
	[ "$(segments)" -gt $((before + 1000)) ]
}
before=$(segments)
check "there is traffic" wait_for flowing

scans=0
failed_scans=0
stalled=0
end=$(($(now_ms) + SECONDS_MAX * 1000))
while [ $scans -lt $scans_min ] || { [ $scans -lt "$SCANS" ] && [ "$(now_ms)" -lt $end ]; }; do
	before=$(segments)
	echo scan >"$control" || failed_scans=$((failed_scans + 1))
	scans=$((scans + 1))
	[ "$(segments)" -gt "$before" ] || stalled=$((stalled + 1))
done
rm "$work/traffic"
wait
echo "# $scans scans on $cpus CPUs; TCP, UDP and Unix packets, connections:" \
	"$(cat "$work/traffic.log")"
check "every scan beside traffic succeeds" test $failed_scans = 0
check "there are scans beside traffic" test $scans -ge $scans_min
check "... during which it goes on" test $stalled = 0
check "there is some of each kind" \
	awk '{ kinds = NF; for (i = 1; i <= NF; i++) kinds -= $i < 100 }
	     END { exit kinds != 4 }' "$work/traffic.log"
wait_age
scan
check "nothing is reported afterwards" empty_report
finish
