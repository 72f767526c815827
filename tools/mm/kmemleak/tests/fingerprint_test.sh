#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Fingerprints: the same bug has the same one on each host and in each build, and two
# bugs have two. What the labels of metrics make of them. fingerprint_test.sh <program>
set -eu
. "$(dirname "$0")/lib.sh"
. "$tests/leak.sh"

# of <frame...>: the fingerprint of a leak with this stack.
of()
{
	leak 64 "$@" >"$work/report"
	run report --format json "$work/report"
	sed -n 's/.*"fingerprint": *"\([^"]*\)".*/\1/p' "$work/out"
}

# The bug, as one kernel prints it.
bug=("__kmalloc_noprof+0x279/0x370" "session_add+0x25/0x50 [demo]"
     "session_open+0x11/0x90 [demo]" "demo_ioctl+0x30/0x200 [demo]"
     "__x64_sys_ioctl+0x94/0xd0" "do_syscall_64+0x5b/0x110"
     "entry_SYSCALL_64_after_hwframe+0x76/0x7e")
fingerprint=$(of "${bug[@]}" || true)
well_formed()
{
	[[ $fingerprint =~ ^[0-9a-f]{16}$ ]]
}
check "a fingerprint is 16 digits" well_formed
# Stored in databases, silences of alerts and bug reports, so no version may change it.
check "it is the one that it always was" [ "$fingerprint" = 7bb50cefa7ba9f50 ]

same()
{
	printf '%s\n' "$@"
	[ "$(of "$@")" = "$fingerprint" ]
}
differs()
{
	! same "$@" && grep -q '"fingerprint"' "$work/out"
}
rest=("${bug[@]:1}")
sub()
{
	same "${bug[@]//$1/$2}"
}
check "other offsets" sub "+0x" "+0x1"
mapfile -t sizeless < <(printf '%s\n' "${bug[@]}" | sed 's,/0x[0-9a-f]*,,')
check "no sizes of functions" same "${sizeless[@]}"
check "the suffix .isra.0" sub session_add session_add.isra.0
check "the suffix .constprop.0 of a caller" sub session_open session_open.constprop.0
check "two suffixes" sub session_open session_open.constprop.0.isra.0
check "the suffix .part.0" sub session_add session_add.part.0
check "the suffix .cold" sub session_add session_add.cold
check "the suffix .llvm.<hash>" sub session_add session_add.llvm.1234567890123456789
check "the suffix .lto_priv.0" sub session_open session_open.lto_priv.0
check "the suffix _noprof of a caller" sub session_open session_open_noprof
check "a dot in front, as on ppc64" same "${bug[@]/#/.}"
check "addresses in front" same "${bug[@]/#/[<00000000a1c9b6c4>] }"
check "an older allocator" same "__kmalloc+0x12/0x90" "${rest[@]}"
check "two functions of an allocator" same "kmem_cache_alloc+0x1/0x2" "kmalloc_trace+0x1/0x2" \
	"${rest[@]}"
check "a stack that is not as deep" same "${bug[@]:0:4}"
check "an address that ends the stack" same "${bug[@]:0:5}" 0xffffffffffffffff
check "another system call of the same driver" same "${bug[@]:0:4}" \
	"__se_compat_sys_ioctl+0x1/0x2" "do_int80_emulation+0x1/0x2"
check "another architecture" same "${bug[@]:0:4}" "__arm64_sys_ioctl+0xa8/0xe8" \
	"invoke_syscall+0x48/0x118" "el0_svc_common.constprop.0+0x40/0xe8" "el0_svc+0x34/0xd8"
check "the driver's module is of another build" sub "\\[demo\\]" "[demo 0123456789abcdef01234567]"
check "the caller is built in" same "${bug[@]:0:2}" "session_open+0x11/0x90" \
	"demo_ioctl+0x30/0x200" "${bug[@]:4}"

check "another function" differs "${bug[@]/session_add/session_copy}"
check "another caller" differs "${bug[@]/session_open/session_clone}"
check "the caller's caller" differs "${bug[@]/demo_ioctl/demo_mmap}"
check "another module" differs "${bug[@]/\[demo\]/[other]}"
check "one frame less" differs "${bug[0]}" "${bug[@]:2}"

# A short way from an entry of the kernel to the leak.
pair()
{
	first=$1 second=$2
	shift 2
	[ "$(of "kfree_skb+0x1/0x2" "$first" "$@")" != "$(of "kfree_skb+0x1/0x2" "$second" "$@")" ]
}
alike()
{
	! pair "$@"
}
check "two system calls" pair "__x64_sys_bpf+0x1/0x2" "__x64_sys_bind+0x1/0x2"
check "a system call by two names" alike "__x64_sys_bpf+0x1/0x2" "SyS_bpf+0x1/0x2"
wrapped()
{
	[ "$(of "f+0x1/0x2" "__do_sys_bpf+0x1/0x2" "__se_sys_bpf+0x1/0x2" \
		"__x64_sys_bpf+0x1/0x2")" = "$(of "f+0x3/0x4" "sys_bpf+0x1/0x2" \
		"system_call_fastpath+0x1/0x2")" ]
}
check "a system call in three frames and in one" wrapped
initcall()
{
	[ "$(of "foo_init+0x1/0x2 [foo]" "do_one_initcall+0x1/0x2" "do_init_module+0x1/0x2")" = \
		"$(of "foo_init+0x3/0x4 [foo]" "do_one_initcall+0x5/0x6" "kernel_init+0x1/0x2")" ]
}
check "below an initcall is nothing of the bug" initcall
probe()
{
	[ "$(of "foo_probe+0x1/0x2" "platform_probe+0x1/0x2" "really_probe+0x1/0x2")" = \
		"$(of "foo_probe+0x3/0x4" "platform_drv_probe+0x5/0x6" \
			"really_probe.part.0+0x1/0x2")" ]
}
check "below a probe is nothing of the bug" probe
worker()
{
	[ "$(of "foo_work+0x1/0x2" "process_one_work+0x1/0x2" "worker_thread+0x1/0x2" \
		kthread+0x1/0x2)" = "$(of "foo_work+0x3/0x4" "process_scheduled_works+0x5/0x6" \
		"worker_thread+0x1/0x2")" ]
}
check "below a work is nothing of the bug" worker
nothing()
{
	[[ $(of) =~ ^[0-9a-f]{16}$ ]] && [ "$(of)" != "$(of 0xc0a01234)" ]
}
check "no stack, and an address alone" nothing
allocators()
{
	[ "$(of "__kmalloc+0x1/0x2" "kmem_cache_alloc+0x1/0x2")" != "$(of "__kmalloc+0x1/0x2")" ]
}
check "a stack of allocators alone" allocators

