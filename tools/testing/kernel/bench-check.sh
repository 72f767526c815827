#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Counts the instructions of the benchmark's loops with the detector in the kernel
# and fails where one takes over 5 % more than a table says. There is a table for each
# base and series of qemu: another one has other CPU features to choose code by.
#
# Another compiler makes other code of the kernel itself: where the table is not by that
# of this system, ratios to a kernel without detector are compared, which move much less.
set -euo pipefail
ARCH=x86_64
. "$(dirname "$0")/lib.sh"
export BASE ARCH

tools=$("$here/bench-tools.sh")
table=$("$here/bench-tools.sh" table)
table=$here/$table
if [ ! -f "$table" ]; then
	echo "ok 1 - counts of instructions # SKIP there is no table for BASE=$BASE and" \
		"${tools#*, }: make bench BASE=$BASE ARCH=x86_64 RECORD=1 writes one"
	exit
fi
kernels=kmemleak ratio=
if ! grep -qF "\"$tools\"" "$table"; then
	say "the table is not by $tools: comparing ratios"
	kernels="none kmemleak" ratio=ratio
fi
JSON=$build/bench-check.json KERNELS=$kernels PART=pair,keep,macro QUICK='' RECORD='' \
	"$here/bench.sh"
python3 "$here/bench.py" check "$build/bench-check/$BASE-$ARCH" "$table" $ratio
