#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Several files with the name of a module or of the kernel: which one is taken.
# modules_test.sh <program>
set -eu
. "$(dirname "$0")/lib.sh"
. "$tests/leak.sh"
: "${CC:=gcc}"

toy=$work/src
cp -r "$tests/toy" "$toy"

# build <directory> [<options>]: a kernel and its module.
build()
{
	mkdir -p "$1"
	$CC -O2 -g -no-pie -Wl,--build-id=sha1 -o "$1/vmlinux" "$toy"/init/*.c "$toy"/mm/*.c
	$CC -O2 -g "${@:2}" -c -o "$work/demo.o" "$toy/demo/kmemleak-demo.c"
	ld -r --build-id=sha1 -o "$1/demo.ko" "$work/demo.o"
}

build "$work/right"
module_line=$(grep -n "line: session_add " "$tests/toy/demo/kmemleak-demo.c" | cut -d : -f 1)
line=$(grep -n "line: start_kernel " "$tests/toy/init/main.c" | cut -d : -f 1)
# Another version of the same code: all functions have the sizes, lines are elsewhere.
for file in "$toy"/*/*.c; do
	{ for i in {1..100}; do echo; done; cat "$file"; } >"$work/new" && mv "$work/new" "$file"
done
build "$work/moved"
# And one whose functions differ.
build "$work/other" -O0
cp "$toy/init/main.c" "$work/main.c"
sed -i -e 's/size + 1/size * 77 + keep(\&size) + 1/' "$toy/init/main.c"
build "$work/other2" -O1

{
	leak 16
	python3 "$tests/frame.py" "$work/right/demo.ko" session_add kmalloc_noprof kmemleak_demo
	python3 "$tests/frame.py" "$work/right/vmlinux" start_kernel packet_parse
} >"$work/report"

# modules <file> <name> ...: a directory with these files.
modules()
{
	rm -rf "$work/modules"
	while [ $# -gt 0 ]; do
		mkdir -p "$work/modules/$(dirname "$2")"
		cp "$1" "$work/modules/$2"
		shift 2
	done
}

release=6.12.0-toy
# tree: a saved tree of a machine that runs "right".
tree()
{
	make_root "$work/report"
	mkdir -p "$root/sys/kernel" "$root/sys/module/kmemleak_demo/notes" "$root/proc/sys/kernel"
	echo "$release" >"$root/proc/sys/kernel/osrelease"
	objcopy -O binary --only-section=.note.gnu.build-id "$work/right/vmlinux" \
		"$root/sys/kernel/notes"
	objcopy -O binary --only-section=.note.gnu.build-id "$work/right/demo.ko" \
		"$root/sys/module/kmemleak_demo/notes/.note.gnu.build-id"
}

right_line()
{
	run report --modules "$work/modules" --vmlinux "$work/right/vmlinux" "$@"
	cat "$work/err" "$work/out"
	[ $status = 0 ] &&
		grep -qE "=> session_add\+.* demo/kmemleak-demo.c:$module_line$" "$work/out"
}

ko=kmemleak-demo.ko
# The order in which files are found is that of the directory.
for order in "a b" "b a"; do
	two()
	{
		tree
		modules "$work/right/demo.ko" "${order% *}/$ko" \
			"$work/moved/demo.ko" "${order#* }/$ko"
		right_line
	}
	check "two modules of a name, and the build id is known ($order)" two
	other()
	{
		tree
		modules "$work/right/demo.ko" "${order% *}/$ko" \
			"$work/other/demo.ko" "${order#* }/$ko"
		right_line "$work/report"
	}
	check "two modules of a name, and the sizes are known ($order)" other
	broken()
	{
		tree
		echo "this is no module" >"$work/text"
		modules "$work/right/demo.ko" "${order% *}/$ko" "$work/text" "${order#* }/$ko"
		right_line && right_line "$work/report"
	}
	check "a file that is no module, and one that is ($order)" broken
	stripped()
	{
		tree
		strip -g -o "$work/stripped" "$work/right/demo.ko"
		modules "$work/right/demo.ko" "${order% *}/$ko" "$work/stripped" "${order#* }/$ko"
		right_line && right_line "$work/report"
	}
	check "one with lines, and one without ($order)" stripped
	debug()
	{
		tree
		objcopy --only-keep-debug "$work/moved/demo.ko" "$work/moved.debug"
		modules "$work/right/demo.ko" "${order% *}/$ko" \
			"$work/moved.debug" "${order#* }/$ko.debug"
		right_line
	}
	check "debug information of another build ($order)" debug
done
three()
{
	tree
	modules "$work/other/demo.ko" "1/$ko" "$work/moved/demo.ko" "2/$ko" \
		"$work/right/demo.ko" "3/kmemleak_demo.ko" "$work/other2/demo.ko" "4/$ko"
	right_line
}
check "four of them, one with another spelling" three
none()
{
	tree
	modules "$work/other/demo.ko" "1/$ko" "$work/moved/demo.ko" "2/$ko"
	refuses "name the file of that" report --modules "$work/modules"
}
check "none is of the kernel that runs" none
no_id()
{
	tree
	objcopy --remove-section .note.gnu.build-id "$work/right/demo.ko" "$work/no-id"
	modules "$work/other/demo.ko" "1/$ko" "$work/no-id" "2/$ko"
	right_line
}
check "one has no build id, and the others have a wrong one" no_id

for how in xz gzip "zstd -q" "zstd -q --ultra -22"; do
	tool_of=${how%% *}
	suffix=${tool_of/zstd/zst}
	suffix=${suffix/gzip/gz}
	packed()
	{
		tree
		$how -c "$work/right/demo.ko" >"$work/packed"
		$how -c "$work/moved/demo.ko" >"$work/packed.moved"
		modules "$work/packed.moved" "1/$ko.$suffix" "$work/packed" "2/$ko.$suffix"
		right_line && right_line "$work/report"
	}
	cut_off()
	{
		tree
		$how -c "$work/right/demo.ko" | head -c 500 >"$work/packed"
		modules "$work/packed" "1/$ko.$suffix"
		refuses "$ko.$suffix" report --modules "$work/modules" "$work/report"
	}
	if [ "$tool_of" = zstd ] && ! ldd "$tool" | grep -q libzstd; then
		refused()
		{
			zstd -q -c "$work/right/demo.ko" >"$work/packed"
			modules "$work/packed" "1/$ko.zst"
			refuses "packed by zstd, which" \
				report --modules "$work/modules" "$work/report"
		}
		check "a module packed by $how is refused, for want of its library" refused
	else
		check "modules packed by $how" packed
		check "one that is cut off" cut_off
	fi
done

# The kernel, where distributions and developers have it.
installed()
{
	tree
	places=("usr/lib/debug/lib/modules/$release/vmlinux" "usr/lib/debug/boot/vmlinux-$release"
		"lib/modules/$release/build/vmlinux")
	for place in "${places[@]}"; do
		mkdir -p "$root/$(dirname "$place")"
		cp "$work/moved/vmlinux" "$root/$place"
	done
	cp "$work/right/vmlinux" "$root/${places[$1]}"
	run report
	grep -qE "start_kernel\+.* init/main.c:$line$" "$work/out"
}
for place in 0 1 2; do
	check "three kernels are installed, number $place is the one" installed $place
done

finish
