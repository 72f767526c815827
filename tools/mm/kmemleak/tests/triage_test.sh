#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Where memory has gone, by the files of saved machines: triage and export.
# triage_test.sh <program>; UPDATE=1 writes what is expected anew.
set -eu
. "$(dirname "$0")/lib.sh"
trees=$tests/trees

# A copy of a saved machine, to change; $1 is the tree.
make_tree()
{
	rm -rf "$root"
	cp -r "$trees/$1" "$root"
}

# Sets a field of meminfo, in kB, or adds it.
meminfo()
{
	sed -i "/^$1:/d" "$root/proc/meminfo"
	echo "$1: $2 kB" >>"$root/proc/meminfo"
}

# So much unreclaimable slab, in kB, as both files have it.
slab()
{
	meminfo SUnreclaim "$1"
	sed -i "s/ nr_slab_unreclaimable .*/ nr_slab_unreclaimable $(($1 / 4))/" \
		"$root/proc/zoneinfo"
}

# The lines of the account add up to MemTotal, in kB.
adds_up()
{
	run triage "$@"
	[ $status = 0 ] && awk '
	/^MemTotal / { total = $2; exit }
	NR > 1 {
		match($0, / +-?[0-9]+ +-?[0-9.]+ %/)
		split(substr($0, RSTART), field, " ")
		sum += field[1]
	}
	END { print sum, total; exit sum != total || total == 0 }' "$work/out"
}

# line <text> <kB>: the account has that line.
line()
{
	run triage
	grep -E "^$1 +$2 " "$work/out" || { cat "$work/out"; false; }
}

# says <words> <command>: the advice has the words and ends in the command.
says()
{
	words=$1
	next=$2
	shift 2
	run triage "$@"
	tail -n 8 "$work/out"
	[ $status = 0 ] && tail -n 8 "$work/out" | tr '\n' ' ' | grep -qF -e "$words" &&
		[ "$(tail -n 1 "$work/out")" = "next$machine: $next" ]
}

# Commands that look at the machine itself do not run here.
says_there()
{
	machine=", on that machine"
	says "$@" || return 1
	machine=
}
machine=

# As golden, with ROOT for the tree.
golden_tree()
{
	expected=$1
	shift
	run "$@"
	sed -i "s|$root|ROOT|" "$work/out"
	[ "${UPDATE:-}" != 1 ] || cp "$work/out" "$expected"
	[ $status = 0 ] && diff -u "$expected" "$work/out"
}

make_tree after
check "triage of a saved machine" golden_tree "$trees/after.triage" triage
check "triage of what grew" golden_tree "$trees/growth.triage" triage --since "$trees/before"
check "the account adds up" adds_up
check "the account adds up, with growth" adds_up --since "$trees/before"

# ---- What is part of what ----

make_tree after
meminfo Shmem 1000
meminfo Cached 5000
meminfo Buffers 64
check "page cache does not hold shared memory" line "user: page cache" 4064
meminfo SwapCached 900
meminfo AnonPages 3000
meminfo 'Active(anon)' 2500
meminfo 'Inactive(anon)' 2000
check "swap cache that is not mapped counts" line "user: swap cache" 500
meminfo Zswap 700
check "compressed swap counts once" line "compressed swap \(zswap, zram\)" 700
meminfo GPUActive 300
meminfo KReclaimable 100000
meminfo SReclaimable 99000
check "what drivers hold" line "drivers, as far as counted" 1300
meminfo Hugetlb 8192
check "the pool of huge pages" line "user: pool of huge pages" 8192
check "it still adds up" adds_up

make_tree after
check "stacks that vmalloc() does not know" line vmalloc 4488
echo "0x1-0x2 20480 dup_task_struct+0x4e/0x190 pages=4 vmalloc" >>"$root/proc/vmallocinfo"
check "stacks that are vmalloc() memory count once" line vmalloc 4168
rm "$root/proc/vmallocinfo"
echo CONFIG_VMAP_STACK=y | gzip >"$root/proc/config.gz"
check "the configuration says so, too" line vmalloc 4168
echo "# CONFIG_VMAP_STACK is not set" | gzip >"$root/proc/config.gz"
check "or that they are not" line vmalloc 4488

