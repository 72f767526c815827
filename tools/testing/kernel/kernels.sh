#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Sourced after plan.sh: the kernels that the detector must be at home in, all of them for
# x86_64. make check has those of the first that more than one part of it needs, make
# check-kernels has all.
#
#   kernel_names           in the order in which they are built
#   kernel_title[name]     what is special in it, for the table
#   kernel_config[name]    its CONFIG
#   kernel_base[name]      its BASE
#   guest_options[name]    what its guests are started with, see plan.sh

kernel_names=()
declare -A kernel_title kernel_config kernel_base

# at_home <name> <title> <CONFIG> [VAR=value...]
at_home()
{
	kernel_names+=("$1")
	kernel_title[$1]=$2
	kernel_config[$1]=$3
	kernel_base[$1]=$base
	# shellcheck disable=SC2034
	[ $# = 3 ] || guest_options[$1]=$(printf '%q ' "${@:4}")
}

# Its own suites and tracers are off unless the command line wants them.
at_home kfence "KFENCE, a sample each millisecond" kunit,probes,debuginfo,kfence \
	APPEND=kfence.sample_interval=1
at_home kasan "KASAN, PROVE_LOCKING, RANDSTRUCT_FULL" debug,kasan,randstruct
at_home lockdep "PROVE_RCU, DEBUG_ATOMIC_SLEEP, DEBUG_OBJECTS" lockdep TIMEOUT=2400
at_home pagealloc "DEBUG_PAGEALLOC, PAGE_POISONING, SLUB_DEBUG_ON" pagealloc \
	APPEND=page_poison=1 TIMEOUT=2400
at_home kcsan KCSAN kcsan
at_home preempt-rt PREEMPT_RT preempt-rt
if [ "$base" != 7.3 ]; then
	at_home preempt-rt-7.3 "PREEMPT_RT of 7.3" preempt-rt
	kernel_base[preempt-rt-7.3]=7.3
fi
at_home preempt-none PREEMPT_NONE preempt-none
at_home init "INIT_ON_ALLOC, INIT_ON_FREE" init
at_home hardened "SLAB_FREELIST_HARDENED, RANDOMIZE_BASE, _MEMORY" hardened
at_home randstruct RANDSTRUCT_FULL randstruct
at_home slub-tiny SLUB_TINY slub-tiny
at_home memcg "MEMCG, all in a group" memcg APPEND=guest.cgroup=1
# A node for each CPU, with half of the memory.
at_home numa "NUMA, two nodes" numa MEM=1G CPUS=2 QEMU="\
-object memory-backend-ram,id=half0,size=512M -numa node,nodeid=0,cpus=0,memdev=half0 \
-object memory-backend-ram,id=half1,size=512M -numa node,nodeid=1,cpus=1,memdev=half1"
