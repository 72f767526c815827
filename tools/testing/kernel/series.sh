#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Writes the product as mails: build/series-<base>/, a cover letter and one mail
# for each section of patches/parts, which says what belongs to it.
#
# A section: "[subject]", the message's text, then lines "file <path>" (ours),
# "patch <name>" (of patches/<base>) and "drop <path>" (the base's).
set -euo pipefail
. "$(dirname "$0")/lib.sh"
. "$here/product.sh"

[ -z "$KSRC" ] || die "a series is made for a BASE, not for KSRC"
parts=$top/patches/parts
pristine=$basedir/upstream/src
out=$build/series-$BASE
repo=$basedir/series-repo

lock_build
lock_tree
DETECTOR=kmemleak "$here/prepare.sh"
share_tree
patches=$(patch_dir "$pristine")

export GIT_AUTHOR_NAME="${GIT_AUTHOR_NAME:-$(git -C "$top" config user.name || echo kmemleak)}"
export GIT_AUTHOR_EMAIL="${GIT_AUTHOR_EMAIL:-$(git -C "$top" config user.email || echo kmemleak@localhost)}"
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
export GIT_CONFIG_GLOBAL=/dev/null

# The base, as far as the product touches it.
rm -rf "$repo" "$out"
mkdir -p "$repo"
{ patched_files "$patches"; dropped_files "$pristine"; } | sort -u | while read -r f; do
	[ ! -f "$pristine/$f" ] || echo "$f"
done | rsync -a --files-from=- "$pristine/" "$repo/"
git -C "$repo" init -q
git -C "$repo" add -A -f
git -C "$repo" commit -q -m "the base, as far as it is touched"
git -C "$repo" tag base

product_files >"$basedir/series.files"
dropped_files "$pristine" >"$basedir/series.drop"
quilt_names "$patches" | sort >"$basedir/series.patch"

# Prints the names of a section's lines of kind $1, expanded against list $2.
members()
{
	section | sed -n "s/^$1 //p" | while read -r want; do
		awk -v p="$want" '$0 == p || index($0, p "/") == 1' "$2"
	done
}

section()
{
	awk -v s="[$subject]" '/^\[/ { on = ($0 == s); next } on' "$parts"
}

: >"$basedir/series.used"
while IFS= read -r subject <&3; do
	members drop "$basedir/series.drop" >"$basedir/members"
	sed 's/^/drop /' "$basedir/members" >>"$basedir/series.used"
	(cd "$repo" && xargs -r rm -f) <"$basedir/members"
	members file "$basedir/series.files" >"$basedir/members"
	sed 's/^/file /' "$basedir/members" >>"$basedir/series.used"
	rsync -a --files-from="$basedir/members" "$top/" "$repo/"
	members patch "$basedir/series.patch" >"$basedir/members"
	sed 's/^/patch /' "$basedir/members" >>"$basedir/series.used"
	while read -r p; do
		patch -s -d "$repo" -p1 --no-backup-if-mismatch <"$patches/$p" >&2 ||
			die "patch $p does not apply at \"$subject\""
	done <"$basedir/members"
	git -C "$repo" add -A -f
	if ! git -C "$repo" diff --cached --quiet; then
		{
			printf '%s\n\n' "$subject"
			section | grep -vE '^(file|patch|drop) ' | cat -s
			printf '\nSigned-off-by: %s <%s>\n' "$GIT_AUTHOR_NAME" "$GIT_AUTHOR_EMAIL"
		} | git -C "$repo" commit -q -F -
	fi
done 3< <(sed -n 's/^\[\(.*\)\]$/\1/p' "$parts")

lost=$({ sed 's/^/file /' "$basedir/series.files"
	sed 's/^/drop /' "$basedir/series.drop"
	sed 's/^/patch /' "$basedir/series.patch"; } |
	grep -vxFf "$basedir/series.used" || true)
[ -z "$lost" ] || die "patches/parts gives no mail to: $lost"

git -C "$repo" format-patch -q --cover-letter --no-signature -M -o "$out" base
sed -i -e "s|\*\*\* SUBJECT HERE \*\*\*|$(sed -n '1s/^# *//p' "$top/patches/cover")|" \
	-e "/\*\*\* BLURB HERE \*\*\*/{
r /dev/stdin
d
}" "$out/0000-cover-letter.patch" < <(tail -n +3 "$top/patches/cover")
ls "$out" | sed "s,^,build/series-$BASE/,"
