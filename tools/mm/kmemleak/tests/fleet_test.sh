#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What "make install" installs for monitoring: systemd's units do what they say, the
# alerts and the dashboard use metrics that there are. fleet_test.sh <program>
#
# promtool is run if it is there, or named by PROMTOOL=. fleet_server.py tests the rest
# with the servers.
set -eu
. "$(dirname "$0")/lib.sh"
source=$(dirname "$tests")
: "${PROMTOOL:=promtool}"
mkdir "$work/bin" "$work/textfiles"
cp "$tool" "$work/bin/kmemleak"

# installs <make's variables...>
installs()
{
	make -s -C "$source" O="$work/bin" -o all install "$@"
}

# ---- Files ----

staged()
{
	installs DESTDIR="$work/stage" prefix=/usr || return
	(cd "$work/stage" && find . -type f -printf '%m %P\n' | sort -k 2) | diff - <(cat <<-END
	755 usr/bin/kmemleak
	644 usr/lib/systemd/system/kmemleak-export.service
	644 usr/lib/systemd/system/kmemleak-export.timer
	644 usr/lib/systemd/system/kmemleak-record.service
	644 usr/lib/systemd/system/kmemleak-record.timer
	644 usr/share/bash-completion/completions/kmemleak
	644 usr/share/kmemleak/kmemleak-dashboard.json
	644 usr/share/kmemleak/kmemleak.rules.yml
	644 usr/share/man/man8/kmemleak.8
	END
	)
}
check "make install with DESTDIR" staged
units=$work/stage/usr/lib/systemd/system
complete_units()
{
	! grep -r "@[A-Z_]*@\|$work" "$units" &&
		grep -qx 'ExecStart=/usr/bin/kmemleak export .*' "$units/kmemleak-export.service" &&
		grep -qx 'ReadWritePaths=/var/lib/prometheus/node-exporter' \
			"$units/kmemleak-export.service" &&
		[ "$(grep -l '^ProtectSystem=strict$' "$units"/*.service | wc -l)" = 2 ]
}
check "units name what is installed" complete_units
elsewhere()
{
	installs DESTDIR="$work/stage2" prefix=/opt/k unitdir=/etc/systemd/system \
		textfiles=/srv/textfiles || return
	grep -qx 'ExecStart=/opt/k/bin/kmemleak export .* /srv/textfiles/kmemleak.prom' \
		"$work/stage2/etc/systemd/system/kmemleak-export.service"
}
check "and do where it is installed elsewhere" elsewhere
again()
{
	cp -r "$work/stage" "$work/before"
	installs DESTDIR="$work/stage" prefix=/usr && diff -r "$work/before" "$work/stage"
}
check "make install twice" again

# ---- Units ----

# Without DESTDIR, so that the units name a program that is there.
check "make install for a user" installs prefix="$work/usr" textfiles="$work/textfiles"
units=$work/usr/lib/systemd/system
if command -v systemd-analyze >/dev/null; then
	verified()
	{
		systemd-analyze verify --man=no "$units"/*.service "$units"/*.timer \
			>"$work/out" 2>&1
		result=$?
		cat "$work/out"
		[ $result = 0 ] && [ ! -s "$work/out" ]
	}
	check "systemd-analyze verify is silent" verified
else
	skip "systemd-analyze verify is silent" "there is no systemd-analyze"
fi

# starts <unit>: run its command, with the state in $work/state.
starts()
{
	command=$(sed -n 's/^ExecStart=//p' "$units/$1")
	mkdir -p "$work/state/kmemleak"
	# shellcheck disable=SC2086
	${command//%S/$work/state}
}
rm -rf "$root"
cp -r "$tests/trees/after" "$root"
exports()
{
	starts kmemleak-export.service && [ "$(ls "$work/textfiles")" = kmemleak.prom ] &&
		diff "$tests/trees/after.prom" "$work/textfiles/kmemleak.prom"
}
check "the unit for export replaces a file" exports
records()
{
	starts kmemleak-record.service && starts kmemleak-record.service &&
		run trend --db "$work/state/kmemleak/memory.db" --all && [ $status = 0 ] &&
		grep -q ' memory free' "$work/out"
}
check "the unit for record keeps samples" records

# ---- Metrics ----

for tree in after before base-old; do
	run --root "$tests/trees/$tree" export --prometheus
	cp "$work/out" "$work/$tree.prom"
done
sed -n 's/^# TYPE \([^ ]*\) .*/\1/p' "$work"/*.prom | sort -u >"$work/metrics"
# there <file>: all metrics of the tool that the file names are exported.
there()
{
	grep -oE '\bkmemleak_[a-z_]+' "$1" | sort -u >"$work/named"
	[ -s "$work/named" ] && comm -13 "$work/metrics" "$work/named" | tee "$work/missing"
	[ ! -s "$work/missing" ]
}
rules=$work/usr/share/kmemleak/kmemleak.rules.yml
dashboard=$work/usr/share/kmemleak/kmemleak-dashboard.json
check "alerts name metrics that are exported" there "$rules"
check "panels name metrics that are exported" there "$dashboard"
panels()
{
	python3 - "$dashboard" <<-END
	import json, sys
	dashboard = json.load(open(sys.argv[1]))
	panels = dashboard["panels"]
	assert len({panel["id"] for panel in panels}) == len(panels), "two panels of one id"
	assert all(panel["targets"] for panel in panels), "a panel without an expression"
	cells = [(x, y) for panel in panels for place in [panel["gridPos"]]
	         for x in range(place["x"], place["x"] + place["w"])
	         for y in range(place["y"], place["y"] + place["h"])]
	assert len(set(cells)) == len(cells), "panels overlap"
	assert max(x for x, y in cells) < 24, "a panel is beyond the edge"
	END
}
check "panels have places of their own" panels

# ---- promtool ----

silent()
{
	"$@" >"$work/out" 2>&1
	result=$?
	cat "$work/out"
	[ $result = 0 ] && ! grep -iE 'warning|error|lint|duplicate|fail' "$work/out"
}
metrics()
{
	"$PROMTOOL" check metrics <"$1" >"$work/out" 2>&1
	result=$?
	cat "$work/out"
	[ $result = 0 ] && [ ! -s "$work/out" ]
}
if command -v "$PROMTOOL" >/dev/null; then
	for tree in after before base-old; do
		check "promtool check metrics is silent: $tree" metrics "$work/$tree.prom"
	done
	check "promtool check rules has nothing to say" silent "$PROMTOOL" check rules "$rules"
	check "promtool test rules" silent "$PROMTOOL" test rules "$tests/alerts.yml"
	installed()
	{
		cmp "$rules" "$source/fleet/kmemleak.rules.yml"
	}
	check "these are the rules that are installed" installed
else
	skip "promtool" "there is no promtool; make fleet-check installs it"
fi

finish
