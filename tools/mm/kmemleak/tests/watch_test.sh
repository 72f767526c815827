#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The live view in a terminal that tmux makes, over files that change.
# watch_test.sh <program>
set -eu
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/live.sh"
trees=$tests/trees

check "not a terminal" refuses "needs a terminal" watch
check "a time that is none" refuses "no duration" watch --every soon
. "$tests/terminal.sh"

make_tree()
{
	rm -rf "$root"
	cp -r "$trees/after" "$root"
}

make_tree
open
check "caches" shows "^kernfs_node_cache +552\.0 KiB +4024 +0 bytes"
check "memory and the detector" shows "^leak detector: on, 2 scans; 810 leaks, 3\.8 MiB"
grows()
{
	edit proc/slabinfo '/^seen /s/: slabdata .*/: slabdata 100 100 0/'
	first "^seen +400\.0 KiB +507 +244\.0 KiB"
}
check "what grows comes first" grows
check "sorted by name" keys n first "^biovec-max "
check "sorted by bytes" keys b first "^kernfs_node_cache "
check "sorted by objects" keys o first "^kernfs_node_cache "
check "growth begins anew" keys z shows "^seen +400\.0 KiB +507 +0 bytes"
frozen()
{
	press f
	shows FROZEN || return
	edit proc/slabinfo '/^dentry /s/: slabdata .*/: slabdata 500 500 0/'
	press n
	first "^biovec-max " && shows "^dentry +176\.0 KiB"
}
check "frozen numbers stay" frozen
check "and go on" keys f shows "^dentry +2\.0 MiB"
check "a cache has no stack" keys Enter shows "a cache has no stack"

check "sites" keys 2 shows "^table_resize\+0x16/0x30 \[kmemleak_demo\] +3\.8 MiB +650"
check "the largest" keys b first "^table_resize"
check "a site's counts" keys Enter shows "^ +6\.0 +326 +1\.9 MiB"
check "and the stacks of its leaks" shows "^  => table_resize"
check "scrolled to the end" keys End shows "userspace\+0x4e2"
check "back to the table" keys Escape shows "^NAME"

check "leaks" keys 3 shows "^session_replace\+0x2d/0x66 \[kmemleak_demo\] +20\.2 KiB +324"
comes()
{
	edit sys/kernel/debug/kmemleak_summary 's/^322 leaks, 20608 bytes/997 leaks, 63808 bytes/'
	edit sys/kernel/debug/kmemleak_stats 's/^scans: .*/scans: 3/'
	shows "^session_replace.* +62\.4 KiB +999 +42\.2 KiB"
}
check "a leak that comes" comes
check "its stack" keys Enter shows "^  => (session_replace|table_resize)"
check "a saved machine is not scanned" eval 'press Escape; keys s shows "saved machine"'
check "nor written to" diff "$trees/after/sys/kernel/debug/kmemleak" "$debugfs/kmemleak"

resized()
{
	for size in 50x10 20x4 5x2 1x1 200x60 100x24; do
		$terminal resize-window -x "${size%x*}" -y "${size#*x}"
	done
	shows "^session_replace.* +62\.4 KiB +999"
}
check "survives any size" resized
check "a small window has the name and what fits" eval \
	'$terminal resize-window -x 50 -y 10; shows "^table_resize[^ ]* \[ +3\.8 MiB +324$"'
check "q ends it" keys q shows "^status 0"

make_tree
rm "$debugfs"/*
touch "$debugfs/clear_warn_once"
open
check "without a detector there are caches" shows "^kernfs_node_cache +552\.0 KiB"
check "and no sites" keys 2 shows "^this kernel has no leak detector that is on"
check "a scan is refused" keys s shows "saved machine"
gone()
{
	rm "$root/proc/meminfo"
	shows "proc/meminfo: No such file" && shows "^status 2"
}
check "an error gives the terminal back and is seen" gone

make_tree
mv "$debugfs/kmemleak_sites" "$work/sites"
open
check "no sites before the first scan" keys 2 shows "^no scan was made yet"
first_sites()
{
	mv "$work/sites" "$debugfs/kmemleak_sites"
	shows "^table_resize[^ ]* \[kmemleak_demo\] +3\.8 MiB +650 +0 bytes"
}
check "the first ones have not grown" first_sites

# On a machine that runs, which is this one but for its debugfs.
scans()
{
	make_tree
	make_live "$work/live"
	tool=$work/live open
	shows "^NAME" || return
	press s
	end=$((SECONDS + 20))
	until [ "$(cat "$debugfs/kmemleak")" = scan ]; do
		sleep 0.05
		[ $SECONDS -lt $end ] || return 1
	done
}
if can_be_live; then
	check "s asks for a scan" scans
else
	skip "s asks for a scan" "a mount namespace cannot be made here"
fi

make_tree
open TERM=nonsense
check "a terminal that is not known" shows 'kmemleak: the terminal "nonsense" is not known'

finish
