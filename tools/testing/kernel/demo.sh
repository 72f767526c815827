#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# From nothing to the report of a real leak, in a kernel that is a plain process.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
export ARCH=um DETECTOR=kmemleak CONFIG=

say "1/4 packages"
"$here/packages.sh"
lock_build
say "2/4 a kernel with the detector in it (the first time takes minutes)"
"$here/kernel.sh" >/dev/null
say "3/4 a module that leaks: samples/kmemleak"
modules=$(M=$top/samples/kmemleak "$here/modules.sh" | tail -n 1)
say "4/4 booting it, loading the module, scanning"
report=$(SCRIPT=$here/demo-guest.sh MODULES=$modules TIMEOUT=60 "$here/boot.sh")
printf '%s\n' "$report" | sed -n '/reboot:/d; /^$/d; /^unreferenced object/,$p'
count=$(printf '%s\n' "$report" | grep -c '^unreferenced object' || true)
[ "$count" -gt 0 ] || { printf '%s\n' "$report" >&2; die "the report is empty"; }
culprits=$(printf '%s\n' "$report" | sed -n 's/^ *\([a-z_]*\)[^+ ]*+.*\[kmemleak_demo\]$/\1()/p' |
	sort -u | paste -s -d ' ')
cat <<TXT

Each of the $count entries above is memory that nothing in the kernel points to any
more. The first line of a backtrace that is not the allocator's names the
function that leaked it, here: $culprits
in samples/kmemleak/kmemleak-demo.c; comm and pid say on whose behalf it ran.
TXT
