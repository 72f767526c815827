#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What clients read besides the control file, or write besides it: the kernel log, what
# "dump=" prints there, parameters; and the files by two readers at once. Needs
# kmemleak_cases.ko in /modules, and kmemleak_client and kmemleak_runner beside this file;
# prints TAP.
set -u
. "$(dirname "$0")/lib.sh"

runner=$here/kmemleak_runner

ours || { echo "Bail out! another detector"; exit 1; }
# What is printed here is not for the console.
dmesg -n 1
begin_clean
check "the module with the cases loads" insmod /modules/kmemleak_cases.ko
[ -e "$cases" ] || { finish; exit 1; }

# Leaks of some cases, old enough to be reported.
leak()
{
	local name
	for name; do
		echo "$name" >"$cases" || return 1
	done
	wait_age
}

give_back()
{
	echo clear >"$control"
	echo free >"$cases"
}

case_addr()
{
	sed -n "s/^[a-z]* $1 \(0x[0-9a-f]*\) .*/\1/p" "$cases" | tail -n 1
}

# Lines of the detector since the mark, without what precedes them.
said()
{
	log_since | sed -n 's/^.*kmemleak: //p'
}

# ---- Scripts that search the log for the number of leaks ----

# As continuous integration does: one write, a pause, dmesg and grep.
ci_scan()
{
	log_mark
	echo scan >"$control" || return 1
	sleep 2
	log_since >"$work/dmesg"
	cat "$work/dmesg"
}

ci_sees_nothing()
{
	ci_scan && ! grep -q "new suspected memory leaks" "$work/dmesg"
}

ci_sees()
{
	ci_scan && [ "$(grep -c "new suspected memory leaks" "$work/dmesg")" = 1 ] &&
		grep "new suspected memory leaks" "$work/dmesg" |
		grep -q "kmemleak: $1 new suspected memory leaks (see /sys/kernel/debug/kmemleak)\$"
}

check "of a quiet kernel the log says nothing" ci_sees_nothing
leak leak_ring
check "of three leaks it says so, after a requested scan" ci_sees 3
sed 's/^/# /' "$work/dmesg"
check "... once" ci_sees_nothing
give_back
leak leak_kmalloc_512
check "of one leak it says so in the same words" ci_sees 1
give_back

# A merge of kernel/configs/debug.config scans in the background on everybody's machine.
auto_scanned()
{
	[ "$(stat_of scans)" -gt "$1" ]
}

background_scan()
{
	local scans
	scans=$(stat_of scans)
	echo scan=600 >"$control" && wait_for auto_scanned "$scans" &&
		echo scan=off >"$control"
}

quiet_background()
{
	log_mark
	background_scan && said && [ -z "$(said)" ]
}
check "a background scan of a quiet kernel prints nothing" quiet_background

# ---- verbose ----

# The log has these entries, of which the last says how many more there are.
entries_said()
{
	local entries
	entries=$(said | grep -c '^unreferenced object')
	said
	[ "$entries" = "$1" ]
}

# The entry of leak_bulk, as it is in the report, and the line behind it.
folded()
{
	said
	said | awk -v others="$1" '
		/^unreferenced object/ { mine = 0 }
		/^    leak_bulk[+]/ { mine = 1 }
		mine && /^  \.\.\. and [0-9]+ more object\(s\) with the same backtrace$/ {
			found = $3 == others
		}
		/^  \.\.\. and / { lines++ }
		END { exit !(found && lines == 1) }'
}

well_formed()
{
	said | sed '/^  \.\.\. and /d; /new suspected/d' >"$work/log" &&
		check_grammar "$work/log"
}

log_mark
leak leak_bulk
scan
check "without verbose, leaks are not printed" entries_said 0
check "... but counted" log_has "kmemleak: 8 new suspected memory leaks"
give_back
echo 1 >"$parameters/verbose"
log_mark
leak leak_bulk leak_kmalloc_512 leak_percpu
scan
check "with verbose, a requested scan prints one leak for each backtrace" entries_said 3
check "... with the number of the others" folded 7
check "... as clients read it" well_formed
check "... and counts them all" log_has "kmemleak: 10 new suspected memory leaks"
log_mark
scan
check "what was printed is not printed again" entries_said 0
give_back
age=$(cat "$parameters/auto_min_age_ms")
cat "$parameters/min_age_ms" >"$parameters/auto_min_age_ms"
log_mark
leak leak_bulk
check "a background scan ends" background_scan
check "... and prints one leak for each backtrace" entries_said 1
check "... with the number of the others" folded 7
echo "$age" >"$parameters/auto_min_age_ms"
echo 0 >"$parameters/verbose"
give_back

