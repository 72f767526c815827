#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Runs the check in a Debian of another suite, SUITE=bookworm or trixie: as root, in a
# chroot below build/debian-<suite>. QUICK=1 is the short form, see debian-guest.sh;
# else ONLY, LIMIT and FAST mean what they mean to the check.
#
#   root     what debootstrap made, and the packages that the scripts install
#   tree     a copy of this repository, with a build/ of its own
#
# Both stay for the next run; the compiler's cache is that of this user, for all
# checkouts. The archive, its proxy and the like are those that
# apt knows here. Mounts are made in a namespace that ends with this script, however it
# ends.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
export SUITE="${SUITE:-trixie}"
: "${QUICK:=}" "${ONLY:=}" "${LIMIT:=}" "${FAST:=}"

case $SUITE in
bookworm | trixie) ;;
*) die "SUITE=$SUITE: only bookworm and trixie are known" ;;
esac
[ "$(id -u)" = 0 ] || die "only root can make a Debian of its own; run it with sudo"

room=$build/debian-$SUITE
root=$room/root
tree=$room/tree
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
lock=${KMEMLEAK_LOCK:-/tmp/kmemleak-kbuild.lock}
inner_lock=$root/tmp/kmemleak-kbuild.lock
cache=${XDG_CACHE_HOME:-${HOME:-$room}/.cache}/kmemleak-$SUITE

# The archives that apt knows, those of a label, one a line.
archives()
{
	apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' |
		sed -n "s/^Debian|$1|//p" | sort -u
}

# apt's settings of how to get at the archive, as its configuration spells them.
transport()
{
	apt-config dump | grep -E '^Acquire::(https?|ftp|Retries|ForceIPv[46]|Check-)' || true
}

# The sources of the suite, for apt there.
sources()
{
	local uri
	for uri in $(archives Debian); do
		echo "deb [signed-by=$keyring] $uri $SUITE main"
		echo "deb [signed-by=$keyring] $uri $SUITE-updates main"
	done
	for uri in $(archives Debian-Security); do
		echo "deb [signed-by=$keyring] $uri $SUITE-security main"
	done
}

# Where apt is told of a proxy, debootstrap wants it in the environment.
export_proxies()
{
	local scheme proxy
	for scheme in http https; do
		proxy=
		eval "$(apt-config shell proxy "Acquire::$scheme::Proxy")"
		[ -n "$proxy" ] && [ "$proxy" != DIRECT ] || continue
		export "${scheme}_proxy=$proxy"
	done
}

# bootstrap <directory> <packages>: from the first archive that has the suite.
bootstrap()
{
	local uri
	for uri in $(archives Debian); do
		rm -rf "$1"
		if (export_proxies && debootstrap --variant=minbase --keyring="$keyring" \
			--include="$2" "$SUITE" "$1" "$uri") >"$room/debootstrap.log" 2>&1; then
			return
		fi
	done
	tail -n 5 "$room/debootstrap.log" >&2
	die "debootstrap fails; see ${room#"$top/"}/debootstrap.log"
}

