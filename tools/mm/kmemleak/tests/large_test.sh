#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Reports with many stacks: what they cost. large_test.sh <program>
set -eu
. "$(dirname "$0")/lib.sh"

# report <stacks>: a report of so many, none like another.
report()
{
	awk -v nr="$1" 'BEGIN {
		for (i = 0; i < nr; i++) {
			printf "unreferenced object 0x%08x (size %d):\n",
				4096 + 64 * i, 32 + i % 999
			printf "  comm \"task\", pid %d, jiffies 1\n  backtrace:\n", i % 9
			for (frame = 0; frame < 12; frame++)
				printf "    function_%d+0x%x/0x999 [module_%d]\n",
					(i * 7 + frame * 13) % 5000, i % 2000 + frame, i % 7
		}
	}' >"$work/report"
}

sanitized=
if nm "$tool" 2>/dev/null | grep -q __asan; then
	sanitized=1
fi

# cheap <megabytes> <format>: it takes no more.
cheap()
{
	python3 "$tests/limits.py" 60 "$1" "$tool" report --format "$2" "$work/report" \
		>"$work/out" 2>"$work/err"
	local status=$?
	tail -n 1 "$work/err"
	return $status
}

report 20000
if [ -n "$sanitized" ]; then
	skip "json of 20,000 stacks takes less than 120 MB" "sanitizers take memory, too"
	run report --format json "$work/report"
else
	check "json of 20,000 stacks takes less than 120 MB" cheap 120 json
fi
whole()
{
	python3 - "$work/out" <<-'END'
	import json, sys
	report = json.load(open(sys.argv[1]))
	assert list(report) == ["source", "leaks", "bytes", "groups"], list(report)
	groups = report["groups"]
	assert len(groups) == report["leaks"] == 20000, len(groups)
	assert sum(group["bytes"] for group in groups) == report["bytes"]
	assert all(len(group["stack"]) == 12 for group in groups)
	END
}
check "and is whole" whole

# pretty <arguments...>: json looks as the library writes it.
pretty()
{
	run report --format json "$@"
	python3 - "$work/out" <<-'END'
	import json, re, sys
	text = open(sys.argv[1]).read()
	value = json.loads(text)
	# Two spaces a level, a newline after each value.
	depth = 0
	for line in text.splitlines():
	    depth -= line.lstrip()[:1] in "]}"
	    assert re.match(" *", line)[0] == "  " * depth, (depth, line)
	    depth += line[-1] in "[{"
	assert depth == 0
	END
}
for file in ours.txt summary.txt hostile.txt base-6.1.txt; do
	check "json of $file is indented" pretty "$tests/reports/$file"
done
check "json with a count of sites" pretty --sites "$tests/reports/sites" "$tests/reports/ours.txt"
echo "leak:session" >"$work/patterns"
check "json of suppressed leaks" pretty --suppress "$work/patterns" "$tests/reports/ours.txt"
check "json without leaks" pretty /dev/null

finish
