#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a guest needs to run the selftests of the base's own detector, as boot.sh wants it
# in OVERLAY: the tests, taken from the base's tree as they are, and what they source; bash,
# dmesg, modprobe and its like with their libraries; and the module that they load,
# kmemleak-test, where modprobe looks for it. The last line printed is the directory.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

root=$obj-base-tests
selftests=$basedir/upstream/src/tools/testing/selftests
tests="mm/ksft_kmemleak_dedup.sh mm/ksft_kmemleak_confirm.sh"

modules=$(M=$top/samples/kmemleak "$here/modules.sh" | tail -n 1)
release=$(cat "$obj/include/config/kernel.release")
rm -rf "$root"
mkdir -p "$root/base" "$root/bin" "$root/lib/modules/$release"

for test in $tests; do
	[ -f "$selftests/$test" ] || die "BASE=$BASE: it has no $test"
	install -D -m 755 "$selftests/$test" "$root/base/$test"
done
install -D "$selftests/kselftest/ktap_helpers.sh" "$root/base/kselftest/ktap_helpers.sh"

for program in bash dmesg kmod; do
	path=$(command -v $program) || die "there is no $program"
	cp -L "$path" "$root/bin/"
	ldd "$path" | grep -o '/[^ ]*' | xargs cp -L --parents -t "$root"
done
for program in modinfo modprobe rmmod; do
	ln -s kmod "$root/bin/$program"
done
strip -g -o "$root/lib/modules/$release/kmemleak-test.ko" "$modules/kmemleak-test.ko"
touch "$root/lib/modules/$release"/modules.{order,builtin,builtin.modinfo}
/sbin/depmod -b "$root" "$release"
echo "$root"
