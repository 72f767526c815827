#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What the tool makes of saved reports, in all forms, and of what is no report.
# report_test.sh <program>; UPDATE=1 writes what is expected anew.
set -eu
. "$(dirname "$0")/lib.sh"
reports=$tests/reports

for report in "$reports"/*.txt; do
	name=$(basename "$report" .txt)
	check "text of $name" golden "$reports/$name.out" report "$report"
done
# json-c's versions differ in blanks and in how they break an empty array: what counts are
# the values.
values()
{
	python3 -m json.tool --sort-keys "$1"
}
golden_json()
(
	cd "$reports" || exit
	expected=$1
	shift
	run "$@"
	[ $status = 0 ] || { cat "$work/err"; exit 1; }
	values "$work/out" >"$work/values" || exit
	if [ "${UPDATE:-}" = 1 ] && ! values "$expected" | cmp -s - "$work/values"; then
		cp "$work/out" "$expected"
	fi
	values "$expected" | diff -u - "$work/values"
)
check "JSON" golden_json ours.json report --format json ours.txt
check "JSON with all counts" golden_json summary.json report --sites sites -f json summary.txt
piped()
{
	"$tool" report - <"$reports/ours.txt" 2>"$work/err" | diff -u "$reports/ours.out" -
}
check "standard input" piped
check "folded stacks" golden "$reports/ours.folded" report -f folded "$reports/ours.txt"

valid_json()
{
	run report --format json "$1" && python3 -m json.tool "$work/out"
}

for report in "$reports"/*.txt; do
	check "JSON of $(basename "$report" .txt) is valid" valid_json "$report"
done

pprof()
{
	run report --format pprof -o "$work/profile" "$reports/ours.txt"
	[ $status = 0 ] && python3 "$tests/pprof.py" "$work/profile" >"$work/decoded" || return
	if [ "${UPDATE:-}" = 1 ]; then
		cp "$work/decoded" "$reports/ours.pprof"
	fi
	diff -u "$reports/ours.pprof" "$work/decoded"
}
check "pprof, decoded again" pprof

same_sums()
{
	run report --format folded "$1"
	folded=$(awk '{ sum += $NF } END { print sum + 0 }' "$work/out")
	run report --format json "$1"
	[ "$folded" = "$(python3 -c 'import json, sys; print(json.load(sys.stdin)["bytes"])' \
		<"$work/out")" ]
}
check "forms agree on the bytes" same_sums "$reports/ours.txt"

empty()
{
	run report /dev/null && [ $status = 0 ] &&
		grep -qx '0 leaks, 0 bytes, 0 groups.*' "$work/out"
}
check "an empty report has no leaks" empty
# What a terminal, or a reader of UTF-8, would trip over.
unprintable()
{
	sed -e 's/?\[31mred??/\x1b[31mred\x7f\xff/; s/na?me/na\x1bme/' "$reports/hostile.txt" \
		>"$work/unprintable"
	! cmp -s "$work/unprintable" "$reports/hostile.txt" &&
		run report "$work/unprintable" && diff "$reports/hostile.out" "$work/out"
}
check "bytes that are not to be printed" unprintable
crlf()
{
	sed 's/$/\r/' "$reports/ours.txt" >"$work/crlf" && run report "$work/crlf" &&
		diff "$reports/ours.out" "$work/out"
}
check "line ends of another system" crlf

# ---- Suppressions ----

suppressed()
{
	printf '%s\n' "$1" >"$work/patterns"
	run report --suppress "$work/patterns" "$reports/ours.txt"
	cat "$work/out"
	[ $status = 0 ] && grep -qx "suppressed: $2" "$work/out"
}
check "a pattern in a function's name" suppressed leak:ession_a "1 leak, 256 bytes"
check "a pattern that is a module" suppressed "leak:^kmemleak_demo$" "2 leaks, 32 bytes"
check "a star" suppressed "leak:packet*parse" "2 leaks, 32 bytes"
check "an anchor that does not hold" suppressed "leak:^arse$" "0 leaks, 0 bytes"
check "a bracket is a bracket" suppressed "leak:[p]acket" "0 leaks, 0 bytes"
check "comments and empty lines" suppressed "# leak:session_add

  leak:session_add  " "1 leak, 256 bytes"
printf 'leak:a\nleak: \n' >"$work/bad"
check "a pattern that is none" refuses "line 2" report --suppress "$work/bad" "$reports/ours.txt"
printf 'race:foo\n' >"$work/bad"
check "a suppression of another kind" refuses "leak:pattern" report --suppress "$work/bad" \
	"$reports/ours.txt"

# ---- diff ----

# One of two alike, and another size.
{
	head -n 11 "$reports/ours.txt"
	sed -n 's/(size 256):/(size 128):/; 23,32p' "$reports/ours.txt"
} >"$work/before"
check "diff" golden "$reports/ours.diff" diff "$work/before" "$reports/ours.txt"
same()
{
	run diff "$1" "$1" && [ $status = 0 ] && [ "$(wc -l <"$work/out")" = 1 ]
}
for report in "$reports"/*.txt; do
	check "no difference from itself: $(basename "$report" .txt)" same "$report"
done
check "diff wants two reports" refuses "two saved reports" diff "$reports/ours.txt"

# ---- What is no report ----

check "a program" refuses "no line of a leak report" report "$tool"
check "a text" refuses "no line of a leak report" report "$0"
check "a file that is not there" refuses "No such file" report "$work/none"
check "a directory" refuses "directory" report "$work"
sed 5d "$reports/sites" >"$work/sites"
check "a count of sites that is none" refuses "line 5: this is no line of a count" \
	report --sites "$work/sites" "$reports/ours.txt"
head -n 7 "$reports/sites" >"$work/sites"
check "a count of sites that is cut off" refuses "cut off" \
	report --sites "$work/sites" "$reports/ours.txt"
check "two files" refuses "one report" report a b
check "a form that is not known" refuses "no such format" report --format xml "$reports/ours.txt"
check "an option that is not known" refuses "unrecognized option" report --frob
check "a command that is not known" refuses "no such command" frob
head -c 300 /dev/zero >"$work/zeros"
check "zeros" refuses "no line of a leak report" report "$work/zeros"
tr -d '\n' <"$reports/ours.txt" >"$work/long"
check "one long line" refuses "line 1" report "$work/long"

# Cut anywhere, a report is read or refused, and what is read is no more than it was.
truncated()
{
	bytes=$(wc -c <"$reports/ours.txt")
	for at in $(seq 1 7 "$bytes"); do
		head -c "$at" "$reports/ours.txt" >"$work/cut"
		run report "$work/cut"
		case $status in
		0)
			[ "$(tail -c 1 "$work/cut" | wc -l)" = 1 ] ||
				{ echo "cut at $at was read"; return 1; }
			;;
		2) [ ! -s "$work/out" ] || { echo "cut at $at: output"; return 1; } ;;
		*) echo "cut at $at: status $status"; return 1 ;;
		esac
	done
}
check "cut off anywhere" truncated
head -n 3 "$reports/ours.txt" >"$work/cut"
check "cut off in an entry" refuses "cut off" report "$work/cut"

full()
{
	if "$tool" report "$reports/ours.txt" >/dev/full 2>"$work/err"; then
		return 1
	fi
	grep -q "No space left" "$work/err"
}
check "a full disk is an error" full
kept()
{
	echo precious >"$work/kept"
	run report -o "$work/kept" "$work/zeros"
	[ $status = 2 ] && grep -qx precious "$work/kept"
}
check "an output file outlives wrong input" kept

# ---- Many leaks ----

# A thousand stacks of sixteen frames, a thousand times.
block()
{
	awk 'BEGIN {
		for (i = 0; i < 1000; i++) {
			printf "unreferenced object 0x%x (size 64):\n", 0x80000000 + i * 64
			print "  comm \"modprobe\", pid 1093, jiffies 4295101244 (age 37.484s)"
			print "  hex dump (first 32 bytes):"
			for (k = 0; k < 2; k++)
				print "    60 97 20 c0 ff ff ff ff 60 97 20 c0 ff ff ff ff" \
					"  ................"
			print "  backtrace (crc 5c38dc12):"
			print "    __kmalloc_cache_noprof+0x1b3/0x2f0"
			for (k = 1; k < 16; k++)
				printf "    function_%d_of_the_kernel+0x%x/0x140 [module_%d]\n",
				       i * k % 4999, 16 + k, k % 7
		}
	}'
}

million()
{
	block >"$work/block"
	for _ in $(seq 1000); do cat "$work/block"; done |
		python3 "$tests/limits.py" "$1" "$2" "$tool" report - >"$work/out"
	head -n 1 "$work/out" | grep -q '^1000000 leaks, 64000000 bytes.* 1000 groups'
}
# Sanitizers make it slower, and need memory of their own.
if nm -D "$tool" 2>/dev/null | grep -q __asan_init; then
	skip "a million leaks in 5 s and 500 MB" "the tool is built with sanitizers"
else
	check "a million leaks in 5 s and 500 MB" million 5 500
fi

finish
