#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Our KUnit suites, built and run by the base's own kunit.py on um.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
ARCH=um DETECTOR=kmemleak

lock_build
"$here/prepare.sh"
export CCACHE_BASEDIR=$build
[ -n "${HOME:-}" ] || export CCACHE_DIR="${CCACHE_DIR:-$build/ccache}"
src=$basedir/kmemleak/src
cd "$src"
python3 tools/testing/kunit/kunit.py run --arch um --build_dir "$basedir/kmemleak/kunit" \
	--kunitconfig "$here/configs/kunit.config" --jobs "$(nproc)" \
	--make_options "CC=ccache gcc" --make_options "HOSTCC=ccache gcc" \
	--timeout 300
