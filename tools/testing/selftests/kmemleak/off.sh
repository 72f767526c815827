#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A kernel that was booted with kmemleak=off: the file is there and refuses,
# allocators work. Needs kmemleak_cases.ko in /modules; prints TAP.
set -u
. "$(dirname "$0")/lib.sh"

check "the command line has kmemleak=off" \
	grep -qw kmemleak=off /proc/cmdline
check "the control file is there" test -f "$control"
for command in scan scan=on scan=off scan=5 stack=on stack=off off dump=0x10 \
	       junk ""; do
	check "'$command' is refused" answers "$command" EPERM
done
check "clear is taken" answers clear ok
check "the report is readable and empty" empty_report
if ours; then
	check "the statistics say off" grep -q '^state: off$' "$stats"
	check "nothing is tracked" test "$(stat_of objects)" = 0
fi
check "a module loads" insmod /modules/kmemleak_cases.ko
check "all annotations may be called" \
	sh -c "echo all >$cases && echo free >$cases"
check "the report stays empty" empty_report
check "the module unloads" rmmod kmemleak_cases
finish
