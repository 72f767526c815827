#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# structure.sh [directory]: check the structure of the product in that directory, by
# default this checkout. Prints "file:line: what" for each violation, and fails if there
# is one.
#
# - Each file of mm/kmemleak belongs to a wing, and includes headers of its own wing and
#   of the wings below it only.
# - No files of mm/kmemleak call each other in a circle, and none of tools/mm/kmemleak
#   do. calls.awk defines a call.
# - Files of mm/kmemleak have at most 700 lines, kmemleak.h has fewer than 100.
# - Nothing in mm/kmemleak asks for an architecture's option: <asm/kmemleak.h> tells.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

detector=mm/kmemleak
lines_max=700
header_max=99

command -v ctags-universal >/dev/null || "$here/packages.sh"
cd "${1:-$top}"
for f in $detector tools/mm/kmemleak include/linux/kmemleak.h; do
	[ -e "$f" ] || die "there is no $f in $PWD"
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# rank <file below mm/kmemleak>: print the height of its wing; fail if it has none.
rank()
{
	case $1 in
	kmemleak.h) echo 0 ;;
	store/*) echo 1 ;;
	trace/*) echo 2 ;;
	mark/*) echo 3 ;;
	report/*) echo 4 ;;
	scan.[ch] | suspect.[ch] | thread.[ch] | transient.[ch]) echo 5 ;;
	hooks.[ch] | record.[ch] | debugfs.[ch] | modules.[ch] | life.[ch]) echo 6 ;;
	tests/*) echo 7 ;;
	*) return 1 ;;
	esac
}

# included <file> <name>: print the file below mm/kmemleak that #include "name" finds, or
# nothing if it finds one of the kernel's.
included()
{
	local path
	path=$(realpath -ms --relative-to=$detector "$(dirname "$1")/$2")
	[ -e "$detector/$path" ] || [ ! -e "$detector/$2" ] || path=$2
	case $path in
	../*) ;;
	*) echo "$path" ;;
	esac
}

check_includes()
{
	local file own line name path other
	while read -r file; do
		if ! own=$(rank "${file#"$detector"/}"); then
			echo "$file:1: belongs to no wing"
			continue
		fi
		while IFS=: read -r line name; do
			path=$(included "$file" "$name")
			if [ -z "$path" ]; then
				continue
			elif [ ! -e "$detector/$path" ]; then
				echo "$file:$line: includes \"$name\", which does not exist"
			elif ! other=$(rank "$path"); then
				echo "$file:$line: includes \"$name\", which belongs to no wing"
			elif [ "$other" -gt "$own" ]; then
				echo "$file:$line: includes \"$name\" of a wing above its own"
			fi
		done < <(grep -nE '^\s*#\s*include\s*"' "$file" | sed 's/:[^"]*"/:/; s/".*//')
	done < <(find $detector -name '*.[ch]' | LC_ALL=C sort)
}

# check_circles <directory>
check_circles()
{
	local files loop='tsort: -: input contains a loop:\n'
	mapfile -t files < <(find "$1" -name '*.[ch]' ! -path '*/tests/*' | LC_ALL=C sort)
	{
		grep -ohE '\w*kmemleak_\w+' include/linux/kmemleak.h || true
		ctags-universal -f - --language-force=C --kinds-C=f --fields=f "${files[@]}" |
			awk -F '\t' '{ print $1, $2, $4 }'
	} >"$work/functions"
	awk -f "$here/calls.awk" "$work/functions" "${files[@]}" >"$work/calls"

	# tsort lists the files of each circle on stderr, in the order of the calls.
	cut -d ' ' -f 1,2 "$work/calls" | LC_ALL=C tsort 2>"$work/circles" >/dev/null || true
	awk '
	FILENAME == ARGV[1] {
		where[$1, $2] = $4
		called[$1, $2] = $3
		next
	}
	NF {
		text = ""
		for (i = 2; i <= NF; i += 2) {
			to = i < NF ? $(i + 2) : $2
			text = text (i > 2 ? "; " where[$i, to] : where[$i, to] ": a circle:")
			text = text " calls " called[$i, to] "()"
		}
		print text
	}' "$work/calls" RS="$loop" "$work/circles"
}

check_lengths()
{
	local file max nr
	while read -r file; do
		max=$lines_max
		[ "$file" != $detector/kmemleak.h ] || max=$header_max
		nr=$(wc -l <"$file")
		[ "$nr" -le $max ] || echo "$file:$((max + 1)): $nr lines, over $max"
	done < <(find $detector -name '*.[ch]' | LC_ALL=C sort)
}

architectures='ALPHA|ARC|ARM|ARM64|CSKY|HEXAGON|LOONGARCH|M68K|MICROBLAZE|MIPS|NIOS2|OPENRISC'
architectures+='|PARISC|PPC|PPC32|PPC64|RISCV|S390|SPARC|SPARC32|SPARC64|SUPERH|UML|X86|XTENSA'

check_architectures()
{
	{ grep -rnoE --include='*.[ch]' --include=Makefile \
		"\<CONFIG_($architectures)(_[A-Z0-9_]+)?\>" $detector || true; } | LC_ALL=C sort |
		sed -E 's/^([^:]*:[^:]*:)(.*)/\1 asks for an architecture: \2/'
}

{
	check_includes
	check_lengths
	check_architectures
	check_circles $detector
	check_circles tools/mm/kmemleak
} >"$work/found"
cat "$work/found"
[ ! -s "$work/found" ]
