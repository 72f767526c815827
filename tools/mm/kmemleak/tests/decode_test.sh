#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# From frames to lines: a toy that looks like a kernel, with a module, is compiled
# with debug information, and reports are made of its calls.
# decode_test.sh <program>
set -eu
. "$(dirname "$0")/lib.sh"
: "${CC:=gcc}"

toy=$work/src
cp -r "$tests/toy" "$toy"
mkdir "$work/modules" "$work/empty"
$CC -O2 -g -no-pie -Wl,--build-id=sha1 -o "$work/vmlinux" "$toy"/init/*.c "$toy"/mm/*.c
$CC -O2 -g -c -o "$work/demo.o" "$toy/demo/kmemleak-demo.c"
ld -r --build-id=sha1 -o "$work/modules/kmemleak-demo.ko" "$work/demo.o"

# The line of the source that has a mark.
line()
{
	grep -n "line: $2 " "$tests/toy/$1" | cut -d : -f 1
}

# frame <file> <function> <callee> [module]: the frame that calls.
frame()
{
	python3 "$tests/frame.py" "$@"
}

demo_line()
{
	line demo/kmemleak-demo.c "$1"
}

entry()
{
	printf 'unreferenced object 0x1000 (size %d):\n' "$1"
	printf '  comm "toy", pid 1, jiffies 1\n  backtrace:\n'
}

{
	entry 16
	frame "$work/vmlinux" kmalloc_noprof malloc
	frame "$work/vmlinux" packet_parse kmalloc_noprof
	frame "$work/vmlinux" start_kernel packet_parse
	entry 32
	frame "$work/modules/kmemleak-demo.ko" session_add kmalloc_noprof kmemleak_demo
	frame "$work/modules/kmemleak-demo.ko" demo_init session_add kmemleak_demo
} >"$work/report"

# shows <pattern> <arguments...>: the tool prints a line like that.
shows()
{
	pattern=$1
	shift
	run "$@"
	cat "$work/err" "$work/out"
	[ $status = 0 ] && grep -qE -e "$pattern" "$work/out"
}

all=(report --vmlinux "$work/vmlinux" --modules "$work/modules" "$work/report")

check "the line of a call" \
	shows "start_kernel\+.* init/main.c:$(line init/main.c start_kernel)$" "${all[@]}"
check "what was inlined there" \
	shows "=> packet_new \(inlined\) +init/main.c:$(line init/main.c packet_new)$" "${all[@]}"
check "where it was inlined" \
	shows "packet_parse\+.* init/main.c:$(line init/main.c packet_parse)$" "${all[@]}"
check "another file" \
	shows "kmalloc_noprof\+.* mm/slab.c:$(line mm/slab.c kmalloc_noprof)$" "${all[@]}"
check "a module, which is relocated" \
	shows "=> session_add\+.* demo/kmemleak-demo.c:$(demo_line session_add)$" \
	"${all[@]}"
check "an allocator inlined into a module is not to blame" \
	shows "^ +kzalloc \(inlined\) +demo/kmemleak-demo.c:$(demo_line kzalloc)$" \
	"${all[@]}"
check "nor is a wrapper of it in a header" \
	shows "^ +toy_kmalloc \(inlined\) +toy.h:$(line toy.h toy_kmalloc)$" "${all[@]}"
check "a module's section for init" \
	shows "demo_init\+.* demo/kmemleak-demo.c:$(demo_line demo_init)$" "${all[@]}"
check "the title has the line" \
	shows "^[12]\. session_add\(\) at demo/.*:$(demo_line session_add) \[kmemleak_demo\]$" \
	"${all[@]}"
check "folded stacks have what was inlined" \
	shows "^start_kernel;packet_parse;packet_new;kmalloc_noprof 16$" "${all[@]}" -f folded
quiet()
{
	run "${all[@]}" && [ ! -s "$work/err" ]
}
check "nothing is missing" quiet

suppressed_by_file()
{
	echo "leak:$1" >"$work/patterns"
	shows "suppressed: $2" "${all[@]}" --suppress "$work/patterns"
}
check "a pattern that is a file" suppressed_by_file "kmemleak-demo.c$" "1 leak, 32 bytes"
check "a pattern that was inlined" suppressed_by_file "^packet_new$" "1 leak, 16 bytes"

pprof_lines()
{
	run "${all[@]}" -f pprof -o "$work/profile" &&
		python3 "$tests/pprof.py" "$work/profile" >"$work/out"
	cat "$work/out"
	grep -q "packet_new init/main.c:$(line init/main.c packet_new) < packet_parse " "$work/out"
}
check "lines in a profile" pprof_lines

for how in xz gzip; do
	mkdir -p "$work/$how/kernel"
	$how -c "$work/modules/kmemleak-demo.ko" >"$work/$how/kernel/kmemleak-demo.ko.${how%ip}"
	check "a module packed by $how" \
		shows "=> session_add\+.* demo/kmemleak-demo.c:$(demo_line session_add)$" \
		report --vmlinux "$work/vmlinux" --modules "$work/$how" "$work/report"
done

# ---- Less than all ----

# Symbolic, with a line that says so: shows what is missing.
symbolic()
{
	missing=$1
	shift
	run "$@"
	cat "$work/err" "$work/out"
	[ $status = 0 ] && [ "$(wc -l <"$work/err")" = 1 ] &&
		grep -q "no debug information of $missing:" "$work/err" &&
		grep -q '^     start_kernel+0x[0-9a-f]*/0x[0-9a-f]*' "$work/out"
}
check "no debug information at all" symbolic "vmlinux, kmemleak_demo" report "$work/report"
check "no modules" symbolic "kmemleak_demo" \
	report --vmlinux "$work/vmlinux" --modules "$work/empty" "$work/report"
