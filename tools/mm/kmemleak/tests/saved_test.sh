#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Which of the files that people save is read, and how their numbers are.
# saved_test.sh <program>
set -eu
. "$(dirname "$0")/lib.sh"
unset KMEMLEAK_ROOT
from=$work/from

# meminfo <MemFree in kB> [unit]: a machine that is well
meminfo()
{
	printf '%-16s%10s '"${2:-kB}"'\n' MemTotal: 16384000 MemFree: "$1" Buffers: 100000 \
		Cached: 3000000 AnonPages: 2000000 Shmem: 100000 SReclaimable: 200000 \
		SUnreclaim: 200000 KernelStack: 16000 PageTables: 40000
}

# oom <kB of kmalloc-256>: a log of a machine that is out of memory
oom()
{
	cat <<-END
	kernel: [ 1234.5] python3 invoked oom-killer: gfp_mask=0x140cca, order=0, oom_score_adj=0
	kernel: [ 1234.5] Mem-Info:
	kernel: [ 1234.5] active_anon:1132 inactive_anon:110432 isolated_anon:0
	kernel: [ 1234.5]  slab_reclaimable:8000 slab_unreclaimable:$(($1 / 4))
	kernel: [ 1234.5]  mapped:30 shmem:200 pagetables:1200
	kernel: [ 1234.5]  free:13000 free_pcp:100 free_cma:0
	kernel: [ 1234.5] 1000000 pages RAM
	kernel: [ 1234.5] 20000 pages reserved
	kernel: [ 1234.5] Unreclaimable slab info:
	kernel: [ 1234.5] Name                      Used          Total
	kernel: [ 1234.5] kmalloc-256         $1KB     $1KB
	END
}

empty()
{
	rm -rf "$from"
	mkdir -p "$from"
}

# says <pattern> <pattern of errors> [path]
says()
{
	run triage --from "${3:-$from}"
	cat "$work/out" "$work/err"
	[ $status = 0 ] && grep -qE "$1" "$work/out" || return 1
	if [ "$2" = - ]; then
		[ ! -s "$work/err" ]
	else
		grep -qE "$2" "$work/err"
	fi
}

# ---- Reports of lack of memory ----

empty
{ meminfo 10000000; oom 2900000; } >"$from/log"
check "a report beside /proc/meminfo in one file is told of" \
	says "well" "log has 1 report of lack of memory, too: .* file without /proc/meminfo"
{ oom 2900000; meminfo 10000000; oom 2800000; oom 1; } >"$from/log"
check "... and how many there are" says "well" "log has 3 reports of lack of memory"
empty
meminfo 10000000 >"$from/meminfo"
oom 2900000 >"$from/messages"
check "in another file" says "well" \
	"this is $from/meminfo; there is 1 report of .*kmemleak triage --from $from/messages"
check "which shows it" says "in the cache kmalloc-256" - "$from/messages"
gzip "$from/messages"
check "packed" says "well" "kmemleak triage --from $from/messages.gz"
empty
oom 2900000 | sed 's/Mem-Info:/x/' >"$from/messages"
meminfo 10000000 >"$from/meminfo"
check "none is not told of" says "well" -

# ---- The last ----

# order <file with 1 kB free> <file with 2 kB free> <which is read>, made in this order
order()
{
	empty
	mkdir -p "$from/sub"
	meminfo 1 >"$from/$1"
	meminfo 2 >"$from/$2"
	touch -d "${4:-2024-05-05}" "$from/$1"
	touch -d "${5:-2024-05-05}" "$from/$2"
	says "^free +$3 " "/proc/meminfo 2 times; this is the last, of $from/$([ "$3" = 1 ] &&
		echo "$1" || echo "$2")\$"
}
check "the last by name" order a b 2
check "... whatever was made first" order b a 1
check "... by number" order meminfo.9 meminfo.10 2
check "... made in the other order" order meminfo.10 meminfo.9 1
check "... in directories" order sub/a z 2
check "the last by time" order a b 1 2024-05-06 2024-05-05
check "... of a log that was rotated" order "messages" messages.1 1 2024-05-06 2024-05-05
check "... in directories" order sub/a b 1 2024-05-06 2024-05-05
twice()
{
	empty
	{ meminfo 1; meminfo 2; } >"$from/$1"
	says "^free +2 " "has /proc/meminfo 2 times; this is the last$2\$" "$3"
}
check "twice in one file" twice log "" "$from/log"
check "... of a directory names it" twice log ", of $from/log" "$from"
reports()
{
	empty
	oom 1 >"$from/messages.1"
	oom 2900000 >"$from/messages"
	touch -d 2024-05-05 "$from/messages.1"
	touch -d 2024-05-06 "$from/messages"
	says "in the cache kmalloc-256" \
		"2 reports of lack of memory; this is the last, of $from/messages\$"
}
check "reports of lack of memory, too" reports

# ---- Archives ----

