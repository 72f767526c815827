#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A scan of very many objects: 50,000, or as many as /etc/scale.objects says. They are
# counted, what leaked is found and nothing else, and meanwhile nobody waits for long: the
# kernel's own watchdogs, which are told to complain early, have nothing to say, and a task
# of the highest priority on each CPU measures for how long it does not get that.
#
# For a kernel with SOFTLOCKUP_DETECTOR and DETECT_HUNG_TASK. Needs kmemleak_scale.ko and
# kmemleak_cases.ko in /modules; prints TAP, and what the scan has cost.
set -u
. "$(dirname "$0")/lib.sh"

objects=$(cat /etc/scale.objects 2>/dev/null || echo 50000)
scale=/sys/kernel/debug/kmemleak_scale
# A host that is busy takes a CPU away for some tenths of a second, of an idle guest, too.
wait_max_ms=1000
hog_ms=300
# A watchdog with less patience would complain about the host.
lockup_seconds=10
stall_seconds=10
hung_seconds=30

# tell FILE VALUE
tell()
{
	echo "$1:"
	[ -w "$1" ] && echo "$2" >"$1" && [ "$(cat "$1")" = "$2" ]
}

watch_lockups()
{
	# The detector complains after twice as long.
	tell /proc/sys/kernel/watchdog_thresh $((lockup_seconds / 2)) &&
		[ "$(cat /proc/sys/kernel/soft_watchdog)" = 1 ]
}

watch_tasks()
{
	tell /proc/sys/kernel/hung_task_timeout_secs $hung_seconds
}

# RCU of a kernel for one CPU does not stall.
watch_rcu()
{
	grep -qs '^CONFIG_TINY_RCU=y' /boot/config-* ||
		tell /sys/module/rcupdate/parameters/rcu_cpu_stall_timeout $stall_seconds
}

nothing_hangs()
{
	! log_since | grep -E \
		-e 'soft lockup|hard LOCKUP|blocked for more than|blocked in I/O wait' \
		-e 'rcu.*(stall|starved)'
}

# make NUMBER: of objects, then wait until the thread that makes or frees them is done.
make_objects()
{
	echo "$1" >$scale/objects || return 1
	while [ "$(cat $scale/state)" = busy ]; do
		sleep 0.5
	done
	cat $scale/state $scale/objects
	[ "$(cat $scale/state)" = idle ] && [ "$(cat $scale/objects)" = "$1" ]
}

# What goes on does so beside the probes: in ms.
probed()
{
	echo 1 >$scale/probe
	"$@" >/dev/null
	echo 0 >$scale/probe
	echo $((($(cat $scale/probe) + 500) / 1000))
}

# CPU time that all of the machine has used, in hundredths of a second.
cpu_time()
{
	awk '/^cpu / { print $2 + $3 + $4 + $7 + $8 }' /proc/stat
}

hog_seen()
{
	local waited
	waited=$(probed sh -c "sleep 0.1; echo $hog_ms >$scale/hog")
	echo "$waited ms, of $hog_ms"
	[ "$waited" -ge $((hog_ms * 9 / 10)) ]
}

# Some more are of whoever makes them: the descriptions of areas, for example.
all_counted()
{
	local more=$((objects_made - objects_before))
	echo "$objects objects, $more more than before"
	[ $more -ge "$objects" ] && [ $more -lt $((objects + objects / 20 + 5000)) ]
}

# Dentries and the like go when they are asked to.
few_left()
{
	echo 2 >/proc/sys/vm/drop_caches
	echo "$objects_before objects before, $(stat_of objects) after"
	[ "$(stat_of objects)" -lt $((objects_before + 1000 + objects / 100)) ]
}

just_what_leaked_here()
{
	# shellcheck disable=SC2034
	local cases=$scale/leaks
	just_what_leaked "$work/report"
}

# Of the first line of the summary.
summary_counts()
{
	local line
	line=$(head -n 1 /sys/kernel/debug/kmemleak_summary)
	echo "$line"
	[ "$(echo "$line" | sed 's/.* ago: \([0-9]*\) leaks, .*/\1/')" = \
		"$(grep -c '^leak ' $scale/leaks)" ]
}

same_report()
{
	cat "$control" >"$work/report.again"
	leaks_of "$work/report" >"$work/first"
	leaks_of "$work/report.again" >"$work/again"
	diff "$work/first" "$work/again"
}

# What the scan has cost. Divided by awk, which has fractions.
tell_costs()
{
	awk -v objects="$objects_made" -v bytes="$bytes_made" -v made="$objects" \
		-v metadata=$((metadata_made - metadata_before)) \
		-v more=$((objects_made - objects_before)) -v make_ms=$make_ms \
		-v scan_us="$(stat_of scan_duration_us)" -v cpu=$scan_cpu 'BEGIN {
		gib = bytes / 1024 / 1024 / 1024
		printf "# scale: %d objects made in %.1f s\n", made, make_ms / 1000
		printf "# scale: a scan of %d objects, %.3f GiB, takes %.2f s, %.2f CPU seconds\n",
			objects, gib, scan_us / 1e6, cpu / 100
		if (gib && more > 0) {
			printf "# scale: %.2f s, %.2f CPU seconds for 1 GiB of objects\n",
				scan_us / 1e6 / gib, cpu / 100 / gib
			printf "# scale: %.2f bytes of the detector for each object\n",
				metadata / more
		}
	}'
	echo "# scale: others wait for $scan_wait ms at most, $idle_wait ms in an idle guest"
	grep -E '^(directory_bytes|report_memory_bytes|scan_(words|pointers|overflows|suspects)):' \
		"$stats" | sed 's/^/# scale: /'
	sed -n 's/^MemTotal: */# scale: memory /p' /proc/meminfo
}

log_mark
check "the kernel watches for lockups" watch_lockups
check "... and for tasks that hang" watch_tasks
check "... and for stalls of RCU" watch_rcu
begin_clean
check "a module that makes objects loads" insmod /modules/kmemleak_scale.ko
[ $test_failed = 0 ] || { finish; exit 1; }

idle_wait=$(probed sleep 3)
check "whoever keeps a CPU is seen" hog_seen

objects_before=$(stat_of objects)
metadata_before=$(stat_of metadata_bytes)
make_ms=$(now_ms)
check "objects are made" make_objects "$objects"
make_ms=$(($(now_ms) - make_ms))
objects_made=$(stat_of objects)
bytes_made=$(stat_of bytes)
metadata_made=$(stat_of metadata_bytes)
check "all are counted" all_counted
wait_age

scan_cpu=$(cpu_time)
scan_wait=$(probed sh -c "echo scan >$control || echo failed >$work/scan.failed")
scan_cpu=$(($(cpu_time) - scan_cpu))
check "a scan succeeds" test ! -e "$work/scan.failed"
tell_costs
check "nobody waits for long meanwhile" test "$scan_wait" -le $((wait_max_ms + 2 * idle_wait))
cat "$control" >"$work/report"
check "it finds what leaked, and nothing else" just_what_leaked_here
check "its report is well-formed" check_grammar "$work/report"
check "the summary counts the same" summary_counts
check "another scan succeeds" answers scan ok
check "... and the report is the same" same_report
check "the watchdogs are silent" nothing_hangs

check "all objects are freed" make_objects 0
check "... and none of them is left" wait_for few_left
check "the module unloads" rmmod kmemleak_scale
check_recovered
check "the watchdogs are silent to the end" nothing_hangs
finish
