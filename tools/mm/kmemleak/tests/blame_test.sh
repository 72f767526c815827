#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Who is to blame: the function that an expert names is a leak's title, is marked in its
# stack, and names it in each form of the report. blame.txt lists stacks and functions.
# blame_test.sh <program>
set -eu
. "$(dirname "$0")/lib.sh"
. "$tests/leak.sh"

cases=$work/cases
grep -E '^[^#]+: ' "$tests/blame.txt" >"$cases"

# An entry for each case, the largest first, as the tool sorts them.
awk '{
	printf "unreferenced object 0x%x (size %d):\n", 0x1000 * NR, 100000 - NR
	print "  comm \"toy\", pid 1, jiffies 1\n  backtrace:"
	for (i = 2; i <= NF; i++) {
		frame = $i
		module = ""
		if (sub(/\[.*/, "", frame)) {
			module = $i
			sub(/^[^[]*/, " ", module)
		}
		print "    " (frame ~ /^0x/ ? frame : frame "+0x10/0x200" module)
	}
}' "$cases" >"$work/report"

# The number of each group and its title, without the offset.
run report "$work/report"
sed -nE 's/^([0-9]+)\. ([^ +()]*)(\(\)\+0x10)?( \[.*\])?$/\1 \2\4/p
	s/^([0-9]+)\. (0x[0-9a-f]*), which called .*/\1 \2/p' "$work/out" |
	sed 's/ \[/[/' >"$work/titles"

is_title()
{
	grep -qx -F -e "$1 $2" "$work/titles" || {
		echo "expected $2, found $(grep "^$1 " "$work/titles")"
		return 1
	}
}

number_of=0
while IFS=' ' read -r title frames; do
	number_of=$((number_of + 1))
	check "${title%:}, above ${frames%% *}" is_title $number_of "${title%:}"
done <"$cases"

check "code without a name has what it called in its title" \
	grep -q "^[0-9]*\. 0xffffffffc0d60057, which called cdev_alloc()$" "$work/out"

# One frame of each stack is marked, in text and JSON, and it is that of the title.
marked()
{
	run report "$work/report"
	[ "$(grep -c '^  =>' "$work/out")" = "$(wc -l <"$cases")" ] || return
	run report --format json "$work/report"
	python3 - "$work/out" <<-'END'
	import json, sys
	for leak in json.load(open(sys.argv[1]))["groups"]:
	    sites = [f for f in leak["stack"] if f.get("site")]
	    assert len(sites) == 1, leak["stack"]
	    plain = sites[0].get("function", sites[0]["text"]).lstrip(".").split(".")[0]
	    assert leak["site"].startswith(plain), (leak["site"], plain)
	END
}
check "one frame of each stack is marked" marked

# What pprof counts for a function itself, as "top" does, is the title's.
flat()
{
	run report --format pprof -o "$work/profile" "$work/report"
	python3 "$tests/pprof.py" "$work/profile" | awk '
		/^\[.* with bytes/ { getline; sub(/^ */, ""); sub(/ in .*/, ""); print }
	' >"$work/leaves"
	sed -E 's/^([^:[]*).*/\1/' "$cases" | while read -r title; do
		grep -qE "^\.?$title(\.|$| )" "$work/leaves" || { echo "$title"; return 1; }
	done
	! grep -nE '^(__kmalloc|kmem_cache_alloc|kstrdup|kmemleak_alloc)' "$work/leaves"
}
check "pprof counts objects for who is to blame" flat

nowhere()
{
	leak 64 >"$work/bare"
	run report --format pprof -o "$work/profile" "$work/bare"
	python3 "$tests/pprof.py" "$work/profile" >"$work/decoded"
	cat "$work/decoded"
	grep -q "^    no stack in " "$work/decoded"
}
check "pprof keeps a leak without a stack" nowhere

finish
