#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The leak zoo with this detector and with the base's own, side by side.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

for d in kmemleak upstream; do
	DETECTOR=$d "$here/zoo.sh" >/dev/null ||
		[ -s "$build/zoo/$BASE-$ARCH-$d.log" ] || die "no table for DETECTOR=$d"
done
cat <<TXT
$BASE, $ARCH
this detector: an age of min_age_ms and one scan for each case
the base's own: an age of 6 s and two scans for each case

TXT
awk '
!/^zoo: / { next }
FNR == NR { ours[$2] = sprintf("%6d %6d", $4, $6); next }
!header++ {
	printf "%-24s %6s   %-13s   %-13s\n", "", "", "this", "the base'"'"'s"
	printf "%-24s %6s   %6s %6s   %6s %6s\n", "case", "leaked", "found", "false",
		"found", "false"
}
{ printf "%-24s %6d   %13s   %6d %6d\n", $2, $3, ours[$2], $4, $6 }
' "$build/zoo/$BASE-$ARCH-kmemleak.log" "$build/zoo/$BASE-$ARCH-upstream.log"
