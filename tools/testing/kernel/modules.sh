#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Builds the external modules in directory M against the kernel that BASE, ARCH,
# DETECTOR and CONFIG name. They are built in a copy, so that two kernels never
# share objects; the .ko files then come back beside their sources.
# The last line on stdout is the directory of the copy.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

[ -n "${M:-}" ] || die "M=<directory of module sources> is missing"
[ -d "$M" ] || die "M=$M: no such directory"
[ -f "$M/Makefile" ] || [ -f "$M/Kbuild" ] || die "M=$M: it has no Makefile"
M=$(realpath "$M")

"$here/kernel.sh" >/dev/null
lock_tree -s
lock_objects

copy=$obj-modules/$(basename "$M")-$(printf %s "$M" | cksum | cut -d ' ' -f 1)
mkdir -p "$copy"
rsync -rc --times --exclude '*.ko' --exclude '*.o' --exclude '.*' "$M/" "$copy/"
# A module knows its lines, whether or not the kernel does, under the names that
# sources have in their trees. ccache must not make the paths relative first.
unset CCACHE_BASEDIR
debug="-g -fdebug-prefix-map=$copy=${M#"$top/"} -fdebug-prefix-map=$src/="
# The base's own sample is built only where its option is set.
make -s -C "$src" O="$obj" ARCH="$ARCH" CC="$here/cc.sh" HOSTCC="ccache gcc" \
	M="$copy" CONFIG_SAMPLE_KMEMLEAK=m KCFLAGS="$debug" -j"$(nproc)" modules >&2
[ -n "$(modules_in "$copy")" ] || die "M=$M: no module was built"
if [ -w "$M" ]; then
	rsync -rm --include '*/' --include '*.ko' --exclude '*' "$copy/" "$M/"
fi
echo "$copy"
