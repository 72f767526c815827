#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Nothing outside of a saved tree is opened, whatever names it: links of debug information,
# links in place of machines, names that are empty. Nothing in it is waited for.
# outside_test.sh <program>
set -eu
. "$(dirname "$0")/lib.sh"
. "$tests/leak.sh"
: "${CC:=gcc}"

release=6.12.0-toy
toy=$work/src
cp -r "$tests/toy" "$toy"
(cd "$toy" && $CC -O2 -g -no-pie -Wl,--build-id=sha1 -o "$work/vmlinux" init/*.c mm/*.c)
line=$(grep -n "line: start_kernel " "$tests/toy/init/main.c" | cut -d : -f 1)
strip -g -o "$work/bare" "$work/vmlinux"
objcopy --remove-section .note.gnu.build-id "$work/bare" "$work/bare-no-id"
objcopy --only-keep-debug "$work/vmlinux" "$work/lines"
objcopy --only-keep-debug --remove-section .note.gnu.build-id "$work/vmlinux" "$work/lines-no-id"
id=$(readelf -n "$work/vmlinux" | sed -n 's/.*Build ID: //p')
mkfifo "$work/pipe"
{
	leak 16
	python3 "$tests/frame.py" "$work/vmlinux" start_kernel packet_parse
} >"$work/report"

boot=usr/lib/debug/boot
# tree [<kernel>]: a saved machine, and its kernel.
tree()
{
	make_root "$work/report"
	mkdir -p "$root/proc/sys/kernel" "$root/$boot"
	echo "$release" >"$root/proc/sys/kernel/osrelease"
	[ $# = 0 ] || cp "$1" "$root/$boot/vmlinux-$release"
}

# linked <kernel> <link> <file of the link>: the kernel names the file by the link.
linked()
{
	tree
	python3 - "$2" "$3" >"$work/section" <<-'END'
	import sys, zlib
	name = sys.argv[1].encode() + b"\0"
	try:
	    data = open(sys.argv[2], "rb").read() if sys.argv[2] else b""
	except OSError:
	    data = b""
	name += b"\0" * (-len(name) % 4)
	sys.stdout.buffer.write(name + zlib.crc32(data).to_bytes(4, "little"))
	END
	objcopy --add-section .gnu_debuglink="$work/section" "$1" "$root/$boot/vmlinux-$release"
}

# Reports, and does not wait.
reports()
{
	status=0
	timeout 20 "$tool" report "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
	cat "$work/out" "$work/err"
	[ $status = 0 ]
}
has_lines()
{
	reports && grep -qE "start_kernel\+.* init/main.c:$line$" "$work/out"
}
no_lines()
{
	reports && ! grep -qF "main.c" "$work/out"
}

up=../../../../../../../../../../..

for kernel in bare bare-no-id; do
	lines=$work/lines${kernel#bare}
	beside()
	{
		linked "$work/$kernel" vmlinux.debug "$lines"
		mkdir -p "$root/$boot/$1" "$root/usr/lib/debug/$boot"
		cp "$lines" "$root/$boot/$1/vmlinux.debug"
		has_lines
	}
	check "lines beside the kernel ($kernel)" beside .
	check "lines in .debug ($kernel)" beside .debug
	check "lines in /usr/lib/debug ($kernel)" beside "../../../../usr/lib/debug/$boot"
	for link in "$up$work/pipe" "$work/pipe"; do
		waits()
		{
			linked "$work/$kernel" "$link" ""
			no_lines
		}
		check "a link to a pipe outside is not opened (${link%%tmp*}, $kernel)" waits
	done
	for link in "$up$lines" "$lines"; do
		leaves()
		{
			linked "$work/$kernel" "$link" "$lines"
			no_lines
		}
		check "a link to lines outside is not followed (${link%%tmp*}, $kernel)" leaves
	done
	symbolic()
	{
		linked "$work/$kernel" vmlinux.debug "$lines"
		mkdir -p "$root/$boot/.debug"
		ln -s "$lines" "$root/$boot/vmlinux.debug"
		ln -s "$up$lines" "$root/$boot/.debug/vmlinux.debug"
		no_lines
	}
	check "nor is a symbolic link ($kernel)" symbolic
	other()
	{
		linked "$work/$kernel" vmlinux.debug "$lines"
		mkdir -p "$root/$boot/.debug"
		mkfifo "$root/$boot/vmlinux.debug"
		echo "other" >"$root/$boot/.debug/vmlinux.debug"
		no_lines
	}
	check "a pipe and another file in its place ($kernel)" other
done

by_id()
{
	tree "$work/bare"
	mkdir -p "$root/usr/lib/debug/.build-id/${id:0:2}"
	place=$root/usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug
	"$@" "$place"
}
there()
{
	by_id cp "$work/lines"
	has_lines
}
check "lines by build id" there
pipe()
{
	by_id mkfifo
	no_lines
}
check "a pipe by build id" pipe
outside()
{
	by_id ln -s "$work/lines"
	no_lines
}
check "a link by build id" outside
alternate()
{
	tree
	{ printf '%s\0' "$up$work/pipe"; head -c 20 /dev/zero; } >"$work/section"
	objcopy --add-section .gnu_debugaltlink="$work/section" "$work/vmlinux" \
		"$root/$boot/vmlinux-$release"
	reports
}
check "an alternate file that is a pipe" alternate
split()
{
	(cd "$toy" && $CC -O2 -g -gsplit-dwarf -no-pie -o "$work/split" init/*.c mm/*.c)
	for dwo in "$toy"/*.dwo "$work"/*.dwo; do
		[ ! -e "$dwo" ] || { rm "$dwo"; mkfifo "$dwo"; }
	done
	tree "$work/split"
	reports
}
check "parts of units that are pipes" split
named()
{
	tree
	cp "$work/bare" "$work/named"
	cp "$work/lines" "$work/named.debug"
	(cd "$work" && objcopy --add-gnu-debuglink=named.debug named)
	reports --vmlinux "$work/named" &&
		grep -qE "start_kernel\+.* init/main.c:$line$" "$work/out"
}
check "a kernel that the user names has its lines beside it" named

# ---- In place of a kernel or a module ----

for place in "$boot/vmlinux-$release" "usr/lib/debug/lib/modules/$release/vmlinux" \
	"lib/modules/$release/build/vmlinux" "lib/modules/$release/demo.ko"; do
	for kind in "mkfifo" "ln -s $work/pipe" "ln -s /dev/zero" "mkdir"; do
		odd()
		{
			tree
			mkdir -p "$root/$(dirname "$place")"
			$kind "$root/$place"
			no_lines
		}
		check "$kind at $place" odd
	done
done
named_pipe()
{
	tree
	status=0
	timeout 20 "$tool" report --vmlinux "$work/pipe" >"$work/out" 2>"$work/err" || status=$?
	cat "$work/err"
	[ $status = 2 ] && grep -qF "$work/pipe: not a regular file" "$work/err"
}
check "a pipe that the user names" named_pipe

# ---- In place of a machine ----

machines()
{
	rm -rf "$work/machines"
	mkdir -p "$work/machines"
	"$@" "$work/machines/host"
}
for target in / "$tests/trees/after"; do
	for option in --from --since; do
		machine()
		{
			machines ln -s "$target"
			run --root "$tests/trees/after" triage "$option" "$work/machines"
			cat "$work/out" "$work/err"
			[ $status = 2 ] && [ ! -s "$work/out" ]
		}
		check "$option does not follow a link to $target" machine
	done
done
linked_proc()
{
	machines mkdir
	ln -s /proc "$work/machines/host/proc"
	run triage --from "$work/machines"
	cat "$work/out" "$work/err"
	[ $status = 2 ] && [ ! -s "$work/out" ]
}
check "--from does not follow a link to /proc" linked_proc
whole()
{
	machines cp -r "$tests/trees/after"
	ln -s host "$work/machines/latest"
	run triage --from "$work/machines"
	cat "$work/err"
	[ $status = 0 ] && grep -q '^MemTotal  *1018804 ' "$work/out"
}
check "a machine beside a link to it" whole

# ---- A name that is empty ----

for command in clear scan triage report watch; do
	empty()
	{
		refuses "has no name" --root "" "$command" &&
			refuses "has no name" --root= "$command" &&
			KMEMLEAK_ROOT='' refuses "has no name" "$command"
	}
	check "an empty name is not this machine: $command" empty
done
covered()
{
	KMEMLEAK_ROOT='' run --root "$tests/trees/after" triage
	[ $status = 0 ]
}
check "an empty variable does not matter beside --root" covered

finish