make_tree after
sed -i 's/ nr_slab_unreclaimable .*/ nr_slab_unreclaimable 40/' "$root/proc/zoneinfo"
sed -i 's/ count: .*/ count: 1/' "$root/proc/zoneinfo"
pages=$(grep -c ' count: ' "$root/proc/zoneinfo")
check "pages of 64 kB" line "free, kept ready by CPUs" $((64 * pages))

make_tree after
meminfo MemFree 900000000
check "counters that disagree add up, too" adds_up
meminfo MemFree 99999999999999999999
check "numbers that are too large" adds_up
printf 'MemTotal: 1000 kB\n' >"$root/proc/meminfo"
check "a kernel that tells next to nothing" adds_up
rm "$root/proc/zoneinfo" "$root/proc/modules" "$root/proc/slabinfo" "$root/proc/vmallocinfo"
rm -r "$root/sys" "$root/proc/uptime"
check "nothing but MemTotal" adds_up

# ---- The advice ----

make_tree after
check "leaks that are known" says "has found 810 leaks" "kmemleak --root $root report"
sed -i '1s/810 leaks.*/0 leaks, 0 bytes, 0 direct, 0 indirect, 0 entries/;2,$d' \
	"$debugfs/kmemleak_summary"
check "growth, and no scan yet" says_there "can tell how much of it is leaked" "kmemleak scan" \
	--since "$trees/before"
sed -i '/^644 objects/s/bytes:/bytes, growing:/' "$debugfs/kmemleak_sites"
check "a site that grows" says \
	"table_resize+0x16/0x30 [kmemleak_demo] had allocated more, 1.8 MiB in all" \
	"kmemleak --root $root module kmemleak_demo" --since "$trees/before"
sed -i 's/^  bytes 2027376 3964464/  bytes 3963440 3964464/' "$debugfs/kmemleak_sites"
check "... by next to nothing" says_there "can tell how much of it is leaked" "kmemleak scan" \
	--since "$trees/before"
sed -i 's/^state:.*/state: off/' "$debugfs/kmemleak_stats"
check "a detector that is off" says_there "boot with kmemleak=on" \
	"kmemleak record --every 60s --db kmemleak.db" --since "$trees/before"
rm "$debugfs"/*
check "debugfs that was not saved" says_there "has a leak detector was not saved" \
	"kmemleak triage --for 60s" --since "$trees/before"
touch "$debugfs/clear_warn_once"
check "no detector" says_there "build it with CONFIG_DEBUG_KMEMLEAK=y" \
	"kmemleak record --every 60s --db kmemleak.db" --since "$trees/before"
touch "$debugfs/kmemleak"
check "the kernel's own detector" says_there "can tell how much of it is leaked" "kmemleak scan" \
	--since "$trees/before"

make_tree after
sed -i '/^kmemleak_table_32 /s/: slabdata .*/: slabdata 20000 20000 0/' "$root/proc/slabinfo"
slab 162568
meminfo MemFree 842980
rm "$debugfs"/*
touch "$debugfs/clear_warn_once"
check "a cache that is large" says_there "156.2 MiB of that in the cache kmemleak_table_32" \
	"kmemleak record --every 60s --db kmemleak.db"
check "a cache that grew" says_there \
	"grew by 156.6 MiB in 6 s, 156.2 MiB of that in the cache kmemleak_table_32" \
	"kmemleak record --every 60s --db kmemleak.db" --since "$trees/before"
sed -i '/^dentry /s/: slabdata .*/: slabdata 90000 90000 0/' "$root/proc/slabinfo"
check "a larger one that can be reclaimed is not blamed" says_there \
	"in the cache kmemleak_table_32" "kmemleak record --every 60s --db kmemleak.db" \
	--since "$trees/before"

make_tree after
meminfo MemFree 100000
check "pages that are counted nowhere" says_there "CONFIG_MEM_ALLOC_PROFILING=y" \
	"kmemleak record --every 60s --db kmemleak.db"
printf 'allocinfo - version: 1.0\n#     <size>  <calls> <tag info>\n' >"$root/proc/allocinfo"
check "a kernel that does not count them yet" says_there "is empty" \
	"sysctl vm.mem_profiling=1; sleep 60; kmemleak triage"
echo "819200000 200000 drivers/net/ring.c:12 [ring] func:ring_fill accurate:no" \
	>>"$root/proc/allocinfo"
