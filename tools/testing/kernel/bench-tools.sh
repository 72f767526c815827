#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What counts of instructions depend on beside the sources; with "table", the name of their
# table for BASE and the series of qemu.
set -eu
qemu=$(qemu-system-x86_64 --version | sed -n '1s/.*version \([^ ]*\).*/\1/p')
[ -n "$qemu" ] || { echo "bench-tools.sh: qemu-system-x86_64 tells no version" >&2; exit 1; }
if [ "${1:-}" = table ]; then
	echo "bench-icount-$BASE-qemu-$(echo "$qemu" | cut -d . -f 1,2).json"
else
	echo "gcc $(gcc -dumpfullversion), qemu $qemu"
fi
