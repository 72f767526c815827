#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What check-debian.sh runs in the root of the other suite. With QUICK=1 it is a TAP
# stream of four tests: all packages are to be had, the user's tool passes its tests,
# the harness of the core passes, and the demonstration shows its lines. The short form
# leaves out the tool's page in a browser, and fuzzes shortly. Else it is the check.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd -P)
top=$(cd "$here/../../.." && pwd -P)

# A minimal root has no make, which the packages bring.
packages()
{
	"$here/packages.sh"
}

if [ "${QUICK:-}" != 1 ]; then
	packages
	exec make -s -C "$top" check
fi

logs=$top/build/debian-guest
rm -rf "$logs"
mkdir -p "$logs"
number=0
failed=0

# part <name> <command...>: a test, which passes when the command does. Of one that
# fails, what its own tests said, or the end of what it said.
part()
{
	local name=$1 start=$SECONDS log=$logs/$1.log
	shift
	number=$((number + 1))
	if "$@" >"$log" 2>&1 </dev/null; then
		echo "ok $number - $name ($((SECONDS - start)) s)"
	else
		failed=1
		echo "not ok $number - $name ($((SECONDS - start)) s)"
		grep -aE 'Sanitizer:|libFuzzer:|Kernel panic|BUG:|WARNING:' "$log" || true
		{ grep -B 8 '^not ok ' "$log" || tail -n 15 "$log"; } | sed 's/^/# /'
	fi
}

echo 1..4
part packages packages
part tool env FUZZ_RUNS=1000 PAGE= "$here/tool-check.sh"
part harness make -s -C "$top/tools/testing/kmemleak" FUZZ_RUNS=1000 check
part demo make -s -C "$top" demo
exit $failed
