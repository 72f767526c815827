#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Prepares and builds one kernel; the last line on stdout is its image. Where the caller
# says with IMAGE that it is built already, no more than that. What has been built from
# just these sources, options and tools is there at once, whoever builds elsewhere.
#
# With CONFIGURE=1 it configures, and builds nothing: to see what a base refuses. The last
# line is the configuration then.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
. "$here/product.sh"

for f in $fragments; do
	[ "$f" = defconfig ] || [ -f "$here/configs/$f.config" ] || [ -f "$f" ] ||
		die "CONFIG=$f: neither a file nor a fragment of tools/testing/kernel/configs"
done
if [ -n "${IMAGE:-}" ]; then
	[ -f "$IMAGE" ] || [ "$DETECTOR" != series ] ||
		die "DETECTOR=series: make check-series builds that kernel"
	echo "$IMAGE"
	exit
fi

export KBUILD_BUILD_TIMESTAMP='1970-01-01' KBUILD_BUILD_USER=kmemleak KBUILD_BUILD_HOST=build

: "${CONFIGURE:=}"
[ -z "$CONFIGURE" ] || obj=$basedir/$DETECTOR/configure

mk=(make -C "$src" O="$obj" ARCH="$ARCH" CC="$here/cc.sh" HOSTCC="ccache gcc")
# gcc randomises structures by a plugin, which each build makes for itself: ccache has to
# look at its content, which must not name the directory.
case " $fragments " in
*" randstruct "*)
	[ -f "$(gcc -print-file-name=plugin)/include/plugin-version.h" ] ||
		"$here/packages.sh" "gcc-$(gcc -dumpversion)-plugin-dev" ||
		die "gcc has no headers for its plugins"
	export CCACHE_COMPILERCHECK=content
	mk+=("gen-randstruct-seed=$here/randstruct-seed.sh"
	     "HOSTCXXFLAGS=-ffile-prefix-map=$build=.")
	;;
esac

# Debug information names the directory of the build. To ccache it has to be the same one
# in each checkout.
case " $fragments " in
*" debuginfo "*) mk+=("KCFLAGS=-fdebug-prefix-map=$build=.") ;;
esac

# The requested options, in order: a later line wins. A fragment may have more for one
# architecture, and for one version.
requested()
{
	local f name version
	version=$(tree_version "$src")
	if [ "$CONFIG" != defconfig ]; then
		for f in base "$ARCH" "$ARCH-$version"; do
			[ ! -f "$here/configs/$f.config" ] || cat "$here/configs/$f.config"
		done
	fi
	case $DETECTOR in
	none) echo "# CONFIG_DEBUG_KMEMLEAK is not set" ;;
	*) cat "$here/configs/detector.config" ;;
	esac
	for name in $fragments; do
		[ "$name" != defconfig ] || continue
		if [ ! -f "$here/configs/$name.config" ]; then
			cat "$name"
			continue
		fi
		for f in "$name" "$name-$ARCH" "$name-$version"; do
			[ ! -f "$here/configs/$f.config" ] || cat "$here/configs/$f.config"
		done
	done
}

# Objects of a kernel with a part of the fragments are a start: kbuild compiles again
# what the further options change.
start_from_objects()
{
	local f from='' candidate=$basedir/$DETECTOR/$ARCH

	[ ! -d "$obj" ] || return 0
	for f in $fragments; do
		[ ! -f "$candidate/.config" ] || from=$candidate
		f=${f##*/}
		candidate=$candidate-${f%.config}
	done
	[ -n "$from" ] || return 0
	rm -rf "$obj.new"
	# Nobody builds modules against them meanwhile.
	exec 7>>"$from.lock"
	flock 7
	cp -a "$from" "$obj.new"
	mv "$obj.new" "$obj"
}

configure()
{
	local wanted=$obj/wanted.config missing

	mkdir -p "$obj"
	requested >"$wanted.new"
	if [ -f "$obj/.config" ] && cmp -s "$wanted" "$wanted.new" &&
	   [ -z "$(find "$src" -name 'Kconfig*' -newer "$wanted" -print -quit)" ]; then
		return
	fi
	if [ "$CONFIG" = defconfig ]; then
		"${mk[@]}" -s defconfig >&2
		cat "$wanted.new" >>"$obj/.config"
		"${mk[@]}" -s olddefconfig >&2
	else
		# A later fragment may override an earlier one: no need to say so.
		"${mk[@]}" -s KCONFIG_ALLCONFIG="$wanted.new" allnoconfig 2>&1 |
			{ grep -v 'override: reassigning' || true; } >&2
	fi
	# An option that a dependency silently refused would test nothing.
	missing=$(awk -F'[ =]' '
		NR == FNR && /^CONFIG_/ { wanted[$1] = $0 }
		NR == FNR && /^# CONFIG_/ { wanted[$2] = "" }
		NR != FNR && /^CONFIG_/ { has[$1] = $0 }
		END {
			for (o in wanted)
				if (wanted[o] != has[o])
					print wanted[o] == "" ? o "=n" : wanted[o]
		}' "$wanted.new" "$obj/.config" | LC_ALL=C sort)
	[ -z "$missing" ] || die "the base refuses" $missing
	mv "$wanted.new" "$wanted"
}

# All that the kernel is made from, but the base. A tree of the user's own has no such
# thing: it changes under us.
fingerprint()
{
	requested
	gcc --version | head -n 1
	echo "$sources"
}

sums()
{
	(cd "$top" && { product_files; find "$patches" -type f; } | LC_ALL=C sort |
		tr '\n' '\0' | xargs -0 cksum)
	cksum "$here/kernel.sh" "$here/cc.sh" "$here/prepare.sh" "$here/product.sh" \
		"$here/randstruct-seed.sh"
}

case $ARCH in
um) image=$obj/linux ;;
x86_64) image=$obj/arch/x86/boot/bzImage ;;
esac

patches=$top/patches/$BASE
sources=
[ -n "$KSRC" ] || sources=$(sums)
if [ -z "$KSRC" ] && [ -f "$src/Makefile" ] && [ -f "$image" ] &&
   fingerprint 2>/dev/null | cmp -s - "$obj/fingerprint"; then
	echo "$image"
	exit
fi

lock_build
lock_tree
# What is prepared now may have changed since.
[ -n "$KSRC" ] || sources=$(sums)
"$here/prepare.sh"
share_tree
if [ -n "$CONFIGURE" ]; then
	lock_objects
	configure
	echo "$obj/.config"
	exit
fi
start_from_objects
lock_objects
mkdir -p "$obj"
rm -f "$obj/fingerprint"
[ -n "$KSRC" ] || fingerprint >"$obj/fingerprint.new"
configure

say "building ${obj#"$top/"}"
log=$obj/build.log
# One line of progress for every hundred files, and every line that matters.
if ! "${mk[@]}" -j"$(nproc)" all 2>&1 </dev/null | tee "$log" |
	awk '/^  [A-Z]+/ { if (++n % 100 == 0) printf "%d files ...%s\n", n, $0 }
	     !/^  [A-Z]+|^make\[|^$|is up to date/ { print }
	     { fflush() }' >&2; then
	die "the build failed; see ${log#"$top/"}"
fi
[ -f "$image" ] || die "the build made no $image"
[ -n "$KSRC" ] || mv "$obj/fingerprint.new" "$obj/fingerprint"
echo "$image"
