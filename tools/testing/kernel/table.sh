#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Sourced by check-kernels.sh: the table of what came of each kernel. The caller sets
# $logs, which holds the results, and $rows, a file that keeps the lines of the table from
# one run to the next:
#
#   sources|kernel|seconds to build|selftest|stress|splats|why it was skipped

table_begin=".. The lines from here on are written by make check-kernels RECORD=1."
table_end=".. The lines up to here are written by make check-kernels RECORD=1."

# What the kernels and their tests are made of: lines are kept while it is the same.
sources_sum()
{
	(cd "$top" && { product_files; find patches -type f; } | LC_ALL=C sort |
		grep -vE '^(Documentation|tools/mm|tools/testing/kmemleak)/' |
		tr '\n' '\0' | xargs -0 cat | cksum | cut -d ' ' -f 1)
}

# files_of <name of a part>: its last try, without the suffix.
files_of()
{
	local files
	files=$logs/$(slug "$1")
	[ ! -e "$files.again.results" ] || files=$files.again
	echo "$files"
}

# cell <name of a part>: how its tests ended.
cell()
{
	local files ok bad seconds
	files=$(files_of "$1").results
	if [ ! -e "$files" ]; then
		echo skipped
		return
	fi
	ok=$(grep -c '^ok ' "$files" || true)
	bad=$(grep -c '^FAIL ' "$files" || true)
	seconds=$(sed -n 's/.*[( ]\([0-9]*\) s)$/\1/p' "$files" | tail -n 1)
	if [ "$bad" = 0 ]; then
		echo "$ok ok, ${seconds:-?} s"
	else
		echo "$bad of $((ok + bad)) FAIL"
	fi
}

# splats_of <name of a part...>: how many its logs have; those of the base apart.
splats_of()
{
	local part log n=0 races=0
	for part; do
		log=$(files_of "$part").log
		[ -e "$log" ] || continue
		n=$((n + $(grep -acE "$splat" "$log" || true)))
		races=$((races + $(grep -ac 'a race of the base: ' "$log" || true)))
	done
	if [ $races = 0 ]; then
		echo "$n"
	else
		echo "$n (base: $races)"
	fi
}

# keep_rows: the lines of this run, in place of those that were there for its kernels.
keep_rows()
{
	local number what name list vars sum why
	sum=$(sources_sum)
	touch "$rows"
	for number in "${!plan[@]}"; do
		IFS='|' read -r what name list vars <<<"${plan[number]}"
		[ "$list" = "selftest stress" ] || continue
		why=$(grep -s . "$logs/$number.missing" || true)
		# Nothing is known of what there was no time for.
		if [ -z "$why" ] && [ ! -e "$(files_of "$name selftest").results" ] &&
		   [ ! -e "$logs/$(slug "build $vars").failures" ]; then
			continue
		fi
		{
			grep -vF "|$name|" "$rows" || true
			printf '%s|%s|%s|%s|%s|%s|%s\n' "$sum" "$name" "$(seconds_of "$number")" \
				"$(cell "$name selftest")" "$(cell "$name stress")" \
				"$(splats_of "$name selftest" "$name stress")" "$why"
		} >"$rows.new"
		mv "$rows.new" "$rows"
	done
}

seconds_of()
{
	if [ -s "$logs/$1.missing" ]; then
		echo skipped
	elif [ ! -e "$logs/$1.kernel" ]; then
		echo FAIL
	elif [ -e "$logs/$1.seconds" ]; then
		cat "$logs/$1.seconds"
	else
		echo 'done before'
	fi
}

# table: all kernels, in their order.
table()
{
	local name sum line
	sum=$(sources_sum)
	for name in "${kernel_names[@]}"; do
		line=$(grep -s "^$sum|" "$rows" | grep -F "|$name|" | cut -d '|' -f 3- || true)
		echo "${kernel_title[$name]}|${line:-not run|||}"
	done | awk -F '|' '
	BEGIN {
		row(split("kernel|build, s|selftest|stress|splats", head, "|"), head)
	}
	function row(n, cells,    i) {
		nr++
		for (i = 1; i <= 5; i++) {
			text[nr, i] = cells[i]
			if (length(cells[i]) > width[i])
				width[i] = length(cells[i])
		}
	}
	function rule(    i, j) {
		for (i = 1; i <= 5; i++) {
			for (j = 0; j < width[i]; j++)
				printf "="
			printf i < 5 ? "  " : "\n"
		}
	}
	{
		split("", cells)
		for (i = 1; i <= 5; i++)
			cells[i] = $i
		row(5, cells)
		if ($6 != "")
			why = why "\n* " $1 ": " $6
	}
	END {
		rule()
		for (r = 1; r <= nr; r++) {
			line = ""
			for (i = 1; i <= 5; i++)
				line = line sprintf(i < 5 ? "%-" width[i] "s  " : "%s", text[r, i])
			sub(/ +$/, "", line)
			print line
			if (r == 1)
				rule()
		}
		rule()
		if (why != "")
			print "\nSkipped:\n" why
	}'
	printf '\nBASE=%s, %s, qemu %s, %s CPUs, on %s.\n' "$base" "$(gcc --version | head -n 1)" \
		"$(qemu-system-x86_64 --version 2>/dev/null | sed -n 's/.*version \([0-9.]*\).*/\1/p')" \
		"$(nproc)" "$(date +%F)"
}

# record_table <table> <page>: puts it between the two lines there.
record_table()
{
	if ! grep -qxF "$table_begin" "$2" || ! grep -qxF "$table_end" "$2"; then
		die "${2##*/} has no place for the table"
	fi
	awk -v begin="$table_begin" -v end="$table_end" -v table="$1" '
	$0 == end { inside = 0 }
	!inside { print }
	$0 == begin {
		inside = 1
		print ""
		while ((getline line <table) > 0)
			print line
		print ""
	}' "$2" >"$2.new"
	cat "$2.new" >"$2"
	rm "$2.new"
}
