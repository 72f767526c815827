#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Completion offers what may stand there, nothing else, and says nothing.
# completion_test.sh <program>
set -eu
. "$(dirname "$0")/lib.sh"
mkdir "$work/bin" "$work/files" "$work/files/directory" "$work/files/report" "$root/proc"
cp "$tool" "$work/bin/kmemleak"
PATH=$work/bin:$PATH
touch "$work/files/saved" "$work/files/saved two"
printf 'loop 1 0 - Live 0x0\nlibcrc32c 1 0 - Live 0x0\nnf_nat 1 0 - Live 0x0\n' \
	>"$root/proc/modules"
. "$(dirname "$tests")/kmemleak.bash"
cd "$work/files"

# completes <expected> <words...>: the last word may be completed to what is expected, each
# between bars. Nothing is written to stderr.
completes()
{
	local expected=$1 offered
	shift
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	COMPREPLY=(left from before)
	_kmemleak 2>"$work/noise"
	offered=$(printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort | tr '\n' '|')
	echo "offered: $offered"
	cat "$work/noise"
	[ "$offered" = "$expected|" ] && [ ! -s "$work/noise" ]
}

check "a command" completes "record|report" kmemleak re
check "no option of a command before it" completes "--root" kmemleak --ro
check "a directory after --root" completes "directory|report" kmemleak --root ""
check "a directory after --root=" completes "directory" kmemleak --root = dir
check "a command after it" completes "watch" kmemleak --root / wa
check "and after --root=DIR" completes "watch" kmemleak --root = / wa
check "an option" completes "--keep" kmemleak record --k
check "an option, with --root" completes "--keep" kmemleak --root / record --k
check "not one that a text names" completes "" kmemleak watch --db
check "a format" completes "pprof" kmemleak report --format pp
check "a format after =" completes "pprof" kmemleak report --format = pp
check "all formats after =" completes "folded|html|json|pprof|text" kmemleak report --format =
check "what has a row" completes "module" kmemleak report --by mo
check "a module of a report" completes "libcrc32c|loop" kmemleak report --module l
check "a format after -f" completes "json" kmemleak report -f js
check "-f of another command is none" completes "" kmemleak scan -f js
check "a time is no file" completes "" kmemleak triage --for s
check "nor is it after =" completes "" kmemleak watch --every = s
check "a number is no file" completes "" kmemleak record --count s
check "a directory, where one is wanted" completes "directory|report" kmemleak triage --since ""
check "the same option of another command takes a time" completes "" kmemleak trend --since ""
check "a file, where one is wanted" completes "saved|saved two" kmemleak record --db sa
check "a kind" completes "cache" kmemleak trend --kind ca
check "a report" completes "saved|saved two" kmemleak report sa
check "a report after an option with a value" completes "saved|saved two" \
	kmemleak report --format json sa
check "a report after an option without" completes "saved|saved two" kmemleak diff saved sa
check "no second report" completes "" kmemleak report saved sa
check "two for diff" completes "saved|saved two" kmemleak diff saved sa
check "no third for diff" completes "" kmemleak diff saved ./saved sa
for command in scan clear watch triage record trend export; do
	check "$command takes no file" completes "" kmemleak "$command" sa
done
for command in path dump; do
	check "$command takes an address, which is no file" completes "" kmemleak "$command" ""
done
check "a module of the saved tree" completes "libcrc32c|loop" kmemleak module l
odd_modules()
{
	printf '$(touch${IFS}evil) 1\n`touch` 1\na;b 1\n* 1\ngood 1 0\n' >"$root/proc/modules"
	completes "good" kmemleak module "" && [ ! -e evil ]
}
check "only names of modules are offered" odd_modules
rm "$root/proc/modules"
mkfifo "$root/proc/modules"
check "a pipe is not waited for" completes "" kmemleak module ""
rm "$root/proc/modules"
echo "outside 1 0" >"$work/modules"
ln -s "$work/modules" "$root/proc/modules"
check "a link is not followed" completes "" kmemleak module ""
rm "$root/proc/modules"
printf 'loop 1 0 - Live 0x0\nnf_nat 1 0 - Live 0x0\n' >"$root/proc/modules"
in_home()
{
	HOME=$work completes "nf_nat" kmemleak --root "~/root" module n
}
check "a tree at home" in_home
root=/nowhere
unset KMEMLEAK_ROOT
check "a module of another tree" completes "nf_nat" kmemleak --root "$work/root" module n
check "no module" completes "" kmemleak --root /nowhere module ""
check "one module" completes "" kmemleak --root "$work/root" module loop l
check "an unknown command" completes "" kmemleak frobnicate sa
check "options of an unknown command" completes "" kmemleak frobnicate --s
check "a word with special characters" completes "" kmemleak '$(touch evil)' "*"
check "and nothing is run" [ ! -e evil ]
check "the program by its path" completes "watch" "$work/bin/kmemleak" wa
check "no program" completes "" "$work/bin/nothing" wa

finish