check "a kernel that counts them" says_there \
	"ring_fill() at drivers/net/ring.c:12 [ring] allocated 781.2 MiB" \
	"bpftrace -e 'kprobe:ring_fill { @[kstack] = count(); } interval:s:10 { exit(); }'"
meminfo AnonPages 800000
meminfo MemFree 200000
check "processes" says_there "Processes hold it" "ps -e -o rss,pid,comm --sort=-rss | head"
meminfo AnonPages 0
meminfo Hugetlb 800000
check "huge pages" says_there "set aside for huge pages" "grep -r . /sys/kernel/mm/hugepages"
make_tree after
meminfo PageTables 200000
meminfo MemFree 800000
check "page tables" says_there "what processes map" \
	"grep VmPTE /proc/[0-9]*/status | sort -k2 -n | tail"
meminfo PageTables 60
meminfo KernelStack 200000
check "kernel stacks" says_there "Each thread has one" "ps -e -o nlwp,pid,comm --sort=-nlwp | head"
make_tree after
echo 'scan 1, 0.1s ago: 0 leaks, 0 bytes, 0 direct, 0 indirect, 0 entries' \
	>"$debugfs/kmemleak_summary"
check "all is well" says_there "99 % is free" "kmemleak triage --for 60s"

# ---- Looking for some time ----

# Replaces a file of the machine at once, as the tool may be reading it.
replace()
{
	cat >"$root/new"
	mv "$root/new" "$root/proc/$1"
}

# Hundredths of a second since boot.
hundredths()
{
	tr -d . </proc/uptime | cut -d ' ' -f 1
}

# A machine that leaks while it is looked at: its files change under the tool, by a
# slab in each hundredth of a second.
leaks_meanwhile()
{
	make_tree after
	rm "$debugfs"/*
	touch "$debugfs/clear_warn_once"
	begin=$(hundredths)
	cat /proc/uptime | replace uptime
	$2 "$tool" triage --for "$1" >"$work/out" 2>"$work/err" </dev/null &
	pid=$!
	while kill -0 $pid 2>/dev/null; do
		slabs=$(($(hundredths) - begin))
		[ $slabs -le 3000 ] || slabs=3000
		sed "s/^SUnreclaim:.*/SUnreclaim: $((2568 + 4 * slabs)) kB/" \
			"$trees/after/proc/meminfo" | replace meminfo
		sed "/^seen /s/: slabdata .*/: slabdata $((300 + slabs)) $((300 + slabs)) 0/" \
			"$trees/after/proc/slabinfo" | replace slabinfo
		cat /proc/uptime | replace uptime
	done
	wait $pid
	cat "$work/out"
	grep -E 'grew by .* in [0-9]+ s[,;] .* in the cache seen\.' "$work/out"
}
check "growth while it is looked at" leaks_meanwhile 2s ""
interrupted()
{
	cat >"$work/interrupt" <<-\END
		lost()
		{
			sed -n 's/^SUnreclaim: *\([0-9]*\) .*/\1/p' "$KMEMLEAK_ROOT/proc/meminfo"
		}
		"$@" &
		# It sleeps only while it waits, and then it expects interrupts.
		until grep -qx "Name:.kmemleak" /proc/$!/status &&
		      grep -q '^State:.S' /proc/$!/status; do
			sleep 0.01
		done
		begin=$(lost)
		until [ "$(lost)" -gt $((begin + 1200)) ]; do sleep 0.1; done
		kill -INT $!
		wait $!
	END
	leaks_meanwhile 1h "sh -e $work/interrupt"
}
check "... and for less than was asked, if it is interrupted" interrupted

make_tree after
cp -r "$root" "$work/later"
check "a copy of the same moment" refuses "no time went by" triage --since "$work/later"
echo 11111111-2222-3333-4444-555555555555 >"$work/later/proc/sys/kernel/random/boot_id"
check "a copy of another boot" refuses "one boot of one machine" triage --since "$work/later"
check "a copy that is none" refuses "No such file" triage --since "$work/nothing"
check "a time that is none" refuses "no duration" triage --for 5x
check "a number with an exponent" refuses "no duration" triage --for 1e9s
check "a number in another base" refuses "no duration" triage --for 0x5s
check "a time of zero" refuses "no duration" triage --for 0s
check "two ways to compare" refuses "exclude each other" triage --for 1s --since "$work/later"
echo "not meminfo" >"$root/proc/meminfo"
check "a meminfo that is none" refuses "has no MemTotal" triage
rm "$root/proc/meminfo"
check "no meminfo" refuses "No such file" triage

