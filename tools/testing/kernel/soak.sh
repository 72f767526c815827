#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Scans every second beside a load of all kinds, for MINUTES. Lists what was
# reported, each stack once, and what the kernel log should not have; fails if
# there is any. The console's log is build/soak/<base>-<arch>/log; soaks of several
# kernels may run side by side.
set -euo pipefail
CONFIG="soak ${CONFIG:-}"
. "$(dirname "$0")/lib.sh"

: "${MINUTES:=30}" "${CPUS:=2}" "${MEM:=1G}"
case $MINUTES in
'' | *[!0-9]* | 0) die "MINUTES=$MINUTES is not a number of minutes" ;;
esac
export BASE ARCH DETECTOR CONFIG KSRC CPUS MEM

tests=$top/tools/testing/selftests/kmemleak
dir=$build/soak/$BASE-$ARCH
log=$dir/log
over=$dir/overlay
rm -rf "$over"
mkdir -p "$over/etc"
echo "$MINUTES" >"$over/etc/soak.minutes"

# A program of this system, at its own place, with the libraries it is linked to.
take()
{
	local file
	for file in "$1" $(ldd "$1" | grep -o '/[^ ]*'); do
		mkdir -p "$over${file%/*}"
		cp -L "$file" "$over$file"
	done
}

if "$here/packages.sh" stress-ng; then
	take "$(command -v stress-ng)"
else
	say "no stress-ng: the load goes without it"
fi

# Modules where modprobe looks for them: those of the kernel and the selftests'.
M=$tests/modules "$here/modules.sh" >"$dir/modules"
M=$tests/bench "$here/modules.sh" >>"$dir/modules"
release=$(cat "$obj/include/config/kernel.release")
mkdir -p "$over/lib/modules/$release"
modules_in "$obj" $(cat "$dir/modules") | xargs -I '{}' cp '{}' "$over/lib/modules/$release/"
depmod -b "$over" "$release"

# Minutes are by the guest's clock. One that counts ticks, as where the guest could
# not calibrate a better one, has lost 30 % of them on a busy host.
rc=0
SCRIPT=$tests/soak.sh MODULES= OVERLAY=$over TIMEOUT=$((MINUTES * 120 + 600)) \
	"$here/boot.sh" 2>&1 | tee "$log" || rc=$?

if grep -E "$splat" "$log"; then
	say "the kernel log has the lines above"
	rc=1
fi
exit $rc
