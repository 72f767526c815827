#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What triage says of slab caches that the kernel gives back, does not, or does with
# others. given_back_test.sh <program>
set -eu
. "$(dirname "$0")/lib.sh"
unset KMEMLEAK_ROOT

# machine <tree> <uptime> <MB of SReclaimable> <MB of SUnreclaim> <cache=MB=object size>...:
# 32 GB, of which the rest is free
machine()
{
	tree=$work/$1
	rm -rf "$tree"
	mkdir -p "$tree/proc/sys/kernel/random"
	echo "$2 1" >"$tree/proc/uptime"
	echo boot >"$tree/proc/sys/kernel/random/boot_id"
	printf '%-16s%10s kB\n' MemTotal: 32000000 MemFree: $((29000000 - ($3 + $4) * 1000)) \
		Buffers: 100000 Cached: 1500000 AnonPages: 1300000 SReclaimable: $(($3 * 1000)) \
		SUnreclaim: $(($4 * 1000)) KernelStack: 20000 PageTables: 30000 \
		VmallocUsed: 30000 Percpu: 20000 >"$tree/proc/meminfo"
	shift 4
	echo "slabinfo - version: 2.1" >"$tree/proc/slabinfo"
	for one in "$@"; do
		IFS="=" read -r slab size each <<<"$one"
		nr=$((size * 1000 * 1024 / each))
		echo "$slab $nr $nr $each $((4096 / each)) 1 : tunables 0 0 0 : slabdata" \
			"$((size * 250)) $((size * 250)) 0"
	done >>"$tree/proc/slabinfo"
}

# says <pattern> <pattern that must not be there> <arguments>...
says()
{
	run "${@:3}"
	cat "$work/out" "$work/err"
	[ $status = 0 ] && tr '\n' ' ' <"$work/out" >"$work/line" &&
		grep -qE "$1" "$work/line" && ! grep -qE "$2" "$work/line"
}
well="This machine is well"

# ---- Marked, and kept ----

for cache in sock_inode_cache shmem_inode_cache rpc_inode_cache; do
	machine one 1000 20000 400 $cache=19000=832 dentry=100=192
	check "$cache has most of the memory" \
		says "The cache $cache has 18\.[0-9] GiB, .*its objects live until" "$well" \
		--root "$work/one" triage
	machine one 1000 6000 400 $cache=4000=832 dentry=1900=192
	check "... or a good part of it" says "The cache $cache has" "$well" \
		--root "$work/one" triage
	machine two 1600 9000 400 $cache=7000=832 dentry=1900=192
	check "... or grows" says "The cache $cache grew by 2\.[0-9] GiB in 10 min.*lasts" "$well" \
		--root "$work/two" triage --since "$work/one"
	machine one 1000 2000 400 $cache=200=832 dentry=1700=192
	check "... and is well if it is small" says "$well" "The cache" --root "$work/one" triage
done
marked()
{
	machine one 1000 20000 400 sock_inode_cache=19000=832 dentry=100=192
	mkdir -p "$work/one/sys/kernel/slab/sock_inode_cache"
	echo 1 >"$work/one/sys/kernel/slab/sock_inode_cache/reclaim_account"
	says "The cache sock_inode_cache has" "$well" --root "$work/one" triage
}
check "though the kernel tells that it is marked" marked

# ---- Given back ----

for cache in dentry xfs_inode ext4_inode_cache radix_tree_node kmalloc-rcl-96; do
	machine one 1000 22000 400 $cache=21000=192 kmalloc-64=90=64
	check "$cache has most of the memory" \
		says "The cache $cache has 20\.[0-9] GiB, .*drop_caches" "$well" \
		--root "$work/one" triage
	machine one 1000 8000 400 $cache=7500=192 kmalloc-64=90=64
	check "... or less, which is well" says "$well" "The cache" --root "$work/one" triage
	machine two 1600 9000 400 $cache=8500=192 kmalloc-64=90=64
	check "... but not if it grows" says "The cache $cache grew by .*drop_caches" "$well" \
		--root "$work/two" triage --since "$work/one"
	machine one 1000 900 400 $cache=700=192 kmalloc-64=90=64
	machine two 1600 1000 400 $cache=800=192 kmalloc-64=90=64
	check "... unless it is small" says "$well" "The cache" \
		--root "$work/two" triage --since "$work/one"
done

# ---- Names that look so ----

for cache in lsm_inode_cache hugetlbfs_inode_cache mqueue_inode_cache selinux_inode_security \
	    btrfs_path xfs_bmap_btree_cur kvm_mmu_page_header f2fs_discard_entry ebitmap_node; do
	machine one 1000 500 20000 $cache=19000=72 kmalloc-64=90=64
	check "$cache is the kernel's" says "GiB of that in the cache $cache" "$well" \
		--root "$work/one" triage
done

# ---- With others ----

machine one 1000 20000 5000 xfs_inode=16000=1024 lsm_inode_cache=1200=72 \
	selinux_inode_security=1100=72 ima_iint_cache=1000=104 fscrypt_inode_info=1000=120
check "what goes with inodes is no fault" says "$well" "The cache|in the cache" \
	--root "$work/one" triage
machine one 1000 2000 5000 xfs_inode=160=1024 lsm_inode_cache=4300=72
check "what outgrows them is" says "in the cache lsm_inode_cache" "$well" \
	--root "$work/one" triage
machine one 1000 2000 9000 xfs_inode=1600=1024 lsm_inode_cache=120=72 kmalloc-64=7000=64
check "what is beside them is named" says "in the cache kmalloc-64" "$well" \
	--root "$work/one" triage
machine one 1000 8000 1000 xfs_inode=7000=1024 lsm_inode_cache=500=72
machine two 1600 9000 1070 xfs_inode=8000=1024 lsm_inode_cache=570=72
check "growth with inodes is none of the kernel's" says "The cache xfs_inode grew" \
	'unreclaimable" grew' --root "$work/two" triage --since "$work/one"
machine two 1600 8000 1700 xfs_inode=7000=1024 lsm_inode_cache=1200=72
check "growth without them is" says 'unreclaimable" grew by .*cache lsm_inode_cache' "$well" \
	--root "$work/two" triage --since "$work/one"
machine one 1000 2000 9000 sock_inode_cache=1600=832 lsm_inode_cache=8000=72
check "sockets give nothing back with them" says "in the cache lsm_inode_cache" "$well" \
	--root "$work/one" triage

finish
