#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Tests of the scripts in this directory: what a user gets for bad input, and that
# a guest's failure is reported for what it is. Needs a built um kernel; prints TAP.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
. "$here/product.sh"
export ARCH DETECTOR CONFIG

work=$(mktemp -d "$build/selftest.XXXXXX")
trap 'rm -rf "$work"' EXIT
n=0 bad=0

# expect <description> <exit status> <text> <command...>
expect()
{
	local what=$1 status=$2 text=$3 rc=0
	shift 3
	"$@" >"$work/out" 2>&1 </dev/null || rc=$?
	n=$((n + 1))
	if [ "$rc" = "$status" ] && { [ -z "$text" ] || grep -qF -- "$text" "$work/out"; }; then
		echo "ok $n - $what"
	else
		bad=$((bad + 1))
		echo "not ok $n - $what"
		echo "# exit $rc, wanted $status and \"$text\""
		tail -n 5 "$work/out" | sed 's/^/# /'
	fi
}

guest()
{
	printf '%s\n' "$1" >"$work/guest/script.sh"
	SCRIPT=$work/guest/script.sh TIMEOUT=${2:-60} "$here/boot.sh"
}

mkdir "$work/guest"

expect "an unknown base is refused" 1 "BASE=1.0" env BASE=1.0 "$here/kernel.sh"
expect "an unknown architecture is refused" 1 "ARCH=z80" env ARCH=z80 "$here/kernel.sh"
expect "an unknown detector is refused" 1 "DETECTOR=x" env DETECTOR=x "$here/kernel.sh"
expect "an unknown fragment is refused" 1 "CONFIG=none-such" \
	env CONFIG=none-such "$here/kernel.sh"
expect "a module directory that is not there is refused" 1 "M=/none" \
	env M=/none "$here/modules.sh"
expect "modules are built as make help says" 0 "" \
	make -s -C "$top" modules M=tools/testing/selftests/kmemleak/modules
expect "the tool is installed as make help says" 0 "" \
	make -s -C "$top" install prefix=/usr DESTDIR="$work/dest"
expect "... and runs" 0 "Usage: kmemleak" "$work/dest/usr/bin/kmemleak" --help
expect "... with its manual page" 0 "" test -s "$work/dest/usr/share/man/man8/kmemleak.8"
expect "a script that is not there is refused" 1 "SCRIPT=/none" \
	env SCRIPT=/none "$here/boot.sh"
expect "COMPACT for another machine than um is refused" 1 "COMPACT=1" \
	env ARCH=x86_64 COMPACT=1 SCRIPT="$here/selftest.sh" "$here/boot.sh"
expect "a KSRC that is not there is refused" 1 "KSRC=/none" \
	env KSRC=/none "$here/apply.sh"

expect "a suite that is not known is refused" 1 "SUITE=x" env SUITE=x "$here/check-debian.sh"
expect "a soak of no minutes is refused" 1 "MINUTES=0" env MINUTES=0 "$here/soak.sh"
expect "a test that does not exist is refused" 1 "TEST=x" env TEST=x "$here/endure.sh"
expect "... and so is one for another architecture" 1 "TEST=hotplug" \
	env TEST=hotplug "$here/endure.sh"
expect "... and no number of objects" 1 "OBJECTS=1e7" env OBJECTS=1e7 "$here/endure.sh"

# Objects of one source, which includes a file that changes.
included_files_count()
{
	cd "$work"
	printf '.data\n.incbin "included"\n' >source.S
	echo one >included
	"$here/cc.sh" -Wp,-MMD,depend -c source.S -o one.o
	echo two >included
	"$here/cc.sh" -Wp,-MMD,depend -c source.S -o two.o
	! cmp -s one.o two.o
}
export -f included_files_count
export work here
expect "ccache notices when a file that assembly includes changes" 0 "" \
	bash -c included_files_count

# What a mail of the series adds to a file that an earlier mail has.
later()
{
	awk -v text="$1" -f "$here/later.awk" "$work/whole.c" >"$work/part.c" &&
		diff "$work/wanted.c" "$work/part.c"
}
export -f later
cat >"$work/whole.c" <<'END'
#include "first.h"
#include "second.h"

static int first(int x)
{
	return x;
}

/*
 * Twice.
 */