# ---- Labels ----

# exports <report>: the metrics of a machine with this report of the base's detector.
exports()
{
	rm -rf "$root"
	cp -r "$tests/trees/base-old" "$root"
	cp "$1" "$debugfs/kmemleak"
	run export --prometheus
	cat "$work/err"
	grep '^kmemleak_leak' "$work/out"
	[ $status = 0 ] && python3 "$tests/prometheus.py" <"$work/out"
}
# rows <number>: so many leaks, each with its fingerprint.
rows()
{
	[ "$(grep -c '^kmemleak_leak_bytes{' "$work/out")" = "$1" ] &&
		[ "$(grep '^kmemleak_leak_bytes{' "$work/out" |
			grep -oE 'fingerprint="[0-9a-f]{16}"' | sort -u | wc -l)" = "$1" ]
}
base_old()
{
	exports "$tests/trees/base-old/sys/kernel/debug/kmemleak" && rows 2 &&
		grep -qx 'kmemleak_leaks 2' "$work/out"
}
check "two leaks that the base's detector found have two rows" base_old
callers()
{
	{
		leak 64 "${bug[@]}"
		leak 64 "${bug[@]/session_open/session_clone}"
		leak 96 "${bug[@]}"
	} >"$work/report"
	exports "$work/report" && rows 2 &&
		grep -q "^kmemleak_leak_bytes{.*,fingerprint=\"$fingerprint\"} 160$" "$work/out" &&
		grep -q "^kmemleak_leak_objects{.*,fingerprint=\"$fingerprint\"} 2$" "$work/out"
}
check "two callers of a function have two rows, two sizes one" callers
labels()
{
	leak 64 "${bug[@]/session_add/session_add.isra.0}" >"$work/report"
	exports "$work/report" && grep -qxF "kmemleak_leak_bytes{\
site=\"session_add.isra.0+0x25/0x50 [demo]\",function=\"session_add\",module=\"demo\",\
fingerprint=\"$fingerprint\"} 64" "$work/out"
}
check "labels name function and module as each build has them" labels
builtin()
{
	leak 64 "session_add+0x25/0x50" >"$work/report"
	exports "$work/report" && grep -q \
		'^kmemleak_leak_bytes{site="session_add+0x25/0x50",function="session_add",fing' \
		"$work/out"
}
check "the kernel itself is no module" builtin
unknown()
{
	{
		leak 64
		leak 32 0xc0a01234
		leak 16 0xc0a05678
	} >"$work/report"
	exports "$work/report" && rows 3
}
check "leaks without names have rows of their own" unknown
largest()
{
	for i in 1 2 3 4 5; do
		leak $((i * 8)) "function_$i+0x1/0x2"
	done >"$work/report"
	exports "$work/report" && run export --prometheus --top 2 && rows 2 &&
		grep -q '^kmemleak_leak_bytes{site="function_5+.*} 40$' "$work/out" &&
		grep -qx 'kmemleak_leaked_bytes 120' "$work/out"
}
check "of many leaks the largest; all of them count" largest
odd_names()
{
	exports "$tests/trees/base-old/sys/kernel/debug/kmemleak"
	for byte in '\x01' '\x02' '\xff' '\\x01'; do
		sed -n '/^kmalloc-64 /p' "$tests/trees/base-old/proc/slabinfo" |
			sed "s/^kmalloc-64 /odd$byte /"
	done >>"$root/proc/slabinfo"
	run export --prometheus
	grep odd "$work/out"
	python3 "$tests/prometheus.py" <"$work/out" &&
		[ "$(grep -c '^kmemleak_slab_cache_bytes{cache="odd' "$work/out")" = 2 ]
}
check "names that differ in unprintable bytes are one" odd_names
not_a_report()
{
	exports "$tests/lib.sh" && grep -qx 'kmemleak_readable{kind="leak"} 0' "$work/out" &&
		! grep -q '^kmemleak_leak' "$work/out"
}
check "a report that cannot be read is no leak" not_a_report
listed()
{
	rm -rf "$root"
	cp -r "$tests/trees/after" "$root"
	cp "$tests/reports/summary.txt" "$debugfs/kmemleak_summary"
	run export --prometheus
	grep -qx 'kmemleak_leak_objects{site="not listed"} 7' "$work/out" &&
		grep -qx 'kmemleak_leaks 100010' "$work/out"
}
check "leaks that the detector does not list" listed

finish
