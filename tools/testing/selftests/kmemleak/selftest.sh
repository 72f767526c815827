#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What a user sees of the detector, tested in a booted guest: the control file,
# leaks and non-leaks of each kind, the report. Needs kmemleak_cases.ko in
# /modules and kmemleak_client beside this file; prints TAP.
set -u
. "$(dirname "$0")/lib.sh"

quiet_scans()
{
	local i
	for i in 1 2 3 4 5 6 7 8 9 10; do
		echo scan >"$control" || return 1
	done
	empty_report
}

scanner_runs()
{
	ps | grep -q '\[kmemleak\]'
}

# The fields 19 and 41 of /proc/PID/stat: nice, and the policy, which is 0 (SCHED_OTHER).
scanner_is_nice()
{
	local pid
	pid=$(ps | awk '/\[kmemleak\]/ { print $1; exit }')
	[ -n "$pid" ] && cat "/proc/$pid/stat" &&
		[ "$(cut -d ' ' -f 19,41 "/proc/$pid/stat")" = "19 0" ]
}

scanned_since()
{
	[ "$(stat_of scans)" -gt "$1" ]
}

no_scanner_runs()
{
	! scanner_runs
}

# ---- An idle system ----

check "the control file is there" test -f "$control"
[ -e "$control" ] || { finish; exit 1; }
check "the control file has mode 0644" test "$(stat -c %a "$control")" = 644
check "scan=off is taken" answers scan=off ok
ours && echo 3 >"$parameters/verify_stacks"
wait_age
check "ten scans of an idle system report nothing" quiet_scans

# ---- Commands ----

for command in stack=off stack=on scan=off scan=on scan=off scan=600 scan=0 \
	       clear scan; do
	check "$command is taken" answers "$command" ok
done
check "a command may end in a newline" answers "scan=off
" ok
echo scan=on >"$control"
check "scan=on starts the thread" wait_for scanner_runs
ours && check "... which lets others run first, and runs nevertheless" \
	wait_for scanner_is_nice
echo scan=off >"$control"
check "scan=off stops the thread" wait_for no_scanner_runs
echo scan=600 >"$control"
check "scan=<seconds> starts the thread" wait_for scanner_runs
echo scan=0 >"$control"
check "scan=0 stops the thread" wait_for no_scanner_runs

# ---- Input that is none ----

rejects()
{
	local scans thread
	scans=$(ours && stat_of scans)
	thread=$(scanner_runs && echo yes)
	answers "$1" EINVAL &&
		[ "$(ours && stat_of scans)" = "$scans" ] &&
		[ "$(scanner_runs && echo yes)" = "$thread" ]
}

rejects_long()
{
	local scans got
	scans=$(stat_of scans)
	got=$("$client" long "$control" "$1")
	echo "$1 bytes: $got, scans $scans, now $(stat_of scans)"
	[ "$got" = EINVAL ] && [ "$(stat_of scans)" = "$scans" ]
}

# rejects_value PARAMETER VALUE: and the parameter is what it was.
rejects_value()
{
	local before
	before=$(cat "$parameters/$1")
	! echo "$2" >"$parameters/$1" && [ "$(cat "$parameters/$1")" = "$before" ]
}

if ours; then
	check "a scan without an end cannot be had" rejects_value verify_passes 4294967295
	check "... nor a background scan without a CPU" rejects_value cpu_budget 0
fi

for bad in junk "" scan=abc scan=-1 scan= scan=99999999999999999999 \
	   dump=garbage dump= dump=0x10; do
	check "'$bad' is refused" rejects "$bad"
done
if ours; then
	for bad in scanner scan=on1 scan=4294968 "scan scan" offf clearing \
		   stack=onward "scan=1 2" path=garbage path= path=0x10; do
		check "'$bad' is refused" rejects "$bad"
	done
	for size in 100 4096 100000; do
		check "a write of $size bytes is refused" rejects_long "$size"
	done
	scans=$(stat_of scans)
	echo scan=600 >"$control"
	# The thread scans at once, and then not for ten minutes.
	wait_for scanned_since "$scans"
	check "a refused command leaves the thread alone" rejects scan=abc
	check "... and it runs on" scanner_runs
	echo scan=off >"$control"
