#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Unpacks the source of a base into build/<base>/upstream/src. It comes from
# Debian's package linux-source-<base>: the installed one, else one that apt
# knows, else one from another suite of the archive apt is configured for.
set -eu
. "$(dirname "$0")/lib.sh"

dest=$basedir/upstream/src
pkg=linux-source-$BASE

unpack()
{
	say "unpacking $1"
	rm -rf "$dest.new"
	mkdir -p "$dest.new"
	tar -C "$dest.new" --strip-components=1 -xf "$1"
	mv "$dest.new" "$dest"
}

# apt with lists and sources of its own, so that the system's stay untouched.
private_apt()
{
	apt=$build/apt
	mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial" "$apt/parts"
	tool=$1
	shift
	"$tool" -qq -o Dir::State="$apt/state" -o Dir::Cache="$apt/cache" \
		-o Dir::Etc::SourceList="$apt/mirrors.sources" \
		-o Dir::Etc::SourceParts="$apt/parts" \
		-o APT::Sandbox::User="$(id -un)" \
		-o Acquire::Languages=none "$@"
}

# Succeeds when some suite of the archive has the package; it is then in $1.
download_other_suite()
{
	keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' |
		sed -n 's/^Debian|Debian|//p' | sort -u >"$build/mirrors"
	[ -s "$build/mirrors" ] ||
		die "apt has no index of a Debian archive; run apt-get update first"
	for suite in trixie-backports forky sid experimental; do
		mkdir -p "$build/apt"
		printf '%s\n' "Types: deb" "URIs: $(paste -sd ' ' "$build/mirrors")" \
			"Suites: $suite" "Components: main" "Signed-By: $keyring" \
			>"$build/apt/mirrors.sources"
		say "looking for $pkg in $suite"
		private_apt apt-get update >&2 || continue
		if (cd "$1" && private_apt apt-get download "$pkg" >&2 2>/dev/null); then
			return 0
		fi
	done
	return 1
}

if [ -n "$KSRC" ]; then
	if [ -d "$KSRC" ]; then
		[ -f "$KSRC/Kbuild" ] || die "KSRC=$KSRC is not a kernel tree"
		mkdir -p "$dest"
		rsync -a --delete --exclude /.git --exclude '*.o' --exclude '*.cmd' \
			--exclude /.config --exclude /include/config \
			--exclude '/include/generated' --exclude '/arch/*/include/generated' \
			"$KSRC/" "$dest/"
	elif [ ! -d "$dest" ] || [ "$KSRC" -nt "$dest/Makefile" ]; then
		rm -rf "$dest"
		unpack "$KSRC"
	fi
	exit 0
fi

[ ! -d "$dest" ] || exit 0

if [ -f "/usr/src/$pkg.tar.xz" ]; then
	unpack "/usr/src/$pkg.tar.xz"
	exit 0
fi

dl=$build/download-$BASE
mkdir -p "$dl"
if ! ls "$dl/${pkg}_"*.deb >/dev/null 2>&1; then
	say "downloading $pkg"
	(cd "$dl" && apt-get -qq -o APT::Sandbox::User="$(id -un)" download "$pkg" >&2 2>/dev/null) ||
		download_other_suite "$dl" ||
		die "the archive has no $pkg; get a $BASE source tree or tarball and pass it as KSRC="
fi
dpkg-deb -x "$dl/${pkg}_"*.deb "$dl/content"
unpack "$dl/content/usr/src/$pkg.tar.xz"
rm -rf "$dl"
