#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Charts of build/bench.json: times from um on 7.3, instructions from x86_64 on 6.12.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

json=$build/bench.json
docs=$top/Documentation/dev-tools
[ -f "$json" ] || die "there is no ${json#"$top/"}; make bench writes it"
"$here/packages.sh" gnuplot-nox
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 "$here/bench.py" data "$json" "$work"
gnuplot -e "dir='$work'; out='$docs'" "$here/plots.gp"
sed -i 's/[ \t]*$//' "$docs"/kmemleak-cost-*.svg
printf '%s\n' "$docs"/kmemleak-cost-*.svg
