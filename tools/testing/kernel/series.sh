#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Writes the product as mails: build/series-<base>/, a cover letter and one mail for each
# section of patches/parts. SIGNOFF=1 signs them off with the name and address of git's
# configuration; otherwise nobody signs.
#
# patches/parts consists of parts, "== title" and a text for the cover letter, and these of
# sections: "[subject]", and lines in any order:
#
#   file <path>          one of our files, both <path>.c and .h, or all files below <path>
#   patch <name>         of patches/<base>; the mail has its description at this place
#   drop <path>          files of the base that go away
#   later <path> <text>  what begins at that line of a file comes with this mail only,
#                        though an earlier mail adds the file; later.awk says how much it is
#   anything else        the text of the mail
#
# The longest of the lines that fit a file decides. What only one base has, and a mail that
# is empty for a base, is left out there.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
. "$here/product.sh"

[ -z "$KSRC" ] || die "a series is made for a BASE, not for KSRC"
parts=$top/patches/parts
pristine=$basedir/upstream/src
out=$build/series-$BASE
repo=$basedir/series-repo
list=$basedir/series

name=$(git -C "$top" config user.name || true)
address=$(git -C "$top" config user.email || true)
[ -z "${SIGNOFF:-}" ] || { [ -n "$name" ] && [ -n "$address" ]; } ||
	die "SIGNOFF=1: git knows no user.name and user.email to sign off with"
export GIT_COMMITTER_NAME="${name:-kmemleak}" GIT_COMMITTER_EMAIL="${address:-kmemleak@localhost}"
export GIT_AUTHOR_NAME="${GIT_AUTHOR_NAME:-$GIT_COMMITTER_NAME}"
export GIT_AUTHOR_EMAIL="${GIT_AUTHOR_EMAIL:-$GIT_COMMITTER_EMAIL}"
export GIT_CONFIG_GLOBAL=/dev/null

lock_build
lock_tree
DETECTOR=kmemleak "$here/prepare.sh"
share_tree
patches=$(patch_dir "$pristine")

# ---- What belongs to which mail ----

# "<number of a mail> <kind> <rest>" for each line of patches/parts.
awk '
/^== / { print n + 1, "part", substr($0, 4); intro = 1; next }
/^\[.*\]$/ { print ++n, "subject", substr($0, 2, length($0) - 2); intro = 0; next }
intro { print n + 1, "intro", $0; next }
/^(file|patch|drop) [^ ]+$/ || /^later [^ ]+\/[^ ]+ ./ { print n, $0; next }
{ print n, "text", $0 }' \
	"$parts" >"$list.parts"

# assign <kind>: "<number of its mail> <kind> <item>" for each item on stdin.
assign()
{
	awk -v kind="$1" '
	FILENAME != "-" {
		if ($2 != kind)
			next
		if ($3 in mail)
			print "none", kind, $3 ", which has two mails"
		mail[$3] = $1
		next
	}
	{
		path = $0
		if (!(path in mail))
			sub(/\.[ch]$/, "", path)
		while (!(path in mail) && sub(/\/[^\/]*$/, "", path))
			;
		print path in mail ? mail[path] : "none", kind, $0
		used[path]
	}
	END {
		for (path in mail)
			if (kind == "file" && !(path in used))
				print "none", kind, path ", which does not exist"
	}' "$list.parts" -
}

{
	product_files | assign file
	dropped_files "$pristine" | assign drop
	quilt_names "$patches" | assign patch
} >"$list.items"
lost=$(sed -n 's/^none //p' "$list.items")
[ -z "$lost" ] || die "patches/parts gives no mail to: $lost"

awk '$2 == "patch" { print $3 }' "$list.parts" | while read -r p; do
	[ -n "$(find "$top"/patches/*/ -name "$p")" ] || die "patches/parts: there is no $p"
done

# items <kind>: those of this mail, in the order of the patches or of their names.
items()
{
	awk -v n="$number" -v kind="$1" '$1 == n && $2 == kind { print $3 }' "$list.items"
}

# ---- The mails ----

