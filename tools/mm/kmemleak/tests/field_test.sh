#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Reports as people have them, out of logs, mails and terminals: the tool counts what is
# in them, names the function that lost it, and says what it did not read.
# field_test.sh <program>
set -eu
. "$(dirname "$0")/lib.sh"
field=$tests/field

# The titles of a report: functions and modules, one a line.
titles()
{
	sed -nE 's/^[0-9]+\. //; T; s/\(\)(\+0x[0-9a-f]+)?( at [^ ]+)?//p; t; p' "$1"
}

# titled <expected>: so are the groups; ", " between two groups, " or " between two of
# which either is right.
titled()
{
	local titles nr=0 right
	mapfile -t titles < <(titles "$work/out")
	while IFS= read -r right; do
		case " or $right or " in
		*" or ${titles[nr]:-} or "*) ;;
		*) echo "title $((nr + 1)) is \"${titles[nr]:-}\", not $right"; return 1 ;;
		esac
		nr=$((nr + 1))
	done <<<"${1//, /$'\n'}"
	[ ${#titles[@]} = $nr ] || { echo "${#titles[@]} titles, not $nr"; return 1; }
}

# right <report> <leaks> <titles> <said>
right()
{
	run report "$1"
	cat "$work/err"
	head -n 1 "$work/out"
	[ $status = 0 ] && grep -qE "^$2 leaks?, " "$work/out" && titled "$3" &&
		{ [ -z "$4" ] || grep -qF -e "$4" "$work/err"; }
}

trim()
{
	echo "$1" | sed 's/^ *//; s/ *$//'
}

# The report of a case. Patches in mails lose carriage returns, so the files have none.
saved()
{
	cp "$field/$1/report.txt" "$work/saved"
	[[ $1 != *-crlf-* ]] || sed -i 's/$/\r/' "$work/saved"
	echo "$work/saved"
}

# row <line of the table> <file>
row()
{
	IFS='|' read -r case leaks titles said <<<"$1"
	check "$(trim "$case")" right "${2:-$(saved "$(trim "$case")")}" \
		"$(trim "$leaks")" "$(trim "$titles")" "$(trim "$said")"
}

while IFS= read -r line; do
	case $line in
	"#"*) ;;
	*) row "$line" "" ;;
	esac
done <"$field/table"

mkdir "$work/variants"
awk -v dir="$work/variants" '/^#### / { n++ } n { print >sprintf("%s/%03d", dir, n) }' \
	"$field/variants"
for variant in "$work/variants"/*; do
	sed 1d "$variant" >"$work/variant"
	row "$(sed -n '1s/^#### //p' "$variant")" "$work/variant"
done

# ---- What is skipped ----

shown()
{
	session=$field/02b-openbmc86-session/report.txt
	run report -v "$session"
	cat "$work/err"
	[ $status = 0 ] && [ "$(grep '^line ' "$work/err")" = "$(
		sed -n 's/ *$//; 2s/^/line 2: /p; 3s/^/line 3: /p; 26s/^/line 26: /p' "$session"
	)" ]
}
check "-v shows what is skipped" shown
escaped()
{
	printf 'a\033[31mb\001\n' | cat - "$field/07-irati112-x86_32-3.x/report.txt" >"$work/odd"
	run report -v "$work/odd"
	cat "$work/err"
	grep -qx 'line 1: a?\[31mb?' "$work/err"
}
check "what is skipped is printable" escaped
diffed()
{
	run diff -v "$field/02b-openbmc86-session/report.txt" \
		"$field/02-openbmc86-arm-4.7/report.txt"
	cat "$work/out"
	[ $status = 0 ] && [ "$(wc -l <"$work/out")" = 1 ] && grep -q '^line 26: #$' "$work/err"
}
check "diff takes the same" diffed
in_json()
{
	run report -f json "$field/02b-openbmc86-session/report.txt"
	grep -qE '"skipped_lines": ?[34],' "$work/out"
}
check "JSON counts what is skipped" in_json

# The detector's file in a saved tree is read by the same reader.
exported()
{
	make_root "$field/09d-openwrt-logread/report.txt"
	mkdir -p "$root/proc"
	cp "$tests/trees/after/proc/meminfo" "$root/proc"
	run export --prometheus
	grep '^kmemleak_leak' "$work/out"
	grep -qx 'kmemleak_leaks 2' "$work/out"
}
check "export takes the same" exported

# ---- Frames with lines ----

# A report and the same report decoded are equal, and have one frame for each address.
decoded()
{
	local raw=$work/raw
	sed -E '/\[inline\]/d; s/( [a-z0-9_]+\+0x[0-9a-f]+\/0x[0-9a-f]+) .*/\1/' \
		"$field/11-syzbot-old-frames/report.txt" >"$raw"
	run diff "$raw" "$field/11-syzbot-old-frames/report.txt"
	cat "$work/out"
	[ $status = 0 ] && [ "$(wc -l <"$work/out")" = 1 ]
}
check "a decoded report does not differ" decoded
marked()
{
	run report "$field/11-syzbot-old-frames/report.txt"
	grep "=>" "$work/out"
	grep -qE '^  => j1939_priv_create \(inlined\) +net/can/j1939/main.c:135$' "$work/out" &&
		grep -qE '^     j1939_netdev_start\+0x159/0x6f0 +net/can/j1939/main.c:272$' \
			"$work/out"
}
check "the line to blame is marked" marked
suppressed()
{
	echo "leak:$1" >"$work/patterns"
	run report --suppress "$work/patterns" "$field/11-syzbot-old-frames/report.txt"
	grep suppressed "$work/out"
	grep -qx "suppressed: $2" "$work/out"
}
check "suppressed by a decoded file" suppressed 'net/can/j1939/*.c' "1 leak, 8192 bytes"
check "suppressed by an inlined function" suppressed '^dualshock4_create$' "1 leak, 64 bytes"

