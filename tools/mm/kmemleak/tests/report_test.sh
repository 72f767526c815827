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

# shows <titles> <left out> <options...>: so many leaks are shown, and the others counted.
shows()
{
	titles=$1 left_out=$2
	shift 2
	run report "$@" "$reports/ours.txt"
	cat "$work/out" "$work/err"
	[ $status = 0 ] &&
		[ "$(sed -n 's/^[0-9]*\. //p' "$work/out" | paste -sd ,)" = "$titles" ] &&
		[ "$(sed -n 's/^not shown, as was asked: //p' "$work/out")" = "$left_out" ]
}
parse="packet_parse()+0x15 [kmemleak_demo]"
check "the leaks of a module" shows "$parse" "2 leaks, 4352 bytes, 2 groups" --module kmemleak-demo
check "... and of one that has none" shows "" "4 leaks, 4384 bytes, 3 groups" --module vmlinux
check "the largest" shows "no stack" "3 leaks, 288 bytes, 2 groups" --top 1
check "those of a size, with a unit" shows "no stack" "3 leaks, 288 bytes, 2 groups" --min 4k
check "... of all" shows "no stack,session_add()+0x25 [demo],$parse" "" --min 32
check "the largest of a module" shows "$parse" "2 leaks, 4352 bytes, 2 groups" \
	--top 1 --module kmemleak_demo
for size in 0 -1 k 4x 4kB 1e3 0x10 99999999T; do
	check "$size is no size" refuses "is no size" report --min "$size" "$reports/ours.txt"
done
not_shown()
{
	run report --top 1 --format json "$reports/ours.txt"
	python3 -c 'import json, sys
report = json.load(open(sys.argv[1]))
assert report["leaks"] == 1 and len(report["groups"]) == 1, report
assert report["not_shown"] == {"leaks": 3, "bytes": 288, "groups": 2}, report' "$work/out"
}
check "JSON says what is not shown" not_shown
# rows <kind> <options...>: the lines on standard input, with single blanks.
rows()
{
	sed 's/^/ /' >"$work/rows"
	kind=$1
	shift
	run report --by "$kind" "$@"
	cat "$work/err"
	[ $status = 0 ] && sed '1,/ leaks  /d; s/  */ /g' "$work/out" | diff "$work/rows" -
}
check "a row for each site" rows site "$reports/ours.txt" <<END
4096 1 no stack
256 1 session_add()+0x25 [demo]
32 2 $parse
END
check "... for each module" rows module "$reports/ours.txt" <<END
4096 1 unknown
256 1 demo
32 2 kmemleak_demo
END
check "... for each task" rows task "$reports/ours.txt" <<END
4096 1 ?
256 1 softirq
16 1 insmod
16 1 modprobe
END
check "... of what is selected" rows task --min 256 "$reports/ours.txt" <<END
4096 1 ?
256 1 softirq
END
# The seventh of the bytes, as a double, is less than it should be.
shares()
{
	local leaks=7
	printf '%s\n' \
		"scan 1, 1.0s ago: $leaks leaks, 61 bytes, $leaks direct, 0 indirect, 1 entry" \
		"$leaks leaks, 61 bytes (size up to 16):" "  $leaks direct, 0 indirect" \
		"  comm \"a\" ($leaks)" "  backtrace:" "    leak+0x1/0x2" >"$work/shares"
	rows task "$work/shares" <<-END
	61 7 a
	END
}
check "one task has all bytes of its leaks" shares
with_suppressed()
{
	echo "leak:packet_parse" >"$work/patterns"
	run report --by module --suppress "$work/patterns" "$reports/ours.txt"
	cat "$work/out"
	[ $status = 0 ] && grep -qx "suppressed: 2 leaks, 32 bytes" "$work/out"
}
check "rows tell of what is suppressed" with_suppressed
silent()
{
	run report --top 1 --format "$1" "$reports/ours.txt"
	cat "$work/err"
	[ $status = 0 ] || return
	grep -q "not shown, as was asked: 3 leaks, 288 bytes" "$work/err" || return
	run report --suppress "$work/patterns" --format "$1" "$reports/ours.txt"
	cat "$work/err"
	[ $status = 0 ] && grep -q "suppressed: 2 leaks, 32 bytes" "$work/err"
}
for format in folded pprof; do
	check "with $format, standard error tells what is left out" silent $format
done
check "a module has a name" refuses "no module" report --module "" "$reports/ours.txt"
for top in 0 -1 " -1" "" 1x +1; do
	check "'$top' is no number" refuses "no number above zero" report --top "$top" \
		"$reports/ours.txt"
done
sum()
{
	run report --by "$1" "$reports/summary.txt"
	awk 'NR == 1 { leaks = $1; bytes = $3 }
	rows { leaks -= $2; bytes -= $1 }
	/ leaks  / { rows = 1 }
	END { print leaks, bytes; exit leaks || bytes || !rows }' "$work/out"
}
for kind in site module task; do
	check "rows for each $kind add up" sum $kind