fi
check "a write from nowhere is a fault" \
	test "$("$client" fault "$control")" = EFAULT

explains()
{
	log_mark
	answer "$1" >/dev/null
	wait_for log_has "dump"
}
if ours; then
	check "dump= of garbage says why in the log" explains dump=garbage
	check "dump= of no object says why in the log" explains dump=0x10
fi
# The file's own mode is asked, not the one of the directory.
mount -o remount,mode=755 /sys/kernel/debug
check "another user may not write" \
	test "$("$client" nobody "$control" w)" = EACCES
if ours; then
	for file in "$control" "${control}_summary" "${control}_path" "${control}_sites"; do
		# Part 1 alone does not have all of them.
		[ ! -e "$file" ] || check "another user may not read ${file##*/}" \
			test "$("$client" nobody "$file" r)" = EPERM
	done
	check "another user may read the statistics" \
		test "$("$client" nobody "$stats" r)" = ok
else
	check "another user may read" test "$("$client" nobody "$control" r)" = ok
fi

# ---- Statistics and parameters ----

if ours; then
	check "statistics are lines of name and value" \
		awk '!/^[a-z_0-9]+: (-?[0-9]+|on|off)$/ { print; bad = 1 }
		     END { exit bad || !NR }' "$stats"
	for name in objects bytes metadata_bytes directory_bytes early_log_used \
		    early_log_lost scan_duration_us scan_words scan_pointers \
		    scan_suspects scan_verified suspects_lost stacks_lost; do
		check "there is a statistic $name" grep -q "^$name: " "$stats"
	done
	check "there are statistics of what is not tracked" \
		grep -q "^untracked_[a-z_]*: " "$stats"
	check "objects are counted" test "$(stat_of objects)" -gt 100
	check "words are counted" test "$(stat_of scan_words)" -gt 1000
	check "nothing of the boot log was lost" test "$(stat_of early_log_lost)" = 0
	check "no stack was lost" test "$(stat_of stacks_lost)" = 0
	check "there is a parameter min_age_ms" test -w "$parameters/min_age_ms"
	check "explicit scans want an age of a second" \
		test "$(cat "$parameters/min_age_ms")" = 1000
fi

# ---- Stacks are roots unless told otherwise ----

case_addr()
{
	sed -n "s/^[a-z]* $1 \(0x[0-9a-f]*\) .*/\1/p" "$cases" | tail -n 1
}

check "the module with the cases loads" insmod /modules/kmemleak_cases.ko
[ -e "$cases" ] || { finish; exit 1; }

echo run_sleeping_stack >"$cases"
addr=$(case_addr held_by_sleeping_stack)
wait_age
scan
cat "$control" >"$work/report"
not_reported()
{
	! reports "$1" "$work/report"
}
check "what a sleeping task's stack holds is no leak" not_reported "$addr"
echo stack=off >"$control"
scan
cat "$control" >"$work/report"
check_with kernel/exit.c "... and with stack=off it is" reports "$addr" "$work/report"
reports "$addr" "$work/report" || who_holds "$addr"
echo stack=on >"$control"
scan
cat "$control" >"$work/report"
check "... and with stack=on it is no leak again" not_reported "$addr"
echo clear >"$control"
echo free >"$cases"

# Processes that have read the report come and go, with what they read.
stays_reported()
{
	local i
	for i in 1 2 3 4 5 6 7 8 9 10; do
		scan
		cat "$control" >"$work/report"
		reports "$1" "$work/report" || return 1
	done
}

# A process that has exited still points to the pipe of its sendfile(), until its
# parent waits for it: these do not.
zombies()
{
	grep -l '^State:.*Z' /proc/[0-9]*/status 2>/dev/null | wc -l
}
all_zombies()
{
	[ "$(zombies)" -ge $((zombies_before + 16)) ]
}
leave_zombies()
{
	local i
	zombies_before=$(zombies)
	for i in $(seq 16); do
		sh -c 'cat "$0" >"$1" & exec sleep 1000' "$control" "$work/copy" &
		parents="$parents $!"
	done
	wait_for all_zombies
}
# Of each leak_ring, its three objects.
rings_reported()
{
	local addr found=0
	for addr in $(sed -n 's/^leak leak_ring \(0x[0-9a-f]*\) .*/\1/p' "$cases"); do
		if reports "$addr" "$work/report"; then
			found=$((found + 1))
		else
			who_holds "$addr"
		fi
	done
	[ $found = $((3 * $1)) ]
}

