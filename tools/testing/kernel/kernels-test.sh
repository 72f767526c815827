#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Tests of what make check-kernels consists of, without a kernel: the list of kernels, what
# is skipped, the table, and whose a race is. Prints TAP.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
. "$here/product.sh"
export ARCH DETECTOR CONFIG

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0 bad=0

# expect <description> <command...>: it succeeds; what it prints is shown if not.
expect()
{
	local what=$1 rc=0
	shift
	# Not in a condition, where set -e would not hold.
	set +e
	( set -e; "$@" ) >"$work/out" 2>&1 </dev/null
	rc=$?
	set -e
	n=$((n + 1))
	if [ $rc = 0 ]; then
		echo "ok $n - $what"
	else
		bad=$((bad + 1))
		echo "not ok $n - $what"
		head -n 30 "$work/out" | sed 's/^/# /'
	fi
}

# ---- The list ----

page=$top/Documentation/dev-tools/kmemleak-design.rst
logs=$work/logs
rows=$work/rows
. "$here/runner.sh"
. "$here/plan.sh"
. "$here/kernels.sh"
. "$here/table.sh"
LIMIT=
begin_parts

fragments_exist()
{
	local name fragment
	for name in "${kernel_names[@]}"; do
		for fragment in ${kernel_config[$name]//,/ }; do
			ls "$here/configs/$fragment.config"
		done
	done
}

# No two kernels have the same options and base, or one would be built twice.
kernels_differ()
{
	local name
	for name in "${kernel_names[@]}"; do
		echo "${kernel_base[$name]} ${kernel_config[$name]}"
	done | sort | uniq -d | tee "$work/twice"
	[ ! -s "$work/twice" ]
}

guest_options_are_words()
{
	local numa=()
	eval "numa=(${guest_options[numa]})"
	printf '%s\n' "${numa[@]}"
	[ ${#numa[@]} = 3 ] && [[ ${numa[2]} == QEMU=*node*node* ]]
}

expect "each fragment of the list exists" fragments_exist
expect "no kernel is there twice" kernels_differ
expect "options of guests may hold spaces" guest_options_are_words

# ---- What is skipped ----

# plant_scripts <what kernel.sh does>: scripts that build nothing.
plant_scripts()
{
	rm -rf "$work/scripts"
	mkdir "$work/scripts"
	printf '#!/bin/bash\n%s\n' "$1" >"$work/scripts/kernel.sh"
	printf '#!/bin/bash\necho /modules\n' >"$work/scripts/modules.sh"
	chmod +x "$work/scripts"/*
}

wanted()
{
	true
}

# carry_out <what kernel.sh does>: a plan with one kernel.
carry_out()
{
	begin_parts
	plant_scripts "$1"
	here=$work/scripts
	guest_options[planted]='APPEND=a\ b'
	plan=()
	tests planted selftest stress -- BASE="$base" ARCH=x86_64 CONFIG=planted
	part_selftest() { printf 'ok 1 - %s\n' "${kernel[@]}"; }
	part_stress() { echo "ok 1 - x"; }
	# Not start_builds, whose trap is not for a part of a test.
	exec 3< <(build_plan 4>&1 >"$work/numbers" | cat >&2; cat "$work/numbers")
	test_plan
	wait
	exec 3<&-
}

skips_refused()
{
	skip_refused=1
	carry_out 'echo "kernel.sh: the base refuses CONFIG_A=y" >&2; exit 1' | tee "$work/said"
	grep -qx 'SKIP planted selftest: the base refuses CONFIG_A=y' "$work/said"
	grep -qx 'SKIP planted stress: the base refuses CONFIG_A=y' "$work/said"
	! grep FAIL "$work/said"
}

skips_without_plugins()
{
	skip_refused=1
	carry_out 'echo "kernel.sh: gcc has no headers for its plugins" >&2; exit 1' |
		tee "$work/said"
	grep -qx 'SKIP planted stress: gcc has no headers for its plugins' "$work/said"
}

fails_to_build()
{
	skip_refused=1
	carry_out 'echo "kernel.sh: the build failed" >&2; exit 1' >"$work/said" 2>&1
	cat "$work/said"
	grep -q '^FAIL build .*CONFIG=planted' "$work/said"
	grep -qx 'SKIP planted selftest: its kernel was not built' "$work/said"
}

fails_if_refused()
{
	carry_out 'echo "kernel.sh: the base refuses CONFIG_A=y" >&2; exit 1' >"$work/said" 2>&1
	cat "$work/said"
	grep -q '^FAIL build .*CONFIG=planted' "$work/said"
}

boots_with_options()
{
	carry_out 'echo "== building" >&2; echo /image' >"$work/said" 2>&1
	cat "$work/said"
	grep -qx 'ok planted selftest: APPEND=a b' "$work/said"
	grep -qx 'ok planted selftest: IMAGE=/image' "$work/said"
}

expect "a kernel that the base refuses is skipped, and why is said" skips_refused
expect "... and one that wants plugins that gcc has no headers for" skips_without_plugins
expect "... and one that does not build is a failure" fails_to_build
expect "... and so is one that is refused, in make check" fails_if_refused
expect "guests get the options of their kernel" boots_with_options

# ---- The table ----

kernel_names=(first second third)
kernel_title=([first]="The first" [second]=SECOND [third]=THIRD)
unset 'kernel_base[preempt-rt-7.3]'

# plant <name of a part> <line of results...>
plant()
{
	local files
	files=$logs/$(slug "$1")
	printf '%s\n' "${@:2}" >"$files.results"
	: >"$files.log"
}

plant_run()
{
	begin_parts
	plan=("kernel|first|selftest stress|CONFIG=first"
	      "kernel|second|selftest stress|CONFIG=second"
	      "kernel|third|stress|CONFIG=third")
	plant "first selftest" "ok a: x" "ok a: the kernel log is clean" "ok a (72 s)"
	plant "first stress" "ok b: x" "FAIL b: y" "FAIL b: it ends well (exit 1, 9 s)"
	echo "[ 1.0] WARNING: x" >"$logs/first-stress.log"
	echo "a race of the base: data-race in f / g" >>"$logs/first-stress.log"
	touch "$logs/0.kernel"
	echo 123 >"$logs/0.seconds"
	echo "the base refuses CONFIG_B=y" >"$logs/1.missing"
	keep_rows
	table >"$work/table"
	cat "$work/table"
}

table_tells()
{
	plant_run
	grep -qxE 'The first +123 +3 ok, 72 s +2 of 3 FAIL +1 \(base: 1\)' "$work/table"
	grep -qxE 'SECOND +skipped +skipped +skipped +0' "$work/table"
	grep -qx '\* SECOND: the base refuses CONFIG_B=y' "$work/table"
	grep -qxE 'THIRD +not run' "$work/table"
}

second_try_counts()
{
	plant_run
	printf '%s\n' "ok b: x" "ok b: y" "ok b (8 s)" >"$logs/first-stress.again.results"
	: >"$logs/first-stress.again.log"
	keep_rows
	table >"$work/table"
	cat "$work/table"
	grep -qxE 'The first +123 +3 ok, 72 s +3 ok, 8 s +0' "$work/table"
}

rows_stay()
{
	plant_run
	begin_parts
	plan=("kernel|second|selftest stress|CONFIG=second")
	plant "second selftest" "ok a (5 s)"
	plant "second stress" "ok a (6 s)"
	touch "$logs/0.kernel"
	keep_rows
	table >"$work/table"
	cat "$work/table"
	grep -qxE 'The first +123 .*' "$work/table"
	grep -qxE 'SECOND +done before +1 ok, 5 s +1 ok, 6 s +0' "$work/table"
}

rows_of_other_sources()
{
	plant_run
	sources_sum() { echo 1; }
	table >"$work/table"
	cat "$work/table"
	grep -qxE 'The first +not run' "$work/table"
}

no_time_changes_nothing()
{
	plant_run
	begin_parts
	plan=("kernel|first|selftest stress|CONFIG=first")
	keep_rows
	table >"$work/table"
	cat "$work/table"
	grep -qxE 'The first +123 .*' "$work/table"
}

records()
{
	plant_run
	printf '%s\n' before "$table_begin" "" "old table" "" "$table_end" after >"$work/page"
	record_table "$work/table" "$work/page"
	cat "$work/page"
	{ printf '%s\n' before "$table_begin" ""; cat "$work/table"
	  printf '%s\n' "" "$table_end" after; } | diff "$work/page" -
	record_table "$work/table" "$work/page"
	[ "$(grep -c 'The first' "$work/page")" = 1 ]
}

records_nowhere()
{
	plant_run
	echo "a page" >"$work/page"
	! (record_table "$work/table" "$work/page")
	grep -qx "a page" "$work/page"
}

expect "the table tells what came of each kernel" table_tells
expect "... of the second try where there was one" second_try_counts
expect "... and of kernels that an earlier run has tested" rows_stay
expect "... with the same sources" rows_of_other_sources
expect "... unless there was no time for them" no_time_changes_nothing
expect "the table goes into a page, in place of another" records
expect "... and nowhere else" records_nowhere
expect "the design page has a place for it" \
	sh -c 'grep -qxF "$1" "$0" && grep -qxF "$2" "$0"' "$page" "$table_begin" "$table_end"

# ---- Whose a race is ----

printf '%s\n' "" "a.o:" "0000 T kmemleak_alloc" "0010 t range_find.isra.0" "     U kfree" \
	>"$work/functions"

# race <frame...>: a report, on one of its stacks these frames.
race()
{
	echo "[    1.000000] =============================="
	echo "[    1.000000] BUG: KCSAN: data-race in f / g"
	echo "[    1.000000]"
	echo "[    1.000000] write to 0xffff888000000000 of 8 bytes by task 1 on cpu 0:"
	printf '[    1.000000]  %s\n' f+0x1/0x2 h+0x1/0x2
	echo "[    1.000000]"
	echo "[    1.000000] read to 0xffff888000000000 of 8 bytes by interrupt on cpu 1:"
	printf '[    1.000000]  %s\n' "$@"
	echo "[    1.000000]"
	echo "[    1.000000] Reported by Kernel Concurrency Sanitizer on:"
}

# of <whose> <frame...>
of()
{
	local whose=$1
	shift
	{ echo before; race "$@"; echo "[    1.000000] ==========="; echo after; } |
		awk -f "$top/tools/testing/kernel/races.awk" "$work/functions" - >"$work/console"
	cat "$work/console"
	grep -qx before "$work/console"
	grep -qx after "$work/console"
	case $whose in
	base) ! grep -E "$splat" "$work/console" &&
		grep -qx 'a race of the base: data-race in f / g' "$work/console" ;;
	ours) grep -q 'BUG: KCSAN: data-race in f / g' "$work/console" ;;
	esac
}

unfinished()
{
	race g+0x1/0x2 | awk -f "$top/tools/testing/kernel/races.awk" "$work/functions" - |
		grep 'BUG: KCSAN'
}

expect "a race of two functions of the base is its own" of base g+0x1/0x2 kfree+0x1/0x2
expect "... one in a function of the detector is not" of ours range_find+0x1/0x2
expect "... nor one in a function that it calls" \
	of ours g+0x1/0x2 i+0x1/0x2 kmemleak_alloc+0x1/0x2 kfree+0x1/0x2
expect "... but one far below it is" \
	of base g+0x1/0x2 i+0x1/0x2 j+0x1/0x2 kmemleak_alloc+0x1/0x2
expect "... and one of an interrupt that it takes" \
	of base g+0x1/0x2 asm_sysvec_apic_timer_interrupt+0x1/0x2 kmemleak_alloc+0x1/0x2
expect "... and one of a module with a function of that name" \
	of base g+0x1/0x2 "range_find+0x1/0x2 [kmemleak_stress]"
expect "a report without an end stays a splat" unfinished
expect "a detector without functions is an error" sh -c \
	'! echo x | awk -f "$0" /dev/null -' "$here/races.awk"
expect "what is no race stays as it is" sh -c \
	'echo "WARNING: x" | awk -f "$0" "$1" - | grep -qx "WARNING: x"' "$here/races.awk" \
	"$work/functions"

echo "1..$n"
[ $bad = 0 ]
