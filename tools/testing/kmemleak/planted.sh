#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# planted.sh DIRECTORY [all]: put bugs into copies of the sources, one at a time, and see
# that the tests find each of them in less than a minute. Two are bugs that the detector
# once had; "all" takes further ones. TAP on standard output, fails if one is not found.
set -eu

dir=$1
which=${2:-}
top=../../..
limit=60

fixed=
! setarch -R true 2>/dev/null || fixed="setarch -R"
failed=0

# plant NAME FILE SED PROGRAM [ARGUMENT...]: PROGRAM, built with FILE below mm/kmemleak as
# SED makes it, has to fail.
plant() {
	name=$1 file=$2 edit=$3 program=$4
	shift 4
	work=$dir/planted/$name
	mkdir -p "$work/$(dirname "$file")"
	copy=$work/$file
	sed "$edit" "$top/mm/kmemleak/$file" >"$copy"
	if cmp -s "$copy" "$top/mm/kmemleak/$file"; then
		echo "not ok 0 - planted: $name: there is no place for it in $file"
		failed=1
		return
	fi
	if ! make -s O="$dir" PLANTED="$copy" PLANTED_AS="$work/$program" \
		"$work/$program" >"$work/log" 2>&1; then
		sed 's/^/# /' "$work/log"
		echo "not ok 0 - planted: $name: it does not compile"
		failed=1
		return
	fi
	rc=0
	# shellcheck disable=SC2086
	timeout $limit $fixed "$work/$program" "$@" >"$work/log" 2>&1 || rc=$?
	case $rc in
	0)
		echo "not ok 0 - planted: $name: $program does not find it"
		failed=1
		;;
	124)
		echo "not ok 0 - planted: $name: $program does not end"
		failed=1
		;;
	*)
		grep -hE "$why" "$work/log" | head -n 2 | sed 's/^#* */# /'
		echo "ok 0 - planted: $name: $program finds it"
		;;
	esac
}

# What programs say of a failure.
why='^# [a-z&].*(taken|freed|read|reported|goes on|section)'
why=$why'|SUMMARY: [AT]|: runtime|the detector |^0x.* is '
fuzz="-runs=1000000 -seed=1 -max_len=400 -len_control=0 -use_cmp=0 -artifact_prefix=$dir/planted/"

irqs_on='s/raw_spin_\(un\)*lock_irq[a-z]*(\(&[a-z_>-]*\), flags)/raw_spin_\1lock(\2)/'

plant pool-lock-irqs-on mark/grey.c "$irqs_on" grey_test
plant stale-grey-entry mark/blacken.c 's/ || slab_object(table, i) != object//' mark_test
[ "$which" = all ] || exit $failed

plant pool-lock-irqs-on-2 mark/grey.c "$irqs_on" irq_test
plant range-lock-irqs-on store/range.c "$irqs_on" irq_test
plant dir-lock-irqs-on store/directory.c "$irqs_on" irq_test
plant peek-lock-irqs-on store/object.c "$irqs_on" irq_test
plant walk-without-bound store/directory.c 's/--\*left;//' scale_test
plant lost-data mark/unrecorded.c 's/lost_reserved()/false/' mark_test
plant lost-word mark/unrecorded.c 's/ - (start + at) % sizeof(long)//' mark_test
plant slab-without-wait store/slab.c 's/^\tpin_wait(table);//' mark_races
plant range-without-wait store/range.c 's/^\tpin_wait(range);//' threads_races "" 30
plant table-without-rcu store/slab.c 's/call_rcu(&table->rcu, table_free_rcu)/table_free(table)/' \
	threads_races "" 30
plant fold-without-stack suspect.c 's/if (!stack || /if (/' suspect_test
plant scans-in-no-row suspect.c 's/earlier->crc == suspect->crc && //' suspect_test
plant waits-for-ever suspect.c 's|^\twaiting_pass_on(suspects);||' suspect_test
# shellcheck disable=SC2086
{
	plant interior-pointers mark/resolve.c 's/^\(\t* \)table->object_size) {/\11) {/' \
		oracle_fuzz $fuzz
	plant last-object store/slab.c 's/table->count = slab->objects;/& table->count--;/' \
		oracle_fuzz $fuzz
	plant free-keeps-slot hooks.c 's/table && slot_release(table, addr)/table/' \
		oracle_fuzz $fuzz
}
exit $failed
