# SPDX-License-Identifier: GPL-2.0
# Sourced after lib.sh: which files of this repository go into a kernel tree,
# which of the base's files go away, and how the two are put together.

# Paths of ours that lie in a kernel tree as they lie here.
product_paths="
arch/arm64/include/asm/kmemleak.h
arch/um/include/asm/kmemleak.h
arch/x86/include/asm/kmemleak.h
include/asm-generic/kmemleak.h
include/linux/kmemleak.h
include/linux/prio_search_tree.h
include/trace/events/kmemleak.h
lib/Kconfig.prio_search_tree
lib/prio_search_tree.c
lib/tests/prio_search_tree_kunit.c
lib/tests/prio_search_tree_cases.h
mm/kmemleak
samples/kmemleak
Documentation/dev-tools/kmemleak.rst
Documentation/dev-tools/kmemleak-design.rst
tools/mm/kmemleak
tools/testing/kmemleak
tools/testing/selftests/kmemleak
"

# Files of the base's own detector.
dropped_paths="
Documentation/dev-tools/kmemleak.rst
include/linux/kmemleak.h
mm/kmemleak.c
samples/kmemleak
"

# The product's files, one path a line; what a build leaves beside them is not.
product_files()
{
	for p in $product_paths; do
		[ -e "$top/$p" ] || continue
		(cd "$top" && find "$p" -type f ! -name '*.o' ! -name '*.ko' ! -name '.*' \
			! -name '*.mod' ! -name '*.mod.c' ! -name '*.orig' ! -name '*.rej' \
			! -name modules.order ! -name Module.symvers ! -name '*~')
	done | sort
}

dropped_files()
{
	for p in $dropped_paths; do
		[ -e "$1/$p" ] || continue
		(cd "$1" && find "$p" -type f)
	done | sort
}

# The files that the patches of directory $1 touch.
patched_files()
{
	quilt_names "$1" | while read -r p; do
		sed -n 's,^[-+][-+][-+] [ab]/\([^	]*\).*,\1,p' "$1/$p"
	done | sort -u
}

quilt_names()
{
	sed 's/[ \t]*#.*//; /^[ \t]*$/d' "$1/series"
}

# Makes in $3 every file by which a prepared tree differs from the pristine
# tree $1: the product and what patch directory $2 makes of the base's files.
# A patch that does not apply is named, and nothing else happens.
make_stage()
{
	rm -rf "$3"
	mkdir -p "$3"
	patched_files "$2" | while read -r f; do
		[ ! -f "$1/$f" ] || echo "$f"
	done >"$3.files"
	rsync -a --files-from="$3.files" "$1/" "$3/"
	# shellcheck disable=SC2154
	product_files >"$3.files"
	rsync -a --files-from="$3.files" "$top/" "$3/"
	quilt_names "$2" | while read -r p; do
		[ -f "$2/$p" ] || die "patches/${2##*/}/series names $p, which is missing"
	done
	(
		cd "$3"
		export QUILT_PATCHES="$2" QUILT_SERIES="$2/series" QUILT_PC=.pc
		if ! quilt --quiltrc - push -a -q --fuzz=0 >"../${3##*/}.log" 2>&1; then
			p=$(quilt --quiltrc - next 2>/dev/null || true)
			cat "../${3##*/}.log" >&2
			die "patch patches/${2##*/}/${p##*/} does not apply"
		fi
	) || exit 1
	rm -rf "$3/.pc"
	find "$3" -name '*.orig' -delete
}
