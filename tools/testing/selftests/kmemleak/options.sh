#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Asks the kernel whether the options that it was built with are in effect, as one that
# is off tests nothing, and then runs selftest.sh. Prints TAP.
set -u
. "$(dirname "$0")/lib.sh"

# configured <option>: is it in this kernel?
configured()
{
	grep -qs "^CONFIG_$1=y" /boot/config-*
}

on_command_line()
{
	grep -q "$1" /proc/cmdline
}

boot_said()
{
	dmesg | grep -q "$1"
}

version_has()
{
	uname -v
	uname -v | grep -q "$1"
}

version_lacks()
{
	! version_has "$1"
}

# Either of the two may be where it would be anyway, by chance.
kernel_is_moved()
{
	grep ' _text$' /proc/kallsyms
	grep 'Kernel code' /proc/iomem
	! grep -q '^ffffffff81000000 . _text$' /proc/kallsyms ||
		! grep -q '01000000-.*Kernel code' /proc/iomem
}

direct_map_is_of_pages()
{
	grep DirectMap /proc/meminfo
	grep -q '^DirectMap2M: *0 kB' /proc/meminfo
}

two_nodes()
{
	grep . /sys/devices/system/node/node*/cpulist
	grep -h MemTotal /sys/devices/system/node/node*/meminfo
	grep -q . /sys/devices/system/node/node0/cpulist &&
		grep -q . /sys/devices/system/node/node1/cpulist &&
		grep -q 'MemTotal: *[1-9]' /sys/devices/system/node/node1/meminfo
}

charged()
{
	cat /proc/self/cgroup /sys/fs/cgroup/script/memory.current
	grep -q '^0::/script$' /proc/self/cgroup &&
		[ "$(cat /sys/fs/cgroup/script/memory.current)" -gt 0 ]
}

modules_are_for_randstruct()
{
	tr '\0' '\n' </modules/kmemleak_cases.ko | grep '^vermagic=.* RANDSTRUCT_'
}

check "the kernel tells its options" grep -qs '^CONFIG_DEBUG_KMEMLEAK=y' /boot/config-*
if on_command_line kfence.sample_interval=1; then
	check "KFENCE takes a sample each millisecond" \
		grep -qx 1 /sys/module/kfence/parameters/sample_interval
	check "... and is on" grep -qx 'enabled: 1' /sys/kernel/debug/kfence/stats
fi
if configured KASAN; then
	check "KASAN is on" boot_said 'KernelAddressSanitizer initialized'
fi
if configured PROVE_LOCKING; then
	check "lockdep is on" grep -q 'debug_locks: *1$' /proc/lockdep_stats
fi
if configured DEBUG_OBJECTS; then
	check "DEBUG_OBJECTS is on" test -e /sys/kernel/debug/debug_objects/stats
fi
if configured DEBUG_PAGEALLOC; then
	check "DEBUG_PAGEALLOC is on" direct_map_is_of_pages
fi
if configured SLUB_DEBUG_ON; then
	check "SLUB_DEBUG_ON is in effect" grep -qx 1 /sys/kernel/slab/kmalloc-64/poison
fi
if configured PAGE_POISONING; then
	check "PAGE_POISONING is asked for" on_command_line page_poison=1
fi
if configured KCSAN; then
	check "KCSAN is on" grep -qx 'enabled: 1' /sys/kernel/debug/kcsan
fi
if configured PREEMPT_RT; then
	check "this is PREEMPT_RT" version_has PREEMPT_RT
fi
if configured PREEMPT_NONE; then
	check "this is PREEMPT_NONE" version_lacks PREEMPT
fi
if configured INIT_ON_ALLOC_DEFAULT_ON; then
	check "memory is zeroed" boot_said 'heap alloc:on, heap free:on'
fi
if configured RANDOMIZE_BASE; then
	check "the kernel is not where it was linked to" kernel_is_moved
fi
if configured RANDSTRUCT_FULL; then
	check "structures are random" modules_are_for_randstruct
fi
if configured SLUB_TINY; then
	check "this is SLUB_TINY" test ! -e /sys/kernel/slab
fi
if on_command_line guest.cgroup=1; then
	check "this script is in a group, and charged" charged
fi
if configured NUMA; then
	check "there are two nodes, with a CPU and memory each" two_nodes
fi
finish
status=$?
sh "$here/selftest.sh" || status=$?
exit $status
