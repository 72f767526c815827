#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Tests of the user's tool as one TAP stream: as it is built, with sanitizers, fuzzed,
# and its page in a browser. FUZZ_RUNS= is the number of inputs, PAGE= a directory for
# screenshots of the page; an empty one leaves the browser out.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
: "${FUZZ_RUNS:=100000}" "${PAGE=$build/tool-page}"

source=$top/tools/mm/kmemleak
tests=$source/tests
"$here/packages.sh" groff-base tmux bzip2 xz-utils zstd
tool=$(SANITIZE='' "$here/tool.sh")
sanitized=$(SANITIZE=address,undefined "$here/tool.sh")
make -s -C "$source" O="$build/tool" "$build/tool/leaks_fuzz" >&2
logs=$build/tool-check
rm -rf "$logs"
mkdir -p "$logs"

# tap <name> <command...>: its TAP, each test by a longer name; dying fails, too.
tap()
{
	local name=$1 rc=0
	shift
	"$@" >"$logs/$name" 2>&1 </dev/null || rc=$?
	sed -E "s/^((not )?ok [0-9]+ - )/\1$name: /" "$logs/$name"
	grep -q '^1\.\.' "$logs/$name" || echo "not ok 0 - $name: it ends, with status $rc"
}

# All tests of one program.
suites()
{
	local test
	for test in "$tests"/*_test.sh; do
		tap "$(basename "$test" _test.sh)$1" "$test" "$2"
	done
}

fuzz()
{
	local corpus=$build/tool-corpus
	"$tests/seeds.sh" "$corpus"
	if "$build/tool/leaks_fuzz" -runs="$FUZZ_RUNS" -seed=1 -max_len=4096 \
		-dict="$tests/leaks.dict" -artifact_prefix="$logs/" "$corpus" >"$logs/fuzz.log" 2>&1; then
		echo "ok 0 - fuzz: $FUZZ_RUNS inputs"
	else
		sed 's/^/# /' "$logs/fuzz.log"
		echo "not ok 0 - fuzz"
	fi
}

page()
{
	[ -n "$PAGE" ] || return 0
	mkdir -p "$PAGE"
	if "$here/packages.sh" chromium >"$logs/chromium.log" 2>&1; then
		tap page "$tests/page.sh" "$tool" chromium "$PAGE"
	else
		echo "ok 0 - page # SKIP there is no package chromium here"
	fi
}

# Two at a time; one stream in the end, so that lines are whole.
{ suites "" "$tool"; page; } >"$logs/plain" &
{ suites " (sanitized)" "$sanitized"; fuzz; } >"$logs/sanitized"
wait
cat "$logs/plain" "$logs/sanitized" | awk '
	/^(not )?ok / { sub(/ok [0-9]+/, "ok " ++tests) }
	/^not ok / { failed = 1 }
	!/^1\.\./ { print; fflush() }
	END { print "1.." tests; exit failed }
'
