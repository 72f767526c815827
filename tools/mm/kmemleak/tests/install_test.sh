#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What "make install" installs: the manual has all commands, and so has the completion.
# install_test.sh <program>
set -eu
. "$(dirname "$0")/lib.sh"
source=$(dirname "$tests")
mkdir "$work/bin"
cp "$tool" "$work/bin/kmemleak"
PATH=$work/bin:$PATH

installs()
{
	make -s -C "$source" O="$work/bin" -o all install DESTDIR="$work/dest" prefix=/usr &&
		"$work/dest/usr/bin/kmemleak" --help &&
		cmp "$source/kmemleak.8" "$work/dest/usr/share/man/man8/kmemleak.8" &&
		cmp "$source/kmemleak.bash" \
			"$work/dest/usr/share/bash-completion/completions/kmemleak"
}
check "make install" installs

commands=$("$tool" --help | sed -n 's/^  \([a-z][a-z]*\)  *.*/\1/p')
check "the program has commands" [ -n "$commands" ]
manual()
{
	for command in $commands; do
		grep -qE "^\.BR? $command( |\$)" "$source/kmemleak.8" ||
			{ echo "$command is missing"; return 1; }
	done
}
check "the manual has all commands" manual
if command -v groff >/dev/null; then
	formatted()
	{
		[ -z "$(groff -man -ww -Tutf8 "$source/kmemleak.8" 2>&1 >/dev/null)" ]
	}
	check "the manual can be formatted" formatted
else
	skip "the manual can be formatted" "there is no groff"
fi
helps()
{
	for command in $commands; do
		run "$command" --help
		[ $status = 0 ] && grep -q "^Usage: kmemleak $command" "$work/out" ||
			{ echo "$command"; return 1; }
	done
}
check "each command has --help" helps

# completes <expected> <words...>: the last word may be completed to what is expected.
completes()
{
	expected=$1
	shift
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	COMPREPLY=()
	_kmemleak
	echo "${COMPREPLY[@]}"
	[ "${COMPREPLY[*]}" = "$expected" ]
}
. "$source/kmemleak.bash"
check "a command is completed" completes report kmemleak rep
check "a command after --root" completes scan kmemleak --root / sc
check "an option is completed" completes --suppress kmemleak report --supp
check "a format is completed" completes "pprof" kmemleak report --format pp
check "a format that merge does not have is not" completes "" kmemleak merge --format pp
check "an option of merge is completed" completes --json kmemleak merge --j
check "a file is completed" completes "$source/kmemleak.8" kmemleak report "$source/kmemleak.8"
check "nothing is made up" completes "" kmemleak zzz

finish
