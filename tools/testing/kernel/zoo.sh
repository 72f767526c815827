#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The table of the leak zoo: each case of samples/kmemleak/kmemleak-zoo-*.c, loaded
# and scanned for by itself, in the kernel that BASE, ARCH and DETECTOR name. Fails
# if the detector of this repository missed a leak or reported anything else.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
[ "$DETECTOR" != none ] || die "DETECTOR=none finds nothing"
export CPUS="${CPUS:-2}" TIMEOUT="${TIMEOUT:-3600}"

modules=$(M=$top/samples/kmemleak "$here/modules.sh" | tail -n 1)
log=$build/zoo/$BASE-$ARCH-$DETECTOR.log
mkdir -p "${log%/*}"
say "booting; the zoo takes minutes; see ${log#"$top/"}"
rc=0
SCRIPT=$top/tools/testing/selftests/kmemleak/zoo.sh MODULES=$modules \
	"$here/boot.sh" >"$log" 2>&1 </dev/null || rc=$?

case $DETECTOR in
upstream) echo "the base's own detector: an age of 6 s and two scans for each case" ;;
*) echo "this detector: an age of min_age_ms and one scan for each case" ;;
esac
echo "$BASE, $ARCH"
sed -n 's/^zoo: //p' "$log" | awk '
BEGIN { printf "\n%-24s %6s %6s %6s %6s\n", "case", "leaked", "found", "missed", "false" }
{ printf "%-24s %6d %6d %6d %6d\n", $1, $2, $3, $4, $5 }
$1 == "total" && $2 {
	printf "\nrecall %.1f %% (%d of %d), %d false reports\n", 100 * $3 / $2, $3, $2, $5
	whole = 1
}
END { exit !whole }' || die "the zoo did not end; see ${log#"$top/"}"
sed -n 's/^ok [0-9]* - \(.*\) # SKIP \(.*\)/\1: \2/p' "$log"
grep -E '^# (missed|false)' "$log" || true
exit $rc
