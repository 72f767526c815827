#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# From nothing to the lines that leak, in a kernel that is a plain process.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
export ARCH=um DETECTOR=kmemleak CONFIG=

say "1/5 packages"
"$here/packages.sh"
say "2/5 a kernel with the detector in it (the first time takes minutes)"
"$here/kernel.sh" >/dev/null
say "3/5 a module that leaks: samples/kmemleak"
modules=$(M=$top/samples/kmemleak "$here/modules.sh" | tail -n 1)
tool=$("$here/tool.sh" | tail -n 1)
say "4/5 booting it, loading the module, scanning"
console=$(SCRIPT=$here/demo-guest.sh MODULES=$modules TIMEOUT=60 "$here/boot.sh")
report=$(printf '%s\n' "$console" | sed -n '/reboot:/d; /^$/d; /^unreferenced object/,$p')
[ -n "$report" ] || { printf '%s\n' "$console" >&2; die "the report is empty"; }
cat <<TXT
$report

Each entry above is memory that nothing in the kernel points to any more, as clients
of the detector read of it. Below, "=>" marks the line that allocated it.

TXT
say "5/5 kmemleak report: where it was allocated, most bytes first"
lines=$(printf '%s\n' "$report" | "$tool" report - --modules "$modules")
printf '%s\n' "$lines"
[[ $lines == *" at samples/kmemleak/kmemleak-demo.c:"* ]] || die "no line of the sample is in it"
