#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The KUnit suites that ran while this kernel booted: asks each test's result
# and that none found a stack that was not what it was taken for. Prints TAP.
set -u
. "$(dirname "$0")/lib.sh"

results=/sys/kernel/debug/kunit

# A suite none of whose tests ran has succeeded, too.
all_ran()
{
	awk '/^    1\.\./ { sub(/^ *1\.\./, ""); wanted = $0 }
	     /^    (not )?ok / { got++ }
	     END { print got + 0 " of " wanted; exit !wanted || got + 0 != wanted }' "$1"
}

# The lines of a suite's tests are indented: they are those that count.
for suite in "$results"/*; do
	name=${suite##*/}
	check "$name has a result of each test" all_ran "$suite/results"
	check "$name begins and ends well" sh -c "! grep '^not ok' '$suite/results'"
	sed -n 's/^ \{4,\}ok [0-9]* /ok /p; s/^ \{4,\}not ok [0-9]* /not ok /p' \
		"$suite/results" >"$work/cases"
	while read -r line; do
		case $line in
		*"# SKIP"*) skip "$name: ${line#ok }" "this kernel has none" ;;
		ok*) pass "$name: ${line#ok }" ;;
		*)
			fail "$name: ${line#not ok }"
			grep -A 5 -E 'EXPECTATION|ASSERTION' "$suite/results" |
				head -n 20 | sed 's/^ */# /'
			;;
		esac
	done <"$work/cases"
done
ours && check "no stack was taken for another one" \
	test "$(stat_of stack_mismatches)" = 0
finish
