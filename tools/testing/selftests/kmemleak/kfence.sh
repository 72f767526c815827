#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A kernel whose slab objects come from KFENCE now and then: an object is handed out
# as its constructor left it, its leaks are found, and neither a scan nor a hook makes
# KFENCE complain. Needs kfence.sample_interval=1 on the command line and
# kmemleak_cases.ko in /modules; ALLOCATIONS is how many objects KFENCE hands out under
# load at least. Prints TAP.
set -u
. "$(dirname "$0")/lib.sh"

: "${ALLOCATIONS:=20000}" "${SECONDS_MAX:=400}"
kfence=/sys/kernel/debug/kfence/stats
sampling=/sys/module/kfence/parameters
running=$work/running

kfence_stat()
{
	sed -n "s/^$1: //p" "$kfence"
}

check "KFENCE is on" test "$(kfence_stat enabled)" = 1
[ -r "$kfence" ] || { finish; exit 1; }
# Each sample takes so many more.
echo 63 >"$sampling/burst"
echo scan=off >"$control"
check "the module with the cases loads" insmod /modules/kmemleak_cases.ko
[ -e "$cases" ] || { finish; exit 1; }

# ---- What KFENCE hands out ----

check "a constructor's work is left alone" sh -c "echo kfence_constructed >$cases"
check "... and with SLAB_TYPESAFE_BY_RCU" sh -c "echo kfence_typesafe >$cases"

# ---- Load: caches with constructors, and whatever else there is ----

load_system_calls()
{
	while [ -e "$running" ]; do
		"$here/kmemleak_macro" loops "$1" 1000 1
	done
}

load_processes()
{
	while [ -e "$running" ]; do
		sh -c 'echo a | cat | (sed s/a/b/ | grep -q b)'
		sh -c 'trap : USR1; sleep 1 & kill -USR1 $$; kill $!; wait'
		usleep 1000
		"$client" sockets "$work/socket" 5
	done
}

enough()
{
	[ $(($(kfence_stat "total allocations") - allocations)) -ge "$ALLOCATIONS" ]
}

mkdir "$work/files"
ip link set lo up
: >"$running"
allocations=$(kfence_stat "total allocations")
load_system_calls "$work/files" >/dev/null 2>&1 &
load_processes >/dev/null 2>&1 &
scans=0
failed_scans=0
end=$(($(now_ms) + SECONDS_MAX * 1000))
until enough || [ "$(now_ms)" -ge $end ]; do
	echo scan >"$control" || failed_scans=$((failed_scans + 1))
	scans=$((scans + 1))
done
check "KFENCE hands out $ALLOCATIONS objects under load" enough
rm "$running"
wait
echo "# $scans scans beside the load"
sed 's/^/# /' "$kfence"
check "every scan beside the load succeeds" test $failed_scans = 0
check "there were scans beside the load" test $scans -gt 0
wait_age
scan
check "nothing is reported after the load" empty_report

# ---- Leaks of KFENCE's objects ----

just_what_leaked_from_kfence()
{
	just_what_leaked "$work/report" || return 1
	awk '$1 == "leak" { print $3, $4 }' "$cases" | sort >"$work/made"
	leaks_of "$work/report" | cut -d ' ' -f 1,2 | sort >"$work/found"
	diff "$work/made" "$work/found"
}

# From here on a stack that has an object of KFENCE already may get another one.
echo 100 >"$sampling/skip_covered_thresh"
echo 2 >/proc/sys/vm/drop_caches
for name in kfence_leak kfence_held kfence_vmalloc kfence_part kfence_zombie; do
	check "$name gets objects of KFENCE" sh -c "echo $name >$cases"
done
wait_age
scan
cat "$control" >"$work/report"
check "leaks are found, with the size asked for" just_what_leaked_from_kfence
check "... in a report that clients understand" check_grammar "$work/report"
check "everything is given back" sh -c "echo free >$cases"
scan
check "... and leaves the report" empty_report
check "the module unloads" rmmod kmemleak_cases

check "KFENCE found no bug" test "$(kfence_stat "total bugs")" = 0
check "KFENCE is still on" test "$(kfence_stat enabled)" = 1
check "no call made no sense" \
	awk '/^bad_/ && $2 { print; bad = 1 } END { exit bad }' "$stats"
finish
