#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Every case of the leak zoo, samples/kmemleak: load it, wait until its objects
# are old enough, scan, compare the report with what the case says it leaked.
# Needs kmemleak-zoo.ko in /modules. Prints TAP, and a table of lines
#
#	zoo: CASE LEAKED FOUND MISSED FALSE
#
# of which the last one is the case "total". Lines of the file zoo.cases beside
# this script, if there is one, choose the cases. With another detector than ours
# the table is all that counts, and the script succeeds.
#
# Any word of memory may happen to equal the address of a leak. A case that misses one
# is therefore loaded again at once, with new addresses: what is found then was missed
# by coincidence, which is said with the word that held it. What is missed twice in a
# row is missed. A false report is never a coincidence.
set -u
. "$(dirname "$0")/lib.sh"

module=/modules/kmemleak-zoo.ko

say_zoo()
{
	log_since | sed -n "s/.*kmemleak-zoo: $1//p"
}

# Not a moment longer than the detector asks for.
grow_old()
{
	if ours; then
		usleep $(($(cat "$parameters/min_age_ms") * 1000))
	else
		sleep 6
	fi
}

# Compares the report with the records. What an earlier case leaked and its own
# scan missed is late, not false.
judge()
{
	say_zoo 'leak ' >"$work/leaked"
	say_zoo 'held ' >"$work/held"
	leaks_of "$work/report" >"$work/found"
	awk -v case="$1" '
	FILENAME == ARGV[1] { before[$1] = $2; next }
	FILENAME == ARGV[2] { size[$1] = $2; leaked++; next }
	FILENAME == ARGV[3] { held[$1] = $2; next }
	$1 in size { found++; delete size[$1]; next }
	$1 in before { print "# late:", $1, "of", before[$1]; next }
	{
		wrong++
		print "# false:", $1 in held ? "in use," : "no record,", $0
	}
	END {
		for (addr in size)
			print "missed", addr, size[addr]
		print "count", leaked + 0, found + 0, leaked - found, wrong + 0
	}' "$work/before" "$work/leaked" "$work/held" "$work/found" >"$work/verdict"
	sed "s/ .*/ $1/" "$work/leaked" >>"$work/before"
}

# What our detector knows of each leak that it missed, and who held it.
explain()
{
	local word addr size
	ours || return 0
	while read -r word addr size; do
		[ "$word" = missed ] || continue
		log_mark
		echo "dump=$addr" >"$control" 2>/dev/null
		echo "# missed: $addr (size $size): $(log_since |
			sed -n 's/.*kmemleak: *\(colour .*\|dump: no .*\)/\1/p' | head -n 1)"
		who_holds "$addr"
	done <"$work/verdict"
}

load()
{
	# A cache destroyed with objects in it earns a warning, which is meant.
	[ "$1" != cache_destroyed ] || dmesg -n 1
	insmod $module "case=$1" 2>"$work/output"
	set -- $?
	dmesg -n 5
	return "$1"
}

# try_case <case>: loads it, scans, judges. Leaves in $leaked, $found, $missed and $wrong
# how many there were. Fails if the case does not load.
try_case()
{
	log_mark
	load "$1" || return
	[ "$1" != module_unloaded ] || rmmod kmemleak-zoo
	grow_old
	scan
	cat "$control" >"$work/report"
	judge "$1"
	read -r leaked found missed wrong <<-END
		$(sed -n 's/^count //p' "$work/verdict")
	END
}

end_case()
{
	[ "$1" = module_unloaded ] || rmmod kmemleak-zoo
	echo clear >"$control"
}

not_loaded()
{
	if say_zoo "case $1: " | grep -q "not on this machine"; then
		skip "$1" "not on this machine"
	else
		cat "$work/output"
		fail "$1"
	fi
}

run_case()
{
	local leaked found missed wrong
	try_case "$1" || { not_loaded "$1"; return; }
	grep '^# ' "$work/verdict"
	if ours && [ "$wrong" = 0 ] && [ "$missed" != 0 ]; then
		explain >"$work/first"
		end_case "$1"
		try_case "$1" || { not_loaded "$1"; return; }
		grep '^# ' "$work/verdict"
		if [ "$missed" = 0 ]; then
			echo "# coincidence: $1: missed once"
		fi
		cat "$work/first"
	fi
	echo "zoo: $1 $leaked $found $missed $wrong"
	if [ "$missed$wrong" = 00 ]; then pass "$1"; else fail "$1"; fi
	explain
	total_leaked=$((total_leaked + leaked))
	total_found=$((total_found + found))
	total_wrong=$((total_wrong + wrong))
	end_case "$1"
}

cases()
{
	if [ -f "$here/zoo.cases" ]; then
		cat "$here/zoo.cases"
	else
		log_mark
		insmod $module case=list && rmmod kmemleak-zoo
		say_zoo 'has ' | sed 's/:.*//'
	fi
}

total_leaked=0 total_found=0 total_wrong=0
: >"$work/before"
echo scan=off >"$control"
cases >"$work/cases"
check "the zoo has cases" grep -q . "$work/cases"
grow_old
scan
echo clear >"$control"
while read -r name; do
	run_case "$name"
done <"$work/cases"

echo "zoo: total $total_leaked $total_found $((total_leaked - total_found)) $total_wrong"
finish || ! ours