# Whole, or not there under its name. What it was made by is in it: other settings
# make another one.
make_root()
{
	local made=$root/etc/kmemleak-root includes=debian-archive-keyring recipe
	[[ $(archives Debian) != *https:* ]] || includes+=,ca-certificates
	recipe="minbase $SUITE $includes"
	[ ! -f "$made" ] || [ "$(cat "$made")" != "$recipe" ] || return 0

	say "a root of $SUITE in ${root#"$top/"}"
	rm -rf "$root" "$root.new"
	bootstrap "$root.new" "$includes"
	# Nothing in it is worth waiting for the disk, or a second copy.
	rm -f "$root.new"/var/cache/apt/archives/*.deb
	echo 'APT::Keep-Downloaded-Packages "false";' >"$root.new/etc/apt/apt.conf.d/90room"
	echo force-unsafe-io >"$root.new/etc/dpkg/dpkg.cfg.d/unsafe-io"
	printf '#!/bin/sh\nexit 101\n' >"$root.new/usr/sbin/policy-rc.d"
	chmod +x "$root.new/usr/sbin/policy-rc.d"
	echo "$recipe" >"$root.new/etc/kmemleak-root"
	mv "$root.new" "$root"
}

# How this machine gets at the archive, each time: it may have moved. Proxies have
# passwords.
connect_root()
{
	local apt=$root/etc/apt
	sources >"$apt/sources.list"
	(umask 077 && transport >"$apt/apt.conf.d/99transport")
	rm -rf "$apt/auth.conf" "$apt/auth.conf.d"
	cp -a /etc/apt/auth.conf* "$apt/" 2>/dev/null || true
	cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
}

# Sources of kernels are fetched once, here: links to files that nobody writes to.
hand_in_sources()
{
	local from to
	[ -d "$basedir/upstream/src" ] || (lock_build && "$here/fetch.sh") ||
		say "it is left to $SUITE to get the source"
	for from in "$build"/[0-9]*/upstream/src; do
		to=$tree/${from#"$top/"}
		[ -d "$from" ] && [ ! -d "$to" ] || continue
		mkdir -p "${to%/*}"
		rm -rf "$to.new"
		cp -al "$from" "$to.new"
		mv "$to.new" "$to"
	done
}

# Runs in the namespace, as its first process: mounts what a chroot wants, and goes
# there.
enter()
{
	mount --make-rprivate /
	make_root
	connect_root

	rm -rf "${root:?}/tmp"
	mkdir -m 1777 "$root/tmp"
	mkdir -p "$root/repository" "$root/ccache"
	mount -t proc proc "$root/proc"
	mount --bind /sys "$root/sys"
	mount -o remount,bind,ro "$root/sys"
	mkdir -p "$root/dev/pts" "$root/dev/shm"
	mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$root/dev/pts"
	ln -sf pts/ptmx "$root/dev/ptmx"
	mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
	mount --bind "$tree" "$root/repository"
	mount --bind "$cache" "$root/ccache"
	# One kernel build at a time, here and there.
	touch "$lock" "$inner_lock"
	mount --bind "$lock" "$inner_lock"

	# KMEMLEAK_SUITE tells the check there that it is there.
	local name environment=(KMEMLEAK_SUITE="$SUITE" CCACHE_DIR=/ccache
		PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM="${TERM:-dumb}"
		ONLY="$ONLY" LIMIT="$LIMIT" FAST="$FAST" QUICK="$QUICK")
	for name in http_proxy https_proxy no_proxy KMEMLEAK_LOCKED; do
		[ -z "${!name:-}" ] || environment+=("$name=${!name}")
	done
	cd /
	exec chroot "$root" env -i "${environment[@]}" \
		/repository/tools/testing/kernel/debian-guest.sh
}

if [ "${1:-}" = --enter ]; then
	enter
fi

"$here/packages.sh" debootstrap debian-archive-keyring
if [ -z "$(archives Debian)" ]; then
	apt-get -qq update >&2 || true
	[ -n "$(archives Debian)" ] || die "apt has no index of a Debian archive"
fi
mkdir -p "$tree" "$cache"
exec 8>>"$room/lock"
flock -n 8 || die "another check runs in ${room#"$top/"}"

rsync -a --delete --exclude=/.git --exclude=/build --filter=':- .gitignore' "$top/" "$tree/"
hand_in_sources

# The kernel ends all that runs there with the first process of the namespace, and that
# with this script. Who waits for it in the background would make it ignore SIGINT.
inside=
trap '[ -z "$inside" ] || kill -KILL "$inside" 2>/dev/null || true' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
setpriv --pdeathsig KILL env --default-signal=INT,QUIT \
	unshare --mount --pid --fork --kill-child=KILL "$0" --enter 8>&- </dev/null &
inside=$!
rc=0
wait "$inside" || rc=$?
inside=
exit $rc