parents=
check "there are zombies" leave_zombies
for i in $(seq 16); do
	echo leak_ring >"$cases"
done
wait_age
scan
cat "$control" >"$work/report"
check_with kernel/exit.c "zombies hold nothing" rings_reported 16
kill $parents
echo clear >"$control"
echo free >"$cases"

# Pages that caches gave back, and that many of these leaks get.
shrink_all
for i in $(seq 200); do
	echo leak_bulk >"$cases"
done
wait_age
scan
cat "$control" >"$work/report"
check "what caches gave back hides no leak" just_what_leaked "$work/report"
echo clear >"$control"
echo free >"$cases"

echo leak_ring >"$cases"
wait_age
scan
cat "$control" >"$work/report"
check "who reads of a leak does not end it" stays_reported "$(case_addr leak_ring)"
echo clear >"$control"
echo free >"$cases"

# ---- Leaks and non-leaks of each kind, judged by one scan ----

# The change of part 2 that a case takes, if it does. The address of a leak of 64 bytes
# is that of what described a new thread, and the thread remembers it. The struct page of
# a leak of whole pages remembers it from when these were a slab, where the base has the
# memory map scanned.
needs()
{
	case $1 in
	leak_kmalloc_64) echo "kernel/kthread.c and arch/um/kernel/process.c" ;;
	leak_kmalloc_16k | leak_kmalloc_64k | leak_kvmalloc | \
		pages_leak | pages_want_two | pages_cut)
		case $(uname -r) in
		6.*) echo mm/mm_init.c ;;
		esac
		;;
	phys_given) echo mm/page_alloc.c ;;
	esac
}

check "all cases run" sh -c "echo all >$cases"
# Without that change, its pages stay roots, whatever is there next.
if part_1_alone; then
	skip "case phys_given" "part 1 alone has no change of $(needs phys_given)"
else
	echo phys_given >"$cases"
fi
echo transient_object >"$cases"
cat "$cases" >"$work/all"
transient=$(case_addr transient_object)
grep -v " transient_object " "$work/all" >"$work/expected"
wait_age
echo transient >"$cases"
echo scan >"$control"
cat "$control" >"$work/report"
check "a transient leak is not reported at once" not_reported "$transient"
ours || { wait_age; scan; cat "$control" >"$work/report"; }
leaks_of "$work/report" >"$work/leaks"

# Says "ok FUNCTION" or "bad FUNCTION", and after bad ones why.
awk '
NR == FNR {
	size[$1] = $2; pid[$1] = $3; comm[$1] = $4; frames[$1] = "," $5
	next
}
{
	func_name = $2; addr = $3
	if (!(func_name in verdict)) {
		order[++n] = func_name
		verdict[func_name] = "ok"
	}
	why = ""
	if ($1 == "fine") {
		if (addr in size)
			why = "reported"
	} else if (!(addr in size)) {
		why = "missed"
	} else if (size[addr] != $4) {
		why = "reported with size " size[addr]
	} else if ($5 != "-" && comm[addr] != $5) {
		why = "reported with comm " comm[addr]
	} else if ($6 != "-" && pid[addr] != $6) {
		why = "reported with pid " pid[addr]
	} else if (!index(frames[addr], "," func_name "+0x")) {
		why = "the backtrace lacks it: " frames[addr]
	}
	if (why != "") {
		verdict[func_name] = "bad"
		print "#", $0 ":", why
	}
}
END {
	for (i = 1; i <= n; i++)
		print verdict[order[i]], order[i]
}' "$work/leaks" "$work/expected" >"$work/verdicts"
grep -v '^#' "$work/verdicts" >"$work/functions"
why_bad()
{
	grep "^# [a-z]* $1 " "$work/verdicts"
	who_holds $(sed -n "s/^# leak $1 \(0x[0-9a-f]*\) .*: missed\$/\1/p" "$work/verdicts")
}
while read -r verdict name; do
	case $verdict in
	ok) pass "case $name" ;;
	*)
		if part_1_alone && [ -n "$(needs "$name")" ]; then
			skip "case $name" "part 1 alone has no change of $(needs "$name")"
			continue
		fi
		fail "case $name"
		why_bad "$name"
		;;
	esac
