#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Puts the detector into the kernel tree KSRC. All of it is tried elsewhere first:
# where one patch would not apply, nothing in the tree is changed.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
. "$here/product.sh"

[ -n "$KSRC" ] || die "KSRC=<dir of a kernel source> is missing"
[ -d "$KSRC" ] || die "KSRC=$KSRC is not a directory"
[ -f "$KSRC/Kbuild" ] && [ -f "$KSRC/mm/Kconfig.debug" ] ||
	die "KSRC=$KSRC is not a kernel tree"
[ ! -d "$KSRC/mm/kmemleak" ] || die "KSRC=$KSRC has mm/kmemleak already"
[ -w "$KSRC/mm" ] || die "KSRC=$KSRC cannot be written to"

patches=$(patch_dir "$KSRC")
stage=$basedir/apply
mkdir -p "$basedir"
make_stage "$KSRC" "$patches" "$stage"

dropped_files "$KSRC" | while read -r f; do
	rm "$KSRC/$f"
done
rsync -rc "$stage/" "$KSRC/"
say "the detector is in $KSRC (patches/${patches##*/}); CONFIG_DEBUG_KMEMLEAK=y builds it"
