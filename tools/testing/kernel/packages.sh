#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Installs the Debian packages that everything here needs, and those named as
# arguments; with --only before them, those alone: as root or through sudo, else it
# prints the command that would and stops.
set -eu

packages="bc bison build-essential busybox-static ccache clang cpio flex git kmod
libelf-dev libssl-dev perl procps python3 qemu-system-x86 quilt rsync sparse universal-ctags
xz-utils"

missing()
{
	for p in "$@"; do
		dpkg-query -W -f '${db:Status-Status}\n' "$p" 2>/dev/null |
			grep -qx installed || echo "$p"
	done
}

# The sanitizers' runtime is named for the compiler's major version.
runtime()
{
	apt-cache depends clang 2>/dev/null |
		sed -n 's/.*Depends: clang-\([0-9]*\)$/libclang-rt-\1-dev/p' | head -n 1
}

rt=
if [ "${1:-}" = --only ]; then
	shift
	wanted=$(missing "$@")
else
	# shellcheck disable=SC2086
	wanted=$(missing $packages "$@")
	rt=$(runtime)
	[ -n "$rt" ] || [ -z "$wanted" ] || rt=refresh
fi
if [ -n "$rt" ] && [ "$rt" != refresh ]; then
	wanted="$wanted $(missing "$rt")"
fi
# shellcheck disable=SC2086
wanted=$(echo $wanted)
[ -n "$wanted" ] || exit 0

if [ "$(id -u)" = 0 ]; then
	sudo=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
	sudo=sudo
else
	echo "packages are missing; as root run: apt-get install $wanted" >&2
	exit 1
fi

export DEBIAN_FRONTEND=noninteractive
echo "== installing $wanted" >&2
$sudo apt-get -qq update >&2 || true
if [ "$rt" = refresh ]; then
	rt=$(runtime)
	wanted="$wanted $rt"
fi
# shellcheck disable=SC2086
$sudo apt-get -qq install -y --no-install-recommends $wanted >&2