done <"$work/functions"

nothing_else()
{
	awk 'NR == FNR { want[$3] = 1; next } !($1 in want) { print; bad = 1 }
	     END { exit bad }' "$work/all" "$work/leaks"
}
check "nothing else is reported" nothing_else
once()
{
	! cut -d ' ' -f 1 "$work/leaks" | sort | uniq -d | grep .
}
check "no leak is reported twice" once

# ---- The report ----

check "clients understand every line of the report" \
	check_grammar "$work/report"
content()
{
	grep -A 3 "^unreferenced object $(case_addr leak_kmalloc_512) " \
		"$work/report" | tee "$work/one"
	grep -q '^    6b 6d 65 6d 6c 65 61 6b 00 .*kmemleak' "$work/one"
}
check "the hex dump shows an object's content" content
if ours; then
	check "ages are plausible" awk -v up="$(cut -d ' ' -f 1 /proc/uptime)" '
	match($0, /\(age [0-9.]+s\)/) {
		n++
		age = substr($0, RSTART + 5, RLENGTH - 7) + 0
		if (age < 1 || age > up + 1) { print; bad = 1 }
	}
	END { exit bad || !n }' "$work/report"
fi

# Everything of a report that does not move with time.
timeless()
{
	sed -e 's/ (age .*//' -e 's/crc [0-9a-f]*/crc/'
}

# The report in reads of some size is the report.
read_by()
{
	timeless <"$work/report" >"$work/whole"
	"$client" read "$control" "$1" | timeless >"$work/parts"
	diff -U 9 "$work/whole" "$work/parts"
}
for size in 1 7 4096; do
	check "a report read $size bytes at a time is complete" read_by "$size"
done

# What hex_dump=0 leaves of a report is all but the content and its hash.
without_content()
{
	echo 0 >"$parameters/hex_dump" || return 1
	cat "$control" >"$work/hidden"
	echo 1 >"$parameters/hex_dump" || return 1
	timeless <"$work/report" |
		sed '/^  hex dump /d; /^    [0-9a-f][0-9a-f] /d' >"$work/wanted"
	grep -q '^unreferenced' "$work/wanted" || return 1
	timeless <"$work/hidden" | diff -U 9 "$work/wanted" - || return 1
	! grep -n 'crc [0-9a-f]*[1-9a-f]' "$work/hidden"
}
if ours; then
	check "the content of leaks is shown unless told otherwise" \
		test "$(cat "$parameters/hex_dump")" = Y
	check "hex_dump=0 leaves the content out, and all else in" without_content
fi

one_descriptor()
{
	"$client" syz "$control" >"$work/syz"
	head -n 1 "$work/syz"
	check_grammar "$work/syz" && grep -q '^unreferenced' "$work/syz"
}
check "scan, lseek and one big read on one descriptor" one_descriptor

wait_age
scan
cat "$control" >"$work/report"
check "a transient leak is reported by the next scan" \
	reports "$transient" "$work/report"
still_reported()
{
	leaks_of "$work/report" >"$work/later"
	awk 'FILENAME == ARGV[1] { seen[$1] = 1 }
	     FILENAME == ARGV[2] { first[$1] = 1 }
	     FILENAME == ARGV[3] && $1 == "leak" && $3 in first && !($3 in seen)
	     ' "$work/later" "$work/leaks" "$work/expected" >"$work/gone"
	[ -s "$work/gone" ] || return 0
	cat "$work/gone"
	who_holds $(cut -d ' ' -f 3 "$work/gone")
	return 1
}
check "reported leaks are still reported by a second scan" still_reported

