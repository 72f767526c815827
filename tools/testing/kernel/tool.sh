#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Builds the user's tool, tools/mm/kmemleak, into build/tool; the last line
# printed is the program. SANITIZE=address,undefined builds another one under
# build/tool-sanitize.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

"$here/packages.sh" --only ccache gcc libc6-dev make libdw-dev libelf-dev \
	libjson-c-dev libncurses-dev libsqlite3-dev libbz2-dev liblzma-dev libzstd-dev zlib1g-dev
: "${SANITIZE:=}"
out=$build/tool${SANITIZE:+-sanitize}
make -s -C "$top/tools/mm/kmemleak" O="$out" SANITIZE="$SANITIZE" CC="ccache gcc" \
	-j"$(nproc)" >&2
echo "$out/kmemleak"
