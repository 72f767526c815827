#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Does gdb say of a dead guest, through qemu's stub and from a dump, what the guest
# said of its leaks while it lived? Prints TAP. The kernel that BASE and CONFIG name
# has debug information.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

[ "$ARCH" = x86_64 ] || die "ARCH=$ARCH: this is for ARCH=x86_64"
"$here/packages.sh" gdb
image=$("$here/kernel.sh" | tail -n 1)
tool=$("$here/tool.sh" | tail -n 1)
modules=$(M=$top/tools/testing/selftests/kmemleak/modules "$here/modules.sh" | tail -n 1)
work=$(mktemp -d)
# What qemu itself ended has no process any more.
end_guest()
{
	[ ! -f "$work/pid" ] || kill "$(cat "$work/pid")" 2>/dev/null || true
}
trap 'end_guest; rm -rf "$work"' EXIT
failed=0 number=0

check()
{
	local name=$1
	shift
	number=$((number + 1))
	if "$@" >"$work/output" 2>&1; then
		echo "ok $number - $name"
	else
		echo "not ok $number - $name"
		head -n 40 "$work/output" | sed 's/^/# /'
		failed=1
	fi
}

# said <who> <kind>: without what goes on changing, the sizes of functions, which
# debug information measures in another way, the labels inside of the kernel's entry,
# of which gdb knows the first alone, and the order of equals.
said()
{
	sed -n "/^# $2\$/,/^# /p" "$work/$1" | sed '
		/^# /d; /^  slot /d; s/\(+0x[0-9a-f]*\)\/0x[0-9a-f]*/\1/; s/(age [0-9.]*s)//
		s/^  age .*/  age/; s/, [0-9.]*s ago:/:/; s/entry_SYSCALL_64.*/entry_SYSCALL_64/' |
		awk -v RS= '{ gsub("\n", "~"); print }' | sort
}

same()
{
	said console "$2" >"$work/a"
	said "$1" "$2" >"$work/b"
	grep -q . "$work/a" && diff -u "$work/a" "$work/b" | tr '~' '\n'
}

# ask <file> <gdb's arguments...>: what gdb says of that machine.
ask()
{
	local answer=$work/$1
	shift
	timeout 120 gdb -q -nx -batch -ex "set remotetimeout 60" "$obj/vmlinux" "$@" \
		>"$answer" 2>"$answer.errors" </dev/null
}

# The questions, as the guest put them to itself.
questions()
{
	echo "source $top/tools/mm/kmemleak/crash/kmemleak-gdb.py"
	echo 'echo # leaks\n'
	echo lx-kmemleak-leaks
	echo 'echo # summary\n'
	echo lx-kmemleak-summary
	echo "echo # slot $kept\\n"
	echo "lx-kmemleak-slot $kept"
	echo 'echo # end\n'
}

# Nothing goes on in a guest that panicked, so it is as good as its dump.
IMAGE=$image SCRIPT=$top/tools/testing/selftests/kmemleak/crash.sh MODULES=$modules \
	APPEND=panic=0 MEM=256M TIMEOUT=300 \
	QEMU="-gdb unix:$work/socket,server=on,wait=off -pidfile $work/pid" "$here/boot.sh" \
	>"$work/console" 2>"$work/console.errors" &
guest=$!
while kill -0 $guest 2>/dev/null && ! grep -q 'Kernel panic' "$work/console"; do
	sleep 0.2
done
kept=$(sed -n 's/^# slot //p' "$work/console")
[ -n "$kept" ] || { cat "$work/console" "$work/console.errors" >&2; die "the guest did not leak"; }

questions >"$work/questions"
check "gdb asks a guest that died" ask stub -ex "target remote $work/socket" \
	-x "$work/questions" -ex "monitor dump-guest-memory -p $work/core" -ex detach
# Not by gdb, to which the end of the guest is an error.
end_guest
wait $guest || true
only_panics()
{
	! grep -aE "$splat" "$work/console" | grep -av 'Kernel panic'
}
check "nothing but that is in its log" only_panics
check "... its leaks" same stub leaks
check "... by stack" same stub summary
check "... an object that is none" same stub "slot $kept"
check "gdb asks a dump of it" ask dump -c "$work/core" -x "$work/questions"
check "... its leaks" same dump leaks
check "... by stack" same dump summary
check "... an object that is none" same dump "slot $kept"

# The tool reads what gdb prints as it reads what the guest does.
decoded()
{
	sed -n '/^# leaks$/,/^# /{/^# /!p}' "$work/dump" >"$work/report"
	"$tool" report "$work/report" --vmlinux "$obj/vmlinux" --modules "$modules" |
		grep 'shape_leak+0x.* tools/.*/kmemleak_report\.c:[0-9]'
}
check "... of which the tool knows the lines" decoded
[ "$failed" = 0 ]
