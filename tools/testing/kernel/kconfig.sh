#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kconfig.sh <conf> [directory]: have the base's scripts/kconfig/conf check the Kconfig of
# the product in that directory, by default this checkout. Prints a line for each fault,
# and fails if there is one.
#
# - conf understands the files and warns of nothing.
# - Every option can be had at once, and none is on unless somebody wants it.
# - What a user chooses has a help text, and so has every other option but a bare switch
#   of the architecture.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

[ $# -ge 1 ] || die "usage: kconfig.sh <conf> [directory]"
conf=$(realpath "$1")
[ -x "$conf" ] || die "$conf is no program"
tree=${2:-$top}
[ -f "$tree/Kconfig" ] || die "there is no Kconfig in $tree"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

files=$(sed -n 's/^source "\(.*\)"$/\1/p' "$tree/Kconfig")
[ -n "$files" ] || die "$tree/Kconfig sources nothing"
# conf also writes headers, below the directory that it runs in.
mkdir "$work/copy"
# shellcheck disable=SC2086
(cd "$tree" && cp --parents Kconfig $files "$work/copy")

# configure <goal>: print the options that conf sets for it.
configure()
{
	(cd "$work/copy" && env -i PATH="$PATH" KCONFIG_CONFIG="$work/config" KCONFIG_WERROR=1 \
		"$conf" -s "--$1" Kconfig >"$work/said" 2>&1 </dev/null) ||
		echo "conf --$1 fails" >>"$work/said"
	grep -v '^$' "$work/said" >>"$work/found" || true
	sed -n 's/^CONFIG_\([A-Z0-9_]*\)=[ym]$/\1/p' "$work/config" | sort
}

# The product's own options, less numbers and texts.
options()
{
	(cd "$tree" && awk '
		/^(config|menuconfig) / { name = $2 }
		/^\t(bool|tristate|def_bool|def_tristate)/ { print name }' $files) | sort
}

check_help()
{
	(cd "$tree" && awk '
	function done() {
		if (name != "" && !helped && (asked || name !~ /^HAVE_/))
			print where ": " name " has no help text"
	}
	/^(config|menuconfig) / {
		done()
		name = $2; where = FILENAME ":" FNR; helped = asked = inside = 0
	}
	/^\t(bool|tristate|int|hex|string) "/ || /^\tprompt / { asked = 1 }
	/^\thelp$/ { inside = 1; next }
	inside && /^\t  [^ ]/ { helped = 1 }
	END { done() }' $files)
}

: >"$work/found"
options >"$work/options"
: >"$work/config"
configure allyesconfig >"$work/yes"
comm -23 "$work/options" "$work/yes" | sed 's/$/ cannot be had together with all others/' \
	>>"$work/found"
configure alldefconfig >"$work/default"
comm -12 "$work/options" "$work/default" | grep -v '^HAVE_' |
	sed 's/$/ is on by default/' >>"$work/found" || true
configure allnoconfig >"$work/no"
comm -12 "$work/options" "$work/no" | grep -v '^HAVE_' |
	sed 's/$/ cannot be switched off/' >>"$work/found" || true
check_help >>"$work/found"
cat "$work/found"
[ ! -s "$work/found" ]
