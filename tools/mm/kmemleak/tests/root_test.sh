#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What is read of a saved machine, and of one that runs: nothing outside of the tree, no
# pipe, and /proc/allocinfo in both its forms.
# root_test.sh <program>
set -eu
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/live.sh"
: "${CC:=gcc}"
trees=$tests/trees

make_tree()
{
	rm -rf "$root"
	cp -r "$trees/after" "$root"
}

# ---- A tree is not left ----

secret=$work/secret
sed 's/^MemTotal:.*/MemTotal: 77777777 kB/' "$trees/after/proc/meminfo" >"$secret"

# link <to> <file of the tree>
link()
{
	make_tree
	rm -f "$root/$2"
	ln -s "$1" "$root/$2"
}

link "$secret" proc/meminfo
check "a link to a file outside" refuses "No such file" triage
link "../../../../../../../../../../$secret" proc/meminfo
check "a link upwards" refuses "No such file" triage
inside()
{
	make_tree
	mv "$root/proc/meminfo" "$root/proc/saved"
	ln -s "$1" "$root/proc/meminfo"
	run triage
	cat "$work/err"
	[ $status = 0 ] && grep -q '^MemTotal  *1018804 ' "$work/out"
}
check "a link within the tree" inside saved
check "one that begins at the root of that machine" inside /proc/saved
check "one that would leave the tree, and does not" inside ../../../../proc/saved
directory()
{
	make_tree
	mkdir "$work/elsewhere"
	cp "$secret" "$work/elsewhere/meminfo"
	mv "$root/proc" "$work/elsewhere/proc"
	ln -s "$work/elsewhere/proc" "$root/proc"
	refuses "proc/meminfo" triage
}
check "a directory that is a link to one outside" directory
report()
{
	make_tree
	rm "$debugfs"/*
	cp "$tests/reports/ours.txt" "$work/report"
	ln -s "$work/report" "$debugfs/kmemleak"
	run report
	cat "$work/out" "$work/err"
	[ $status = 2 ] && [ ! -s "$work/out" ]
}
check "a report outside" report
imported()
{
	mkdir "$work/texts"
	ln -s "$secret" "$work/texts/meminfo.txt"
	refuses "nothing in it tells of memory" triage --from "$work/texts"
}
check "texts outside" imported

# ---- Only files are read ----

pipe()
{
	make_tree
	rm "$root/proc/$1"
	mkfifo "$root/proc/$1"
	status=0
	timeout 20 "$tool" triage >"$work/out" 2>"$work/err" || status=$?
	cat "$work/out" "$work/err"
	[ $status = "$2" ]
}
check "a pipe in place of a file" pipe slabinfo 0
check "... is named" grep -q '^/proc/slabinfo: Invalid argument' "$work/out"
check "a pipe in place of meminfo" pipe meminfo 2

# ---- What to run next ----

quoted()
{
	odd="$work/it's a \$(tree)"
	cp -r "$trees/after" "$odd"
	run --root "$odd" triage
	next=$(sed -n 's/^next: kmemleak//p' "$work/out")
	echo "$next"
	(unset KMEMLEAK_ROOT; eval "'$tool' $next" >"$work/out")
	head -n 1 "$work/out"
	grep -q '^[0-9]* leaks, ' "$work/out"
}
check "a tree with an odd name is quoted" quoted
from_root()
{
	make_tree
	run --root "$root" triage
	grep -qx "next: kmemleak --root $root report" "$work/out"
}
check "the next command is about the tree" from_root

# ---- /proc/allocinfo ----

# allocinfo <what the ioctls do> <pattern> <pattern that must not be there>
allocinfo()
{
	LD_PRELOAD=$work/allocinfo_ioctl.so ALLOCINFO_IOCTL=$1 \
		ASAN_OPTIONS=verify_asan_link_order=0 KMEMLEAK_ROOT=/ \
		"$tool" triage >"$work/out" 2>"$work/err" || return
	cat "$work/out" "$work/err"
	grep -qE "$2" "$work/out" && ! grep -qE "$3" "$work/out"
}
$CC -shared -fPIC -o "$work/allocinfo_ioctl.so" "$tests/allocinfo_ioctl.c" -ldl
by_ioctl='^leak_by_ioctl\(\) at drivers/leaky.c:99 \[leaky\] +3145728 +3145728'
by_file='^leak_by_file\(\) at drivers/leaky.c:99 \[leaky\] +4194304 +4194304'
check "by ioctl, without what is small" allocinfo works "$by_ioctl" 'leak_by_file|too_small'
check "... and all that is not" grep -q '^d_alloc() at fs/dcache.c:1625 ' "$work/out"
check "a kernel that has no ioctl" allocinfo none "$by_file" leak_by_ioctl
check "an ioctl that fails" allocinfo broken "$by_file" leak_by_ioctl

finish
