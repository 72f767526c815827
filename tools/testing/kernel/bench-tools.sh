#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What counts of instructions depend on beside the sources.
set -eu
echo "gcc $(gcc -dumpfullversion), $(qemu-system-x86_64 --version | sed -n '1s/.*version \([^ ]*\).*/qemu \1/p')"