mkdir "$work/pack"
meminfo 1 >"$work/pack/meminfo"
# archive <name> <command that writes one to stdout>
archive()
{
	empty
	(cd "$work/pack" && eval "$2") >"$from/$1"
	refuses "$1 is an archive" triage --from "$from/$1" || return
	meminfo 2 >"$from/meminfo"
	touch -d 2024-05-05 "$from/meminfo"
	says "^free +2 " "$1 is an archive; unpack it, and name what was in it; going on without"
}
tar="tar -c meminfo"
check "tar" archive x.tar "$tar"
check "tar without the name" archive x "$tar"
check ".tgz" archive old.tgz "$tar -z"
check ".tar.gz" archive x.tar.gz "$tar -z"
check "gzip without the name" archive backup "$tar -z"
check "of the oldest form" archive v7.gz "$tar -z --format=v7"
check "of POSIX" archive pax.tgz "$tar -z --format=posix"
check "xz" archive x.tar.xz "printf '\\3757zXZ\\0000000000'"
check "zip" archive x.zip "printf 'PK\\003\\004000000000'"
check "rpm" archive x.rpm "printf '\\355\\253\\356\\333000000000'"
only()
{
	empty
	mkdir -p "$from/$(dirname "$1")"
	meminfo 3 >"$from/$1"
	if [ "${2:-}" ]; then gzip "$from/$1"; fi
	says "^free +3 " -
}
check "a name with .tar in it is no archive" only meminfo.target
check "nor is one with .rpm" only host.rpmnew.meminfo
check "nor what is packed alone" only meminfo packed

# ---- Units ----

# unit <unit> <what it says>
unit()
{
	empty
	meminfo 10000000 "$1" >"$from/meminfo"
	"${@:2}"
}
for one in KB kb Kb kB; do
	check "$one is kB" unit $one says "^MemTotal +16384000 " -
done
for one in MB GB B PB kiB bytes pages; do
	check "$one is none of the kernel's" unit $one refuses "" triage --from "$from"
done
mixed()
{
	empty
	meminfo 10000000 | sed 's/^\(Cached: *\).*/\1 2929 MB/' >"$from/meminfo"
	says "^MemTotal +16384000 " - &&
		grep -qE "/proc/meminfo: 1 of 10 lines could not be parsed, the first is line 4" \
			"$work/out"
}
check "a single one is told of" mixed

# ---- Page size ----

# pages <kB of all fields that are even> <line of slabinfo> <kB of the cache>
pages()
{
	rm -rf "$root"
	mkdir -p "$root/proc"
	printf '%-16s%10s kB\n' MemTotal: 8000000 MemFree: $((1000000 / $1 * $1 + $1)) \
		Buffers: $((8000 / $1 * $1 + $1)) Cached: $((900000 / $1 * $1 + $1)) \
		AnonPages: $((900100 / $1 * $1 + $1)) Mapped: $((80000 / $1 * $1 + $1)) \
		Shmem: $((81000 / $1 * $1 + $1)) SReclaimable: $((210000 / $1 * $1 + $1)) \
		SUnreclaim: $((220000 / $1 * $1 + $1)) PageTables: $((10000 / $1 * $1 + $1)) \
		>"$root/proc/meminfo"
	rm -f "$root/proc/slabinfo"
	if [ "$2" ]; then
		printf 'slabinfo - version: 2.1\n# name\n%s\n' "$2" >"$root/proc/slabinfo"
	fi
	run --root "$root" triage
	cat "$work/out"
	grep -qE "^${2%%  *} +$3 " "$work/out"
}
tail=": tunables 0 0 0 : slabdata 1000 1000 0"
check "4 KiB, though all fields are even" pages 8 "kmalloc-64  64000 64000 64 64 1 $tail" 4000
check "... with slabs of several pages" pages 8 "TCP  12000 12000 2400 13 8 $tail" 32000
check "... of SLAB, which has room of its own" pages 8 "kmalloc-64  59000 59000 64 59 1 $tail" 4000
check "... and 16 KiB by chance" pages 16 "kmalloc-64  64000 64000 64 64 1 $tail" 4000
check "8 KiB" pages 8 "kmalloc-64  128000 128000 64 128 1 $tail" 8000
check "16 KiB" pages 16 "kmalloc-64  256000 256000 64 256 1 $tail" 16000
check "64 KiB" pages 64 "kmalloc-64  1024000 1024000 64 1024 1 $tail" 64000
check "a name with spaces" pages 8 "a cache  64000 64000 64 64 1 $tail" 4000
check "an empty cache tells nothing" pages 8 "x  0 0 0 0 1 $tail" 4000

# ---- Sums ----

# wraps <file> <lines>
wraps()
{
	rm -rf "$root"
	mkdir -p "$root/proc"
	meminfo 10000000 >"$root/proc/meminfo"
	cat >"$root/proc/$1"
	refuses "add up to more than 64 bits hold" --root "$root" triage
}
{
	echo "slabinfo - version: 2.1"
	for _ in 1 2 3; do
		echo "x 1 1 8 1 32767 : tunables 0 0 0 : slabdata 40000000000 40000000000 0"
	done
} >"$work/same"
check "sums of one cache do not wrap" wraps slabinfo <"$work/same"
alone()
{
	empty
	awk 'NR > 1 { $1 = $1 NR } 1' "$work/same" >"$from/slabinfo"
	run triage --from "$from/slabinfo"
	cat "$work/err"
	[ $status = 2 ] && grep -q "add up to more than 64 bits hold" "$work/err"
}
check "sums of all caches do not" alone
line()
{
	rm -rf "$root"
	mkdir -p "$root/proc"
	meminfo 10000000 >"$root/proc/meminfo"
	printf '%s\n' "slabinfo - version: 2.1" \
		"x 1 1 8 1 32767 : tunables 0 0 0 : slabdata 1 9000000000000000000 0" \
		"y 1 1 8 1 1 : tunables 0 0 0 : slabdata 1000 1000 0" >"$root/proc/slabinfo"
	run --root "$root" triage
	cat "$work/out"
	[ $status = 0 ] && grep -q "/proc/slabinfo: 1 of 3 lines could not be parsed" "$work/out"
}
check "a line that wraps is none" line

finish
