#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Does monitoring see a leak? Prints TAP. Installs what the user's tool has for it, and
# runs Debian's own Prometheus, node_exporter and Alertmanager on the loopback interface
# with that: a leak makes an alert fire.
#
# LEAKING=<directory> holds the saved /proc and /sys of a machine that leaks, as a guest,
# HEALTHY=<directory> those of one that does not; by default saved ones of the tool's tests.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
: "${LEAKING:=}" "${HEALTHY:=}"
for tree in "$LEAKING" "$HEALTHY"; do
	[ -z "$tree" ] || [ -e "$tree/proc/meminfo" ] || die "$tree: there is no proc/meminfo in it"
done

source=$top/tools/mm/kmemleak
"$here/packages.sh" prometheus prometheus-alertmanager prometheus-node-exporter
tool=$("$here/tool.sh" | tail -n 1)
dir=$build/fleet
rm -rf "$dir"
make -s -C "$source" O="$build/tool" -o all install prefix="$dir" >&2

{
	rc=0
	"$source/tests/fleet_test.sh" "$tool" || rc=1
	"$source/tests/fleet_server.py" "$tool" "$dir/share/kmemleak" \
		${LEAKING:+--leaking "$LEAKING"} ${HEALTHY:+--healthy "$HEALTHY"} || rc=1
	exit $rc
} </dev/null | awk '
	/^(not )?ok / { sub(/ok [0-9]+/, "ok " ++tests) }
	!/^1\.\./ { print; fflush() }
	END { print "1.." tests }
'