static int second(int x)
{
	if (x)
		return 2 * first(x);
	return 0;
}
END
sed '9,$d' "$work/whole.c" | sed '$d' >"$work/wanted.c"
expect "a function comes with its comment, and later" 0 "" bash -c "later 'int second('"
sed 1d "$work/whole.c" >"$work/wanted.c"
expect "... and a directive alone" 0 "" bash -c "later '#include \"first'"
sed 14,15d "$work/whole.c" >"$work/wanted.c"
expect "... and a statement whole" 0 "" bash -c "later 'if (x)'"
expect "a text that three lines have is refused" 1 'whole.c: 3 lines have "return"' \
	bash -c "later return"
expect "mails that nobody is there to sign off are refused" 1 "SIGNOFF=1: git knows no user" \
	env SIGNOFF=1 GIT_DIR=/none GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null \
	"$here/series.sh"

expect "an unknown part of the benchmark is refused" 1 "PART=x" env PART=x "$here/bench.sh"
expect "times are not recorded as counts" 1 "RECORD=1" env RECORD=1 "$here/bench.sh"
mkdir "$work/counts"
echo '{ "tools": "any", "instructions": { "pair": { "none": 100, "kmemleak": 200 } } }' \
	>"$work/counts/table.json"
printf 'bench: pair %s ns\n' 209 >"$work/counts/kmemleak-1.log"
expect "a few more instructions are no regression" 0 "0 bad" \
	python3 "$here/bench.py" check "$work/counts" "$work/counts/table.json"
printf 'bench: pair %s ns\n' 211 >"$work/counts/kmemleak-1.log"
expect "over 5 % more are one" 1 "a regression of 5.5 %" \
	python3 "$here/bench.py" check "$work/counts" "$work/counts/table.json"
printf 'bench: pair %s ns\n' 106 >"$work/counts/none-1.log"
expect "... but not where the kernel without a detector has as many more" 0 "0 bad" \
	python3 "$here/bench.py" check "$work/counts" "$work/counts/table.json" ratio
rm "$work/counts/kmemleak-1.log"
expect "a count that is missing is a failure" 1 "pair: not measured" \
	python3 "$here/bench.py" check "$work/counts" "$work/counts/table.json"

echo '{ "runs": { "7.3-um": { "figures": { "pair_depth_12": { "none": { "best": 30 } } } } } }' \
	>"$work/part.json"
expect "no charts are drawn of a part of the benchmark" 1 "make bench BASE=7.3 measures it" \
	python3 "$here/bench.py" data "$work/part.json" "$work"

expect "a script's output is seen" 0 "hello from the guest" guest 'echo hello from the guest'
expect "a script's exit status comes back" 7 "" guest 'exit 7'
mkdir -p "$work/modules/drivers" "$work/modules/.tmp_1"
cp "$(command -v busybox)" "$work/modules/drivers/kept.ko"
cp "$(command -v busybox)" "$work/modules/.tmp_1/tried.ko"
export MODULES=$work/modules
expect "modules are taken into the guest, but none that a build tries out" 0 "" \
	guest '[ "$(ls /modules)" = kept.ko ]'
unset MODULES
export APPEND="rdinit=/none init=/none"
expect "a panic is called a panic" 125 "the guest panicked" guest true
unset APPEND
expect "a hang is called a hang" 124 "the guest hangs" guest 'while :; do sleep 9; done' 15
expect "... and no panic, whatever the guest says as it is ended" 124 "the guest hangs" \
	guest 'echo "Kernel panic - not syncing: none"; while :; do sleep 9; done' 15
expect "a guest that switches itself off is called out" 126 "without an end" \
	guest 'poweroff -f'

# The zoo, with cases that no detector gets right.
mkdir -p "$work/zoo/script"
zoo()
{
	echo "$1" >"$work/zoo/script/zoo.cases"
	MODULES=$zoo_modules OVERLAY=$work/zoo TIMEOUT=60 \
		SCRIPT=$top/tools/testing/selftests/kmemleak/zoo.sh "$here/boot.sh"
}
if zoo_modules=$(M=$top/samples/kmemleak "$here/modules.sh" | tail -n 1); then
	expect "a leak that is never found is a failure" 1 "zoo: planted_miss 1 0 1 0" \
		zoo planted_miss
	expect "... and who held it is said" 1 "kept" zoo planted_miss
	expect "a leak that is missed once is a coincidence" 0 \
		"# coincidence: planted_coincidence: missed once" zoo planted_coincidence
	expect "a false report is a failure" 1 "zoo: planted_false 0 0 0 1" zoo planted_false
fi

