#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Counts the instructions of the benchmark's loops with the detector in the kernel
# and fails where one takes over 5 % more than bench-icount-<base>.json says.
#
# Another compiler makes other code of the kernel itself, and another emulator has
# other CPU features to choose code by: where the table is not by those of this
# system, ratios to a kernel without detector are compared, which move much less.
set -euo pipefail
ARCH=x86_64
. "$(dirname "$0")/lib.sh"
export BASE ARCH

table=$here/bench-icount-$BASE.json
[ -f "$table" ] || die "there is no table for BASE=$BASE"
kernels=kmemleak ratio=
tools=$("$here/bench-tools.sh")
if ! grep -qF "\"$tools\"" "$table"; then
	say "the table is not by $tools: comparing ratios"
	kernels="none kmemleak" ratio=ratio
fi
JSON=$build/bench-check.json KERNELS=$kernels PART=pair,keep,macro QUICK='' RECORD='' \
	"$here/bench.sh"
python3 "$here/bench.py" check "$build/bench-check/$BASE-$ARCH" "$table" $ratio
