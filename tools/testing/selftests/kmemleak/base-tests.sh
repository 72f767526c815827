#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The selftests that the base kernel has for its own detector, unmodified: run by bash, with
# a distribution's dmesg. They lie in /base/mm, what they source in /base/kselftest, and the
# module that they load in /lib/modules. Prints TAP, and what they print.
set -u
. "$(dirname "$0")/lib.sh"

# A test that is skipped, with status 4, has not passed.
passes()
{
	local status=0
	bash "/base/mm/$1" >"$work/said" 2>&1 || status=$?
	cat "$work/said"
	echo "status $status"
	[ $status = 0 ] && grep -q "$2" "$work/said"
}

# passed TEST TEXT: it passes, and says so with this text.
passed()
{
	check "$1 passes" passes "$1" "$2"
	sed 's/^/# /' "$work/said"
}

# What they leave on the console would be in the middle of this.
dmesg -n 1
check "the sample module is known by its name" modinfo kmemleak-test
passed ksft_kmemleak_dedup.sh "^PASS: .*; dedup fired"
passed ksft_kmemleak_confirm.sh "^ok 1 min_unref_scans=1 reported [1-9]"
finish