# Who builds is said, and keeps nobody waiting that has nothing to build.
export KMEMLEAK_LOCK=$work/lock
exec 5>>"$KMEMLEAK_LOCK"
flock 5
echo "a build that goes on" >"$KMEMLEAK_LOCK"
unset KMEMLEAK_LOCKED
beside_build()
{
	unset IMAGE
	guest 'echo hello from beside a build'
}
expect "a guest that is built boots beside a build" 0 "hello from beside" beside_build
# The build waits on, and is ended once it has said so.
told_who_builds()
{
	local pid log=$work/waiting
	IMAGE='' CONFIG=latency timeout 60 "$here/kernel.sh" >"$log" 2>&1 &
	pid=$!
	while kill -0 $pid 2>/dev/null && ! grep -q "waiting for a kernel build" "$log"; do
		sleep 0.1
	done
	kill $pid 2>/dev/null || true
	wait $pid 2>/dev/null || true
	cat "$log"
}
expect "who has to build is told who builds" 0 "waiting for a kernel build: a build that" \
	told_who_builds
exec 5>&-
unset KMEMLEAK_LOCK

# A count by an emulator that nobody has counted with is no regression.
mkdir "$work/bin"
printf '#!/bin/sh\necho "QEMU emulator version 99.1.0"\n' >"$work/bin/qemu-system-x86_64"
chmod 755 "$work/bin/qemu-system-x86_64"
expect "an emulator without a table of counts" 0 "# SKIP there is no table for BASE=$BASE and qemu 99.1" \
	env PATH="$work/bin:$PATH" "$here/bench-check.sh"

# A tree of the user's own: only the files that the product touches matter here.
mkdir "$work/tree"
pristine=$basedir/upstream/src
patches=$(patch_dir "$pristine")
{ patched_files "$patches"; dropped_files "$pristine"; printf '%s\n' Kbuild Makefile; } |
	sort -u | while read -r f; do
	[ ! -f "$pristine/$f" ] || echo "$f"
done | rsync -a --files-from=- "$pristine/" "$work/tree/"

cp -a "$work/tree" "$work/odd"
sed -i 's/kmemleak/something/g' "$work/odd/mm/Makefile"
cp -a "$work/odd" "$work/odd.before"
expect "a patch that does not apply names itself" 1 "mm-kmemleak-directory.patch does not apply" \
	env KSRC="$work/odd" "$here/apply.sh"
expect "... and the tree is as it was" 0 "" diff -r "$work/odd.before" "$work/odd"
expect "the detector goes into a tree" 0 "the detector is in" \
	env KSRC="$work/tree" "$here/apply.sh"
expect "... as it is in the prepared one" 0 "" \
	diff -r "$work/tree/mm/kmemleak" "$basedir/kmemleak/src/mm/kmemleak"
expect "... where the base's is gone" 1 "" test -e "$work/tree/mm/kmemleak.c"
expect "a second time is refused" 1 "has mm/kmemleak already" \
	env KSRC="$work/tree" "$here/apply.sh"

# plant <file> <line...>: a copy of the product's options, with lines more.
plant()
{
	local file=$1
	shift
	rm -rf "$work/options"
	mkdir "$work/options"
	(cd "$top" && cp --parents Kconfig mm/kmemleak/Kconfig samples/kmemleak/Kconfig \
		lib/Kconfig.prio_search_tree "$work/options")
	printf '%s\n' "$@" >>"$work/options/$file"
}

kconfig()
{
	"$here/kconfig.sh" "$obj/scripts/kconfig/conf" "$work/options"
}

help=$'\thelp\n\t  Plant an option.'
plant mm/kmemleak/Kconfig "config PLANTED" $'\tbool "Planted"' "$help"
expect "conf has nothing to say of the product's options" 0 "" kconfig
expect "... and that is all" 1 "" grep -q . "$work/out"
plant mm/kmemleak/Kconfig "config PLANTED" $'\tbool "Planted"'
expect "an option without a help text is found" 1 "PLANTED has no help text" kconfig
plant lib/Kconfig.prio_search_tree "config PLANTED" $'\tbool "Planted"' $'\tdefault y' "$help"
expect "an option that is on by default is found" 1 "PLANTED is on by default" kconfig
plant samples/kmemleak/Kconfig "config PLANTED" $'\tdef_bool y' "$help"
expect "an option that nobody can switch off is found" 1 "PLANTED cannot be switched off" kconfig
plant mm/kmemleak/Kconfig "config PLANTED" $'\tbool "Planted"' $'\tdepends on NOWHERE' "$help"
expect "an option that nobody can have is found" 1 "PLANTED cannot be had" kconfig
plant mm/kmemleak/Kconfig "config PLANTED" $'\tboolean "Planted"' "$help"
expect "an option that conf does not understand is found" 1 "conf --allyesconfig fails" kconfig

echo "1..$n"
[ "$bad" = 0 ]
