#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The selection of the live view while rows move, and its frozen numbers.
# selection_test.sh <program>
set -eu
. "$(dirname "$0")/lib.sh"
. "$tests/terminal.sh"

# caches <pages of cache_01> <of cache_02> ...: more of them than the screen has rows.
caches()
{
	local nr=0 pages
	{
		echo "slabinfo - version: 2.1"
		for pages in "$@"; do
			nr=$((nr + 1))
			[ "$pages" = - ] || printf 'cache_%02d %s : slabdata %d %d 0\n' \
				$nr "9 9 64 64 1 : tunables 0 0 0" "$pages" "$pages"
		done
	} >"$work/slabinfo"
	mv "$work/slabinfo" "$root/proc/slabinfo"
}

mapfile -t same < <(printf '10\n%.0s' {1..60})

# grown <cache> [<pages>]: cache_<cache> alone has grown, or has as many pages.
grown()
{
	local pages=("${same[@]}")
	pages[10#$1 - 1]=${2:-900}
	caches "${pages[@]}"
}

# selected <pattern>: the row shown in reverse is like that.
selected()
{
	local end=$((SECONDS + WAIT)) row
	until row=$($terminal capture-pane -e -p | sed -n '5,22p' | grep $'\e\\[[0-9;]*7m') &&
	      grep -qE -e "$1" <<<"$row"; do
		sleep 0.05
		if [ $SECONDS -ge $end ]; then
			echo "\"$1\" is not selected in:"
			$terminal capture-pane -p
			return 1
		fi
	done
}

begin()
{
	rm -rf "$root"
	cp -r "$tests/trees/after" "$root"
	caches "${same[@]}"
	open
	first "^cache_01 "
}

check "the view begins with the first row" eval 'begin && selected cache_01'
untouched()
{
	grown 50
	first "^cache_50 +3\.5 MiB" && selected cache_50
}
check "what grows is in the first row while no key is touched" untouched
many_grow()
{
	local more=("${same[@]:25}")
	caches "${same[@]:0:25}" "${more[@]/#/1}"
	first "^cache_26 +440\.0 KiB" && selected cache_26
}
check "so it is if most rows overtake the first" many_grow
opened_row()
{
	press Enter
	shows "a cache has no stack" && grown 50 && first "^cache_50 " && selected cache_50
}
check "opening a row does not hold it" opened_row

check "Down selects the second row" eval 'begin && press Down && selected cache_02'
sinks()
{
	grown 50
	first "^cache_50" && selected cache_02
}
check "a row that the user has selected stays selected" sinks
follows()
{
	local more=("${same[@]:2}")
	caches 9 8 "${more[@]/#/1}"
	selected cache_02
}
check "also where it sinks below the screen" follows
check "Home returns to the first row" keys Home selected "cache_03"
released()
{
	grown 51
	first "^cache_51 " && selected cache_51
}
check "and to what grows" released
for key in g b o n 1 Tab; do
	anew()
	{
		begin && press Down && selected cache_02 && press "$key" || return
		# Tab goes through all tables.
		[ "$key" != Tab ] || { press "$key" && press "$key"; }
		selected cache_01
	}
	check "$key begins with the first row" anew
done
vanishes()
{
	begin && press Down && selected cache_02 || return
	caches 10 - "${same[@]:2}"
	selected cache_03 && caches "${same[@]}" && shows "^cache_02 " && selected cache_03
}
check "when the row is gone, the next one is selected, and stays" vanishes

# ---- Frozen ----

# still <pattern>: the view is frozen, and has a row like that.
still()
{
	shows FROZEN && shows "$1"
}

frozen()
{
	begin && press f && shows FROZEN || return
	grown 50
	press n
	shows "NAME\*" && shows "^cache_10 +40\.0 KiB" && press End && still "^cache_50 +40\.0 KiB"
}
check "a frozen view is not read again" frozen
# What a saved machine answers to a scan.
refused()
{
	press s
	shows "saved machine" && still "^cache_50 +40\.0 KiB"
}
check "a message does not thaw it" refused
for key in z 2 3 Enter; do
	stays()
	{
		press "$key"
		[ "$key" != z ] || shows "FROZEN" || return
		press 1 n End
		still "^cache_50 +40\.0 KiB +9 +0 bytes"
	}
	check "$key does not thaw it" stays
done
check "f does" keys f shows "^cache_50 +3\.5 MiB"
check "and growth counts from what was seen" shows "^cache_50 +3\.5 MiB +9 +3\.5 MiB"

finish