# ---- Not root ----

as_nobody()
{
	chmod 755 "$work"
	make_tree after
	chmod 400 "$root/proc/slabinfo"
	chmod 700 "$debugfs"
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups "$tool" triage \
			>"$work/out" 2>"$work/err"
	else
		chmod 000 "$debugfs" "$root/proc/slabinfo"
		"$tool" triage >"$work/out" 2>"$work/err"
	fi
	cat "$work/out" "$work/err"
	[ "$(grep -c 'run as root' "$work/out")" = 1 ] && grep -q '^MemTotal' "$work/out"
}
check "no permission for slabinfo is one line" as_nobody

# ---- Metrics ----

export_of()
{
	make_tree "$1"
	run export --prometheus
	[ $status = 0 ] && python3 "$tests/prometheus.py" <"$work/out"
}
check "metrics are well formed" export_of after
check "metrics of a saved machine" golden "$trees/after.prom" export --prometheus

memory_adds_up()
{
	run export --prometheus
	awk '/^kmemleak_memory_bytes/ { sum += $2 } /^kmemleak_memory_total_bytes/ { total = $2 }
	END { print sum, total; exit sum != total || !total }' "$work/out"
}
check "memory in metrics adds up" memory_adds_up

odd_names()
{
	make_tree after
	sed -n '/^seen /p' "$trees/after/proc/slabinfo" |
		sed 's/^seen /a "b\\c d\xff\x01 /' >>"$root/proc/slabinfo"
	sed -n '/^seen /p' "$trees/after/proc/slabinfo" >>"$root/proc/slabinfo"
	run export --prometheus
	grep 'a .*b' "$work/out"
	python3 "$tests/prometheus.py" <"$work/out" &&
		grep -qF 'kmemleak_slab_cache_objects{cache="a \"b\\x5cc d??"} 507' "$work/out" &&
		grep -qF 'kmemleak_slab_cache_objects{cache="seen"} 1014' "$work/out"
}
check "names with quotes and bytes that are no text; two of one name" odd_names

top()
{
	make_tree after
	run export --prometheus --top 3
	python3 "$tests/prometheus.py" <"$work/out" &&
		[ "$(grep -c '^kmemleak_slab_cache_bytes{' "$work/out")" = 3 ]
}
check "the largest alone" top

detectorless()
{
	make_tree after
	rm "$debugfs"/*
	touch "$debugfs/clear_warn_once"
	run export --prometheus
	python3 "$tests/prometheus.py" <"$work/out" &&
		grep -qx 'kmemleak_detector_state{state="absent"} 1' "$work/out" &&
		grep -qx 'kmemleak_readable{kind="site"} 0' "$work/out" &&
		! grep -q '^kmemleak_leaks' "$work/out"
}
check "metrics without a detector" detectorless

to_file()
{
	make_tree after
	mkdir "$work/textfiles"
	echo old >"$work/textfiles/kmemleak.prom"
	run export --prometheus --output "$work/textfiles/kmemleak.prom"
	[ $status = 0 ] && [ ! -s "$work/out" ] &&
		diff "$trees/after.prom" "$work/textfiles/kmemleak.prom" &&
		[ "$(ls "$work/textfiles")" = kmemleak.prom ]
}
check "metrics in a file that is replaced" to_file
check "a directory that is not there" refuses "nothing was written" export --prometheus \
	--output "$work/nothing/kmemleak.prom"
check "a directory in place of the file" refuses "nothing was written" export --prometheus \
	--output "$work/textfiles"
check "no format" refuses "say --prometheus" export
check "a number that is none" refuses "no number above zero" export --prometheus --top 0
rm "$root/proc/meminfo"
check "metrics without meminfo" refuses "No such file" export --prometheus \
	--output "$work/textfiles/kmemleak.prom"
check "leave the file as it was" diff "$trees/after.prom" "$work/textfiles/kmemleak.prom"


finish
