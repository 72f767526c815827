# SPDX-License-Identifier: GPL-2.0
# Sourced by the scripts beside it: where things lie, and what BASE, ARCH,
# DETECTOR, CONFIG and KSRC mean. Everything that is made goes under build/:
#
#   build/<base>/upstream/src       the base, untouched
#   build/<base>/kmemleak/src       the base with this detector in it
#   build/<base>/<detector>/<arch>  objects of one kernel
#   build/<base>/series             the steps of the series

top=$(cd "$(dirname "$0")/../../.." && pwd -P)
here=$top/tools/testing/kernel
build=$top/build

: "${BASE:=}" "${ARCH:=um}" "${DETECTOR:=kmemleak}" "${CONFIG:=}" "${KSRC:=}"

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

say()
{
	echo "== $*" >&2
}

# The name of a kernel tree's version as directories under patches/ spell it.
tree_version()
{
	sed -n 's/^VERSION = //p; s/^PATCHLEVEL = //p' "$1/Makefile" |
		head -n 2 | paste -s -d .
}

case $ARCH in
um | x86_64) ;;
*) die "ARCH=$ARCH: only um and x86_64 are known" ;;
esac

case $DETECTOR in
kmemleak) tree=kmemleak ;;
upstream | none) tree=upstream ;;
series) tree=series ;;
*) die "DETECTOR=$DETECTOR: only kmemleak, upstream, none and series are known" ;;
esac

# A tree of the user's own has a directory of its own, named for its path.
if [ -n "$KSRC" ]; then
	[ -e "$KSRC" ] || die "KSRC=$KSRC: no such file or directory"
	KSRC=$(realpath "$KSRC")
	basedir=$build/ksrc-$(printf %s "$KSRC" | cksum | cut -d ' ' -f 1)
else
	: "${BASE:=6.12}"
	[ -d "$top/patches/$BASE" ] ||
		die "BASE=$BASE: only $(cd "$top/patches" && echo *.*) are known"
	basedir=$build/$BASE
fi
src=$basedir/$tree/src

fragments=$(echo "$CONFIG" | tr , ' ')
suffix=
for f in $fragments; do
	f=${f##*/}
	suffix=$suffix-${f%.config}
done
obj=$basedir/$DETECTOR/$ARCH$suffix
# Part 1 of the series by itself is there once check-series.sh has built it.
[ "$DETECTOR" != series ] || : "${IMAGE:=$basedir/series/part-1}"

# The directory of patches that fits the kernel tree $1.
patch_dir()
{
	version=${BASE:-$(tree_version "$1")}
	[ -d "$top/patches/$version" ] ||
		die "there are no patches for a $version kernel; BASE= chooses another set"
	echo "$top/patches/$version"
}

# Three locks, taken in this order. What a script runs while it holds one does not take
# it again.
#
#   lock_build         the machine's: one kernel is built at a time, in any checkout;
#                      KMEMLEAK_LOCK=<file> is another one, for tests
#   lock_tree [-s]     of one base in this checkout: for who changes its sources, or with
#                      -s for who reads them
#   lock_objects       of the objects of one kernel: for who builds against them
lock_build()
{
	[ -z "${KMEMLEAK_LOCKED:-}" ] || return 0
	export KMEMLEAK_LOCKED=1
	mkdir -p "$build"
	lockfile=${KMEMLEAK_LOCK:-/tmp/kmemleak-kbuild.lock}
	if ! ( : >>"$lockfile" ) 2>/dev/null; then
		lockfile=$build/kbuild.lock
	fi
	exec 9>>"$lockfile"
	until flock -n 9; do
		say "waiting for a kernel build: $(head -n 1 "$lockfile")"
		! flock -w 60 9 || break
	done
	echo "${0##*/}, pid $$, in $top since $(date +%T)" >"$lockfile"
}

lock_tree()
{
	case " ${KMEMLEAK_TREES:-} " in
	*" $basedir "*) return 0 ;;
	esac
	export KMEMLEAK_TREES="${KMEMLEAK_TREES:-} $basedir"
	mkdir -p "$basedir"
	exec 8>>"$basedir/tree.lock"
	flock "$@" 8
}

# From lock_tree to lock_tree -s.
share_tree()
{
	case " ${KMEMLEAK_TREES:-} " in
	*" $basedir "*) flock -s 8 2>/dev/null || true ;;
	esac
}

lock_objects()
{
	mkdir -p "${obj%/*}"
	exec 7>>"$obj.lock"
	flock 7
}

# ccache sees the same relative paths in every tree of the same shape. The compiler's
# list of dependencies tells it which headers count, which saves it from preprocessing
# what it has not seen.
export CCACHE_BASEDIR=$build CCACHE_DEPEND=1
[ -n "${HOME:-}" ] || export CCACHE_DIR="${CCACHE_DIR:-$build/ccache}"

# The modules below some directories, one a line. What a build beside this tries out, in
# directories that come and go, is none: a pattern does not see them, and does not fail
# where they vanish, as find does.
modules_in()
(
	shopt -s globstar nullglob
	for dir; do
		for module in "$dir"/**/*.ko; do
			echo "$module"
		done
	done
)

# What checkpatch may not say here. MAINTAINERS comes with a patch; loops over
# a container use their arguments twice; the test modules serve two bases, and
# the zoo shows drivers as they are, not as the newest base wants them. Libraries of
# user space have capitals in their names.
checkpatch_ignore=FILE_PATH_CHANGES,SPLIT_STRING,MACRO_ARG_REUSE,MACRO_ARG_UNUSED
checkpatch_ignore=$checkpatch_ignore,LINUX_VERSION_CODE,CONSTANT_COMPARISON
checkpatch_ignore=$checkpatch_ignore,ALLOC_WITH_SIZEOF,DEPRECATED_API,CAMELCASE
# lib/Kconfig sources lib/Kconfig.prio_search_tree, and has its own name in that line.
checkpatch_ignore=$checkpatch_ignore,EMBEDDED_FILENAME

# What no guest may print, whatever its script says.
splat='Kernel panic|BUG:|WARNING:|possible circular|possible recursive|inconsistent lock state|KASAN:|KCSAN:|INFO: task .* blocked|RCU.*stall|rcu:.*detected stall|Oops|general protection|soft lockup|suspicious RCU|sleeping function called|scheduling while atomic'