# dump= tells address, size, owner and backtrace.
dump_of()
{
	local line pid
	line=$(grep " $1 " "$work/expected" | tail -n 1)
	set -- $line
	log_mark
	answers "dump=$3" ok || return 1
	wait_for log_has "$2+0x" || { log_since; return 1; }
	log_since
	log_has "$3 (size $4)" && log_has "comm \"$5\", pid $6"
}
for name in leak_kmalloc_64 leak_kmalloc_16k leak_vmalloc held_by_global; do
	check "dump= tells of $name" dump_of "$name"
done
log_mark
if ours; then
	check "dump= takes an address inside an object" \
		answers "dump=$(printf '0x%x' $(($(case_addr leak_kmalloc_16k) + 100)))" ok
fi

# Of the lock validator's tables in BSS those of mere numbers are not read.
symbol()
{
	sed -n "s/^\([0-9a-f]*\) . $1\$/0x\1/p" /proc/kallsyms
}
chains=$(symbol lock_chains)
if ours && [ -n "$chains" ]; then
	check "classes of locks are data" \
		answers "dump=$(symbol lock_classes)" ok
	check_with kernel/locking/lockdep.c "... and chains of them are not" \
		answers "dump=$chains" EINVAL
fi

# ---- clear, and objects that go while the report is read ----

echo clear >"$control"
check "clear empties the report" empty_report
scan
check "what was cleared is not reported again" empty_report
check "everything is given back" sh -c "echo free >$cases"

echo all >"$cases"
wait_age
scan
ours || { wait_age; scan; }
freed_while_read()
{
	exec 3<"$control"
	read -r line <&3 || { echo "nothing to read"; return 1; }
	echo free >"$cases"
	cat <&3 >"$work/rest"
	exec 3<&-
	empty_report
}
check "objects may be freed while the report is read" freed_while_read

# ---- Leaks of a module that is gone ----

for name in leak_kmalloc_64 leak_kmalloc_512 leak_kmalloc_16k leak_vmalloc \
	    leak_percpu leak_ring; do
	echo "$name" >"$cases"
done
wait_age
scan
cat "$control" >"$work/report"
leaks_of "$work/report" >"$work/before"
check "leaks are there to be left behind" test "$(grep -c . "$work/before")" -ge 4
unloaded_while_read()
{
	exec 3<"$control"
	read -r line <&3 || { echo "nothing to read"; return 1; }
	rmmod kmemleak_cases || return 1
	{ echo "$line"; cat <&3; } >"$work/rest"
	exec 3<&-
	check_grammar "$work/rest" &&
		[ "$(grep -c '^unref' "$work/rest")" = "$(grep -c . "$work/before")" ]
}
check "a module may be unloaded while its leaks are read" unloaded_while_read
cat "$control" >"$work/report"
all_listed()
{
	leaks_of "$work/report" >"$work/leaks"
	awk 'NR == FNR { seen[$1] = 1; next } !($1 in seen) { print; bad = 1 }
	     END { exit bad }' "$work/leaks" "$work/before"
}
check "leaks of an unloaded module stay in the report" all_listed
check "... which clients still understand" check_grammar "$work/report"
echo clear >"$control"

# ---- Calls that make no sense ----

bad_calls()
{
	awk '/^bad_/ { n += $2 } END { print n + 0 }' "$stats"
}

complained()
{
	local before lines
	before=$(bad_calls)
	log_mark
	echo "$1" >"$cases" || return 1
	[ "$(bad_calls)" -gt "$before" ] || { echo "no counter moved"; return 1; }
	wait_for log_has "kmemleak:" || { echo "nothing in the log"; return 1; }
	lines=$(log_since | grep -c "kmemleak:")
	echo "$lines lines in the log"
	[ "$lines" -le 4 ]
}

insmod /modules/kmemleak_cases.ko
if ours; then
	objects=$(stat_of objects)
	for name in misuse_free misuse_double misuse_overlap misuse_free_part; do
		check "$name is counted and told once" complained "$name"
	done
	check "the detector is still on" answers scan ok
	addr=$(case_addr misuse_double)
	log_mark
	check "what was registered twice is an object" answers "dump=$addr" ok
	echo free >"$cases"
	check "... once" answers "dump=$addr" EINVAL
	# Not exact: the system goes on living.
	check "objects are as many as before" \
		test "$(stat_of objects)" -lt $((objects + 200))
