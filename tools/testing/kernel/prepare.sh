#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Makes build/<base>/kmemleak/src: the base without its own detector, with our
# files and patches. Only files whose content changes get a new time, so that
# a build after it compiles what it must and no more.
set -eu
. "$(dirname "$0")/lib.sh"
. "$here/product.sh"

"$here/packages.sh"
"$here/fetch.sh"
[ "$tree" = kmemleak ] || exit 0

pristine=$basedir/upstream/src
stage=$basedir/stage
patches=$(patch_dir "$pristine")

make_stage "$pristine" "$patches" "$stage"

if [ ! -d "$src" ]; then
	say "copying the base to ${src#"$top/"}"
	mkdir -p "${src%/*}"
	rm -rf "$src.new"
	# Hard links are safe: nothing below writes into a file in place.
	cp -al "$pristine" "$src.new"
	mv "$src.new" "$src"
	: >"$basedir/stage.manifest"
fi

(cd "$stage" && find . -type f | sed 's,^\./,,' | sort) >"$stage.files"

# A tree of the user's own changes under us; the package's does not.
if [ -d "$KSRC" ]; then
	sed 's,^,/,' "$stage.files" >"$stage.exclude"
	rsync -a --delete --exclude-from="$stage.exclude" "$pristine/" "$src/"
fi

# What an earlier preparation made and this one does not goes back to the base.
comm -13 "$stage.files" "$basedir/stage.manifest" | while read -r f; do
	rm -f "$src/$f"
	[ ! -f "$pristine/$f" ] || cp "$pristine/$f" "$src/$f"
done

rsync -rc --files-from="$stage.files" "$stage/" "$src/"
cp "$stage.files" "$basedir/stage.manifest"

dropped_files "$pristine" | comm -23 - "$stage.files" | while read -r f; do
	rm -f "$src/$f"
done
