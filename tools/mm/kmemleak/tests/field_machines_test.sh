#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What triage says of machines whose files people posted: the table field/machines.tsv has
# what must be said, and what must not. The machines are the directories of field/, and
# those that field/variants.txt describes, in which:
#
#   @ NAME            begins a machine
#   = FIELD=KB ...    adds fields to its /proc/meminfo
#   % PATH            begins a file; its lines follow, in which \r and \e are characters
#
# field_machines_test.sh <program>
set -eu
. "$(dirname "$0")/lib.sh"
field=$tests/field
cases=$work/cases

# Makes the directories of variants.txt below $cases.
unpack()
{
	awk -v cases="$cases" '
	/^@ / { machine = cases "/" $2; file = ""; next }
	/^= / {
		file = machine "/proc/meminfo"
		system("mkdir -p " machine "/proc")
		for (i = 2; i <= NF; i++) {
			split($i, field, "=")
			printf "%-16s %10s%s\n", field[1] ":", field[2],
				(field[1] ~ /^HugePages_/ ? "" : " kB") >>file
		}
		file = ""
		next
	}
	/^% / {
		file = machine "/" $2
		directory = file
		sub(/\/[^\/]*$/, "", directory)
		system("mkdir -p " directory)
		printf "" >file; close(file)
		next
	}
	file {
		gsub(/\\r/, "\r")
		gsub(/\\e/, "\033")
		print >>file
		close(file)
	}
	' "$1"
}

# answers <arguments> <must match> <must not match>: @NAME in the arguments is a machine.
# The output is one line for the patterns; "-" is none.
answers()
{
	# shellcheck disable=SC2086
	run $(echo "$1" | sed "s|@|$cases/|g")
	cat "$work/out" "$work/err"
	[ $status = "${4:-0}" ] || return 1
	tr '\n' ' ' <"$work/out" >"$work/line"
	[ ! -s "$work/err" ] || tr '\n' ' ' <"$work/err" >>"$work/line"
	grep -qE -e "$2" "$work/line" && { [ "$3" = - ] || ! grep -qE -e "$3" "$work/line"; }
}

unset KMEMLEAK_ROOT
mkdir "$cases"
cp -r "$field"/[0-9]* "$cases"
unpack "$field/variants.txt"
while IFS=$'\t' read -r arguments yes no status_wanted; do
	case $arguments in
	"" | \#*) continue ;;
	esac
	check "${arguments#--root }: $yes" answers "$arguments" "$yes" "$no" "$status_wanted"
done <"$field/machines.tsv"

# The lines of the account are all of MemTotal, in each case that has one.
adds_up()
{
	run --root "$1" triage
	[ $status = 0 ] && awk '
	/^MemTotal / { total = $2; exit }
	NR > 1 {
		match($0, / +-?[0-9]+ +-?[0-9.]+ %/)
		split(substr($0, RSTART), field, " ")
		sum += field[1]
	}
	END { print sum, total; exit sum - total > NR || total - sum > NR || total == 0 }' \
		"$work/out"
}
# What is said of a machine is said of a copy of it.
saved()
{
	"$tool" --root "$1" save "$work/copy" || return
	alike "$1" "$work/copy" triage && [ $status = 0 ]
}
for machine in "$cases"/*/proc/meminfo; do
	machine=${machine%/proc/meminfo}
	check "${machine##*/}: the account adds up" adds_up "$machine"
	rm -rf "$work/copy"
	check "${machine##*/}: ... and so does a copy's" saved "$machine"
done

finish