strip -g -o "$work/stripped" "$work/vmlinux"
check "a kernel without debug information" symbolic "vmlinux" \
	report --vmlinux "$work/stripped" --modules "$work/modules" "$work/report"
mkdir "$work/debug"
objcopy --only-keep-debug "$work/modules/kmemleak-demo.ko" "$work/debug/kmemleak-demo.ko.debug"
cp "$work/modules/kmemleak-demo.ko" "$work/debug/"
check "debug information beside the module" \
	shows "=> session_add\+.* demo/kmemleak-demo.c:" \
	report --vmlinux "$work/vmlinux" --modules "$work/debug" "$work/report"

twins()
{
	{
		entry 64
		frame "$work/vmlinux" twin keep | sed 's,/.*,,'
	} >"$work/twins"
	run report --vmlinux "$work/vmlinux" --modules "$work/empty" "$work/twins"
	cat "$work/out"
	[ $status = 0 ] && grep -qE '^  => twin\+0x[0-9a-f]+$' "$work/out"
}
check "two functions of one name have no line" twins

# ---- Another kernel ----

sed -e 's/size + 1/size * 77 + keep(\&size) + 1/' \
	-e 's/keep(packet) + 1/keep(packet) * 13 + keep(\&size)/' \
	"$toy/init/main.c" >"$toy/init/main2.c"
mv "$toy/init/main2.c" "$toy/init/main.c"
$CC -O0 -g -no-pie -Wl,--build-id=sha1 -o "$work/other" "$toy"/init/*.c "$toy"/mm/*.c
$CC -O0 -g -c -o "$work/demo.o" "$toy/demo/kmemleak-demo.c"
mkdir "$work/othermodules"
ld -r --build-id=sha1 -o "$work/othermodules/kmemleak-demo.ko" "$work/demo.o"

id()
{
	readelf -n "$1" | sed -n 's/.*Build ID: //p'
}

check "a saved report and another kernel" refuses "build id $(id "$work/other")" \
	report --vmlinux "$work/other" --modules "$work/modules" "$work/report"
module_id=$(id "$work/modules/kmemleak-demo.ko")
other_id=$(id "$work/othermodules/kmemleak-demo.ko")
check "a saved report and another module" refuses "build id $other_id" \
	report --vmlinux "$work/vmlinux" --modules "$work/othermodules" "$work/report"
check "a file that is no kernel" refuses "ELF" report --vmlinux "$0" "$work/report"
check "a kernel that is not there" refuses "No such file" \
	report --vmlinux "$work/none" "$work/report"
check "modules that are not there" refuses "No such file" \
	report --modules "$work/none" "$work/report"

# A saved tree has the notes of its kernel.
make_root "$work/report"
mkdir -p "$root/sys/kernel" "$root/sys/module/kmemleak_demo/notes"
objcopy -O binary --only-section=.note.gnu.build-id "$work/vmlinux" "$root/sys/kernel/notes"
objcopy -O binary --only-section=.note.gnu.build-id "$work/modules/kmemleak-demo.ko" \
	"$root/sys/module/kmemleak_demo/notes/.note.gnu.build-id"
check "a saved tree with its kernel" shows "start_kernel\+.* init/main.c:" \
	report --vmlinux "$work/vmlinux" --modules "$work/modules"
for want in "$(id "$work/vmlinux")" "$(id "$work/other")"; do
	check "another kernel than it runs: $want is named" refuses "$want" \
		report --vmlinux "$work/other" --modules "$work/modules"
done
for want in "$module_id" "$other_id"; do
	check "another module than it runs: $want is named" refuses "$want" \
		report --vmlinux "$work/vmlinux" --modules "$work/othermodules"
done
printf '\4\0\0\0\377\377\377\377\3\0\0\0GNU\0' >"$root/sys/kernel/notes"
check "notes that are none" shows "start_kernel\+.* init/main.c:" \
	report --vmlinux "$work/vmlinux" --modules "$work/modules"

# Where distributions have them, by the release of the kernel that was saved.
release=6.1.0-saved
mkdir -p "$root/proc/sys/kernel"
echo $release >"$root/proc/sys/kernel/osrelease"
mkdir -p "$root/lib/modules/$release/build" "$root/lib/modules/$release/kernel"
cp "$work/vmlinux" "$root/lib/modules/$release/build/"
cp "$work/modules/kmemleak-demo.ko" "$root/lib/modules/$release/kernel/"
check "what is installed is found" shows "=> session_add\+.* demo/kmemleak-demo.c:" report
cp "$work/other" "$root/lib/modules/$release/build/vmlinux"
check "what is installed and of another kernel is passed over" symbolic vmlinux report

finish
