#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Builds each of the kernels that kernels.sh lists, and runs the selftests and the stress
# test in it: no test may fail, and there may be no splat. The end is like that of
# check.sh, whose rules for what fails and what gets a second try hold here. Before it
# comes a table, as text for Documentation/dev-tools/kmemleak-design.rst.
#
# ONLY=<word> runs the parts whose name contains the word, such as kasan or "numa stress".
# LIMIT=<minutes> begins nothing more after that time. Kernels that an earlier run with
# the same sources of the detector has tested are in the table as they were. RECORD=1
# writes the table into the page. CONFIGURE=1 configures all kernels, builds none, and
# tells what BASE refuses.
#
# A kernel with an option that the base cannot have, or the compiler, is skipped. Races
# that KCSAN finds in code of the base are told apart, see races.awk.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
. "$here/product.sh"
: "${ONLY:=}" "${RECORD:=}" "${CONFIGURE:=}"

logs=$build/check-kernels
rows=$build/check-kernels-$BASE.rows
page=$top/Documentation/dev-tools/kmemleak-design.rst
record=$RECORD
only_configure=$CONFIGURE
. "$here/runner.sh"
. "$here/plan.sh"
. "$here/kernels.sh"
. "$here/table.sh"
# shellcheck disable=SC2034
skip_refused=1
begin_plan

wanted()
{
	[ -z "$ONLY" ] || [[ $1 == *"$ONLY"* ]]
}

# ---- The parts ----

# The races of the base are no splats of ours.
tell_races_apart()
{
	local word objects=
	case ${kernel[*]} in
	*kcsan*) ;;
	*) cat; return ;;
	esac
	for word in "${kernel[@]}"; do
		[[ $word != IMAGE=* ]] || objects=${word#IMAGE=}
	done
	objects=${objects%/arch/x86/boot/bzImage}
	awk -f "$here/races.awk" <(find "$objects/mm/kmemleak" "$objects/lib/prio_search_tree.o" \
		-name '*.o' -exec nm {} +) -
}

part_selftest()
{
	in_guest options.sh 2>&1 | tell_races_apart
}

part_stress()
{
	in_guest stress.sh 2>&1 | tell_races_apart
}

# configure_all: what the base refuses of each kernel. Prints TAP.
configure_all()
{
	local name n=0 bad=0
	for name in "${kernel_names[@]}"; do
		wanted "$name" || continue
		n=$((n + 1))
		if env BASE="${kernel_base[$name]}" ARCH=x86_64 CONFIG="${kernel_config[$name]}" \
			CONFIGURE=1 "$here/kernel.sh" >"$logs/configure.log" 2>&1; then
			echo "ok $n - $name"
		elif refusal "$logs/configure.log" >"$logs/refusal"; then
			echo "ok $n - $name # SKIP $(cat "$logs/refusal")"
		else
			bad=1
			echo "not ok $n - $name"
			tail -n 5 "$logs/configure.log" | sed 's/^/# /'
		fi
	done
	echo "1..$n"
	return $bad
}

"$here/packages.sh" || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }
if [ -n "$only_configure" ]; then
	configure_all
	exit
fi

for name in "${kernel_names[@]}"; do
	tests "$name" selftest stress \
		-- BASE="${kernel_base[$name]}" ARCH=x86_64 CONFIG="${kernel_config[$name]}"
done
start_builds
test_plan
end_plan
keep_rows
table | tee "$logs/table"
if [ -n "$record" ]; then
	record_table "$logs/table" "$page"
fi
[ -z "$ONLY" ] || echo "== these are some of the kernels, not all of them"
tell_parts