# Files of this mail, and files that have more with this mail, are without what comes later.
hold_back()
{
	local path text n file
	{
		cat "$list.touched"
		awk -v n="$number" '$1 == n && $2 == "later" { print $3 }' "$list.parts"
	} | sort -u >"$list.now"
	awk '$2 == "later" { print $3 }' "$list.parts" | sort -u | comm -12 - "$list.now" |
	while read -r file; do
		[ -f "$repo/$file" ] || die "$file: more of it comes before it at \"$subject\""
		cp "$src/$file" "$repo/$file"
		while read -r _ _ path text; do
			awk -v text="$text" -f "$here/later.awk" "$repo/$file" >"$list.file" ||
				die "patches/parts, \"later $path $text\""
			cat "$list.file" >"$repo/$file"
		done < <(awk -v n="$number" -v file="$file" \
			'$1 > n && $2 == "later" && $3 == file' "$list.parts")
	done
}

# The description of a patch is what it begins with.
message()
{
	printf '%s\n\n' "$subject"
	while read -r n kind text; do
		[ "$n" = "$number" ] || continue
		case $kind in
		text) printf '%s\n' "$text" ;;
		patch) [ ! -f "$patches/$text" ] ||
			sed '/^--- /,$d' "$patches/$text" | fmt -w 74 | sed 's/\.  /. /g' ;;
		esac
	done <"$list.parts" | cat -s
}

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

part=0 mails=0
: >"$list.cover"
while read -r number kind subject <&3; do
	case $kind in
	part)
		part=$((part + 1))
		printf '\n%s\n\n' "$subject" >>"$list.cover"
		awk -v n="$number" '$1 == n && sub(/^[0-9]* intro ?/, "")' "$list.parts" |
			cat -s >>"$list.cover"
		continue
		;;
	subject) ;;
	*) continue ;;
	esac
	(cd "$repo" && items drop) | (cd "$repo" && xargs -r rm -f)
	items file >"$list.touched"
	rsync -a --files-from="$list.touched" "$top/" "$repo/"
	for p in $(items patch); do
		patch -s -d "$repo" -p1 --no-backup-if-mismatch <"$patches/$p" >&2 ||
			die "patch $p does not apply at \"$subject\""
		sed -n 's,^[-+][-+][-+] [ab]/\([^	]*\).*,\1,p' "$patches/$p" >>"$list.touched"
	done
	hold_back
	git -C "$repo" add -A -f
	if ! git -C "$repo" diff --cached --quiet; then
		message | git -C "$repo" commit -q ${SIGNOFF:+-s} -F -
		mails=$((mails + 1))
		printf '  %2d  %s\n' $mails "$subject" >>"$list.cover"
		git -C "$repo" tag -f "part-$part" >/dev/null
	fi
done 3<"$list.parts"

# ---- The cover letter ----

# What was unpacked from an archive, or copied, has no history.
if [ -e "$top/.git" ]; then
	commit=$(git -C "$top" log -1 --abbrev=12 --format='%h ("%s")')
	[ -z "$(git -C "$top" status --porcelain)" ] || commit="$commit, with changes on top"
else
	commit="not known: it was made from a copy without history"
fi
cat >"$list.commit" <<END
The mails are for $BASE and come from this commit of the detector's repository:

  $commit

Figures name the commit of that repository at which they were measured.
"Not measured" means that there is no figure.
END

git -C "$repo" format-patch -q --cover-letter --no-signature -M -o "$out" base
tail -n +3 "$top/patches/cover" | sed -e "/^@parts@\$/{
r $list.cover
d
}" -e "/^@commit@\$/{
r $list.commit
d
}" | cat -s >"$list.blurb"
sed -i -e "s|\*\*\* SUBJECT HERE \*\*\*|$(sed -n '1s/^# *//p' "$top/patches/cover")|" \
	-e "/\*\*\* BLURB HERE \*\*\*/{
r $list.blurb
d
}" "$out/0000-cover-letter.patch"
ls "$out" | sed "s,^,build/series-$BASE/,"