fi

# ---- Several at once ----

check "four clients scan at once" \
	test "$("$client" together "$control" 4)" = ok
if ours; then
	check "a scan is interrupted by a signal" \
		test "$("$client" interrupt "$control")" = EINTR
	check "... and the next one is not" answers scan ok

	old_age=$(cat "$parameters/min_age_ms")
	check "min_age_ms may be 0" sh -c "echo 0 >$parameters/min_age_ms"
	while :; do
		echo scan >"$control"
	done &
	other=$!
	# A scan that began before the leak would not have it.
	began_later()
	{
		local i addr
		for i in 1 2 3 4 5; do
			echo leak_kmalloc_64 >"$cases"
			wait_ms 50
			addr=$(case_addr leak_kmalloc_64)
			echo scan >"$control"
			cat "$control" >"$work/report"
			reports "$addr" "$work/report" && continue
			echo "round $i: $addr is missing"
			who_holds "$addr"
			return 1
		done
	}
	check_with "$(needs leak_kmalloc_64)" \
		"a scan beside another begins after its own write" began_later
	kill $other
	wait $other 2>/dev/null
	echo "$old_age" >"$parameters/min_age_ms"

	thread_scans()
	{
		[ "$(stat_of scans)" -gt "$1" ]
	}
	scans=$(stat_of scans)
	echo scan=1 >"$control"
	check "the thread scans by itself" wait_for thread_scans "$scans"
	echo scan=off >"$control"
fi
echo free >"$cases"
echo clear >"$control"

# ---- The stack of a task that has died ----

# A process that is dead and not waited for, whose stack a module keeps. Readers of
# /proc/PID/stack hold a stack like that while its task dies.
die_with_stack()
{
	local put
	put=$(symbol put_task_stack)
	sh -c 'sleep 1000 & echo $! >"$0"; exec sleep 1000' "$work/dying" &
	parent=$!
	wait_for test -s "$work/dying" || return 1
	dead=$(cat "$work/dying")
	insmod /modules/kmemleak_dead.ko "pid=$dead" "put=${put:-0}" || return 1
	kill -9 "$dead"
	wait_for grep -q Y /sys/module/kmemleak_dead/parameters/dead
}
all_tasks_shown()
{
	echo t >/proc/sysrq-trigger || return 1
	dmesg | grep 'do_exit+'
}
dead=self
check "a task is dead, and its stack is kept" die_with_stack
check "... /proc/PID/stack shows where it ended" grep do_exit "/proc/$dead/stack"
check "... /proc/PID/wchan can be read" cat "/proc/$dead/wchan"
[ ! -e /proc/sysrq-trigger ] ||
	check "... and so does a list of all tasks" all_tasks_shown
scan
check "the module that kept the stack unloads" rmmod kmemleak_dead
kill "$parent"

# ---- Backtraces that were known already ----

if ours; then
	check "known backtraces were verified" test "$(stat_of stack_verified)" -gt 0
	check "... and are what the unwinder sees" \
		test "$(stat_of stack_mismatches)" = 0
	check "no parameter but a number is taken" \
		sh -c "! echo junk >$parameters/verify_stacks" 2>/dev/null
fi

# ---- off, for good ----

echo leak_kmalloc_64 >"$cases"
check "off is taken" answers off ok
for command in scan scan=on scan=off scan=5 stack=on off dump=0x10 path=0x10 junk ""; do
	check "after off '$command' is refused" answers "$command" EPERM
done
check "after off clear is taken" answers clear ok
check "after off the report is readable and empty" empty_report
ours && check "the statistics say so" grep -q '^state: off$' "$stats"
check "after off objects may be freed" sh -c "echo free >$cases"
check "... and made" sh -c "echo all >$cases && echo free >$cases"
check "... and modules unloaded" rmmod kmemleak_cases

finish