# ---- Compressed ----

packed()
{
	local file="$field/03-openbmc188-arm-5.4/report.txt"
	run report "$file"
	cp "$work/out" "$work/plain"
	"$1" -c <"$file" >"$work/packed"
	run report "$work/packed"
	cat "$work/err"
	diff "$work/plain" "$work/out" &&
		"$tool" report - <"$work/packed" 2>"$work/err" | diff "$work/plain" -
}
damaged()
{
	seq -f 'unreferenced object 0x%.0f (size 8):' 1000000 1050000 | "$1" -c >"$work/whole"
	head -c "$(($(wc -c <"$work/whole") - 500))" "$work/whole" >"$work/packed"
	run report "$work/packed"
	cat "$work/err"
	head -n 1 "$work/out"
	[ $status = 0 ] && grep -qE '^[0-9]+ leaks, ' "$work/out" &&
		grep -q "it is packed, and cut off: read as far as it goes" "$work/err"
}
# Files packed one by one, one after the other, and null bytes as "tar" and tapes add.
in_parts()
{
	head -n 20 "$field/03-openbmc188-arm-5.4/report.txt" | "$1" -c >"$work/packed"
	tail -n +21 "$field/03-openbmc188-arm-5.4/report.txt" | "$1" -c >>"$work/packed"
	head -c 1000 /dev/zero >>"$work/packed"
	run report "$field/03-openbmc188-arm-5.4/report.txt"
	cp "$work/out" "$work/plain"
	run report "$work/packed"
	cat "$work/err"
	diff "$work/plain" "$work/out"
}
garbage()
{
	"$1" -c <"$field/03-openbmc188-arm-5.4/report.txt" >"$work/packed"
	echo "something else" >>"$work/packed"
	run report "$work/packed"
	cat "$work/err"
	[ $status = 0 ] && grep -q "it is packed, and damaged: read as far" "$work/err"
}
without()
{
	"$1" -c <"$field/03-openbmc188-arm-5.4/report.txt" >"$work/packed"
	refuses "packed by $1, which" report "$work/packed"
}
for program in "gzip libz" "bzip2 libbz2" "xz liblzma" "zstd libzstd"; do
	library=${program#* }
	program=${program% *}
	if ! command -v $program >/dev/null; then
		skip "compressed by $program" "it is not installed"
	elif ! objdump -p "$tool" | grep -q "NEEDED *$library"; then
		check "compressed by $program is refused, for want of its library" without $program
	else
		check "compressed by $program" packed $program
		check "compressed by $program and cut off" damaged $program
		check "compressed by $program in parts" in_parts $program
		check "something behind what $program compressed" garbage $program
	fi
done
damage()
{
	printf '\037\213\010 nothing' >"$work/packed"
	refuses "it is packed, and damaged" report "$work/packed"
}
check "damaged from its beginning" damage

# ---- Forms of one report ----

# All forms of a report are the same report.
same()
{
	run report "$1"
	cat "$work/err"
	diff "$work/plain" "$work/out"
}
for case in 07-irati112-x86_32-3.x 03-openbmc188-arm-5.4 11-syzbot-old-frames; do
	rm -rf "$work/forms"
	python3 "$tests/forms.py" all "$work/forms" <"$field/$case/report.txt"
	run report "$field/$case/report.txt"
	cp "$work/out" "$work/plain"
	for form in "$work/forms"/*; do
		check "$case as $(basename "$form")" same "$form"
	done
done

for seed in 1 2 3 4; do
	check "entries in any order ($seed)" python3 "$tests/orders.py" "$tool" $seed
done

finish