done
check "a row for what is none" refuses "a site, a module or a task" \
	report --by x "$reports/ours.txt"
check "rows in another form" refuses "prints text" \
	report --by site --format json "$reports/ours.txt"

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
# The same two leaks, listed and as a group.
{
	sed -n '1,22p' "$reports/ours.txt"
} >"$work/listed"
{
	echo "scan 4, 0.020s ago: 2 leaks, 32 bytes, 2 direct, 0 indirect, 1 entry"
	printf '\n2 leaks, 32 bytes (size up to 16):\n  2 direct, 0 indirect\n  backtrace:\n'
	sed -n '6,11p' "$reports/ours.txt"
} >"$work/grouped"
forms()
{
	run diff "$work/listed" "$work/grouped"
	cat "$work/out"
	[ $status = 0 ] && [ "$(wc -l <"$work/out")" = 1 ]
}
check "a group of a summary is no other bug than its leaks" forms
fails()
{
	run diff --fail "$1" "$2"
	cat "$work/out" "$work/err"
	[ $status = "$3" ]
}
check "diff --fail fails if there are new leaks" fails "$work/before" "$reports/ours.txt" 1
check "... and if there are more of them" fails "$work/before" "$work/listed" 1
check "... but not if there are fewer" fails "$reports/ours.txt" "$work/before" 0
check "diff wants two reports" refuses "two saved reports" diff "$reports/ours.txt"

# ---- What is no report ----

largest()
{
	: >"$work/none"
	run diff "$work/none" "$1" && [ $status = 0 ] &&
		grep -q '+9223372036854775807 bytes, +1 object: ' "$work/out"
}
check "a program" refuses "there is no line of a leak" report "$tool"
check "a text" refuses "to save them: cat" report "$0"
check "a file that is not there" refuses "No such file" report "$work/nothing"
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
check "help for one" refuses "no such command" help frob
says_version()
{
	run --version
	grep -qx 'kmemleak [0-9.]*' "$work/out" && [ $status = 0 ]
}
check "the version" says_version
helps()
{
	run triage --help && cp "$work/out" "$work/option" && run help triage &&
		diff "$work/option" "$work/out" && run help && grep -q '^  triage ' "$work/out"
}
check "help" helps
head -c 300 /dev/zero >"$work/zeros"
check "zeros" refuses "there is no line of a leak" report "$work/zeros"
tr -d '\n' <"$reports/ours.txt" >"$work/long"
check "one long line" refuses "there is no line of a leak" report "$work/long"
printf '[    1.0] kmemleak: 2 new suspected memory leaks (see /sys/kernel/debug/kmemleak)\n' \
	>"$work/told"
check "a log that tells of leaks without entries" refuses "but not which" report "$work/told"
sed -n 2,11p "$reports/ours.txt" >"$work/headless"
check "a leak without its first line" refuses "with which it begins" report "$work/headless"
printf 'unreferenced object 0x1000 (size %s):\n  backtrace:\n    f+0x1/0x2\n' \
	9223372036854775807 1 >"$work/huge"
check "sizes that do not add up" refuses "more bytes than can be counted" report "$work/huge"
head -n 3 "$work/huge" >"$work/most"
check "the largest size there is" largest "$work/most"


# Cut anywhere, a report is read as far as it goes, and that is said.
truncated()
{
	bytes=$(wc -c <"$reports/ours.txt")
	for at in $(seq 1 7 "$bytes"); do
		head -c "$at" "$reports/ours.txt" >"$work/cut"
		leaks=$(grep -c '^unreferenced object .*):$' "$work/cut" || :)
		run report "$work/cut"
		case $status in
		0)
			grep -q "^$leaks leaks*, " "$work/out" ||
				{ echo "cut at $at: not $leaks"; return 1; }
			[ "$(tail -c 1 "$work/cut" | wc -l)" = 1 ] ||
				grep -qE "cut off" "$work/err" ||
				{ echo "cut at $at: not said"; return 1; }
			;;
		2)
			[ ! -s "$work/out" ] && [ "$leaks" = 0 ] ||
				{ echo "cut at $at: refused"; return 1; }
			;;
		*) echo "cut at $at: status $status"; return 1 ;;
		esac
	done
}
check "cut off anywhere" truncated
cut_in_entry()
{
	head -n 3 "$reports/ours.txt" >"$work/cut"
	run report "$work/cut"
	cat "$work/err"
	[ $status = 0 ] && grep -q '^1 leak, ' "$work/out" && grep -q "^1. no stack" "$work/out" &&
		grep -q "the end is cut off" "$work/err"
}
check "cut off in an entry" cut_in_entry

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

# The time that many.sh allows for a million, and a tenth of its leaks.
if nm -D "$tool" 2>/dev/null | grep -q __asan_init; then
	skip "many leaks" "the tool is built with sanitizers, which take time and memory"
else
	check "many leaks" env ENTRIES=100000 "$tests/many.sh" "$tool" file dmesg wrapped
fi

finish