# ---- min_unref_scans ----

rejects_value()
{
	local before
	before=$(cat "$parameters/min_unref_scans")
	! echo "$1" >"$parameters/min_unref_scans" &&
		[ "$(cat "$parameters/min_unref_scans")" = "$before" ]
}

check "one scan is enough unless told otherwise" \
	test "$(cat "$parameters/min_unref_scans")" = 1
for bad in 0 -1 abc "" 1.5 "2 3" 1001 4294967296; do
	check "min_unref_scans: '$bad' is refused" rejects_value "$bad"
done

# Reported by the last of so many scans.
reported_at()
{
	local i
	for i in $(seq $(($1 - 1))); do
		scan
		empty_report || { echo "scan $i"; return 1; }
	done
	scan
	cat "$control" >"$work/report"
	just_what_leaked "$work/report"
}

takes_scans()
{
	echo "$1" >"$parameters/min_unref_scans" &&
		[ "$(cat "$parameters/min_unref_scans")" = "$1" ] || return 1
	leak leak_ring leak_percpu leak_kmalloc_64k
	reported_at "$2"
}

check "min_unref_scans=1 takes a scan" takes_scans 1 1
give_back
# The first one notes the content, as that of Linux 7.3 does.
check "min_unref_scans=2 takes three" takes_scans 2 3
give_back
check "min_unref_scans=3 takes four" takes_scans 3 4
give_back
echo 2 >"$parameters/min_unref_scans"
leak leak_ring
scan
scan
check "after two scans of three there is no report" empty_report
check "... 1 reports at once" sh -c "echo 1 >$parameters/min_unref_scans"
check "... what waited" reported_at 1
give_back

# ---- Objects in all kinds of addresses ----

log_mark
leak leak_percpu leak_kmalloc_64k leak_vmalloc
scan
cat "$control" >"$work/report"
percpu=$(case_addr leak_percpu)
says_percpu()
{
	grep -A 2 "(percpu)" "$work/report"
	grep -q "^unreferenced object (percpu) $percpu (size 64):\$" "$work/report" &&
		grep -q "^  hex dump (first 32 bytes on cpu 0):\$" "$work/report" &&
		[ "$(grep -c "(percpu)" "$work/report")" = 1 ]
}
check "an entry says that an address is a per-CPU pointer" says_percpu
check "clients understand that" check_grammar "$work/report"

dump_says()
{
	log_mark
	answers "dump=$2" ok || return 1
	wait_for log_has "object" || return 1
	said
	said | grep -q "^object$1 $2 (size "
}
check "dump= finds an object by its virtual address" \
	dump_says "" "$(case_addr leak_kmalloc_64k)"
check "... by its per-CPU pointer" dump_says " (percpu)" "$percpu"
echo phys_root >"$cases"
check "... by its physical address" dump_says " (phys)" "$(case_addr phys_root)"
give_back

# ---- Two readers ----

# What does not move while it is read.
timeless()
{
	sed '/^seconds ago/d; /^  age /d; s/ (age .*//; s/ [0-9.]*s ago//'
}

same_for_both()
{
	"$runner" readers "$1" "$work/read" || return 1
	timeless <"$work/read.1" >"$work/one"
	timeless <"$work/read.2" >"$work/other"
	[ -s "$work/one" ] && diff "$work/one" "$work/other"
}

leak all
scan
for form in flat roots; do
	echo $form >"$parameters/report"
	check "two readers at once read the same, $form" same_for_both "$control"
done
echo flat >"$parameters/report"
for file in "${control}_summary" "${control}_sites"; do
	# Part 1 alone does not have them.
	[ ! -e "$file" ] || check "... of ${file##*/}, too" same_for_both "$file"
done
read_twice()
{
	cat "$control" >"$work/first" && cat "$control" >"$work/second" &&
		leaks_of "$work/first" >"$work/one" && leaks_of "$work/second" >"$work/other" &&
		[ -s "$work/one" ] && diff "$work/one" "$work/other"
}
check "what one reader has read, a second reader reads" read_twice

# ---- Names of init code ----

# Sites of code that ran at boot are among those that have objects.
sites_have_names()
{
	! grep -n ': 0x' "${control}_sites"
}
[ ! -e "${control}_sites" ] ||
	check_with include/linux/kallsyms.h "all code that allocated has a name" \
		sites_have_names
give_back
check "the module unloads" rmmod kmemleak_cases
finish
