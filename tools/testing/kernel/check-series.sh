#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Proves the mails of "make series": git am on the pristine base gives the
# prepared tree, every step builds what it may break, for um, and checkpatch has nothing to say.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
ARCH=um DETECTOR=kmemleak

lock_build
"$here/series.sh" >/dev/null
bad=0
mails=$build/series-$BASE
pristine=$basedir/upstream/src
prepared=$basedir/kmemleak/src
steps=$basedir/series
export GIT_CONFIG_GLOBAL=/dev/null GIT_COMMITTER_NAME=kmemleak GIT_COMMITTER_EMAIL=kmemleak@localhost

# Objects of an earlier run are younger than the pristine sources.
rm -rf "$steps"
mkdir -p "$steps/um"
cp -al "$pristine" "$steps/src"
git -C "$steps/src" init -q
git -C "$basedir/series-repo" ls-tree -r --name-only base |
	git -C "$steps/src" add -f --pathspec-from-file=-
GIT_AUTHOR_NAME=kmemleak GIT_AUTHOR_EMAIL=kmemleak@localhost \
	git -C "$steps/src" commit -q -m base

# What the newest mail can break: all, unless it only adds files and changes none outside
# of lib/, samples/, tools/ and Documentation/.
targets()
{
	local changed
	changed=$(git -C "$steps/src" diff --name-only --diff-filter=MDR HEAD~1 |
		grep -vE '^(lib|samples|tools|Documentation)/|^MAINTAINERS$' || true)
	if [ -n "$changed" ]; then
		echo all
	else
		git -C "$steps/src" diff --name-only HEAD~1 | sed -nE 's,^(lib|samples)/.*,\1/,p' |
			sort -u
	fi
}

mk=(make -s -C "$steps/src" O="$steps/um" ARCH=um CC="$here/cc.sh" HOSTCC="ccache gcc")
for mail in "$mails"/0*.patch; do
	case $mail in *0000-cover-letter.patch) continue ;; esac
	name=${mail##*/}
	say "$name"
	git -C "$steps/src" am -q "$mail" >&2 || die "git am refuses $name"
	# The mail as it is, without what lint.sh does not look at either.
	git -C "$steps/src" format-patch -1 --stdout -- . \
		':(exclude)tools/testing/kmemleak/linux' >"$steps/mail"
	perl "$pristine/scripts/checkpatch.pl" --root="$pristine" --no-tree --strict \
		--quiet --terse --ignore "$checkpatch_ignore" "$steps/mail" \
		>"$steps/checkpatch" 2>&1 ||
		{ sed -i "s,^$steps/mail,$name," "$steps/checkpatch"
		  grep -v '^total:' "$steps/checkpatch" >&2; bad=1; }
	# As the kernel of most tests on um, whose objects ccache has then.
	cat "$here/configs/base.config" "$here/configs/um.config" \
		"$here/configs/detector.config" "$here/configs/trace.config" \
		"$here/configs/kunit.config" "$here/configs/um-$BASE.config" >"$steps/wanted"
	"${mk[@]}" KCONFIG_ALLCONFIG="$steps/wanted" allnoconfig >"$steps/log" 2>&1 &&
		"${mk[@]}" -j"$(nproc)" prepare $(targets) >>"$steps/log" 2>&1 </dev/null ||
		{ tail -n 20 "$steps/log" >&2; die "the tree does not build after $name"; }
done
diff -r --exclude=.git "$steps/src" "$prepared" >&2 ||
	die "the mails do not make the prepared tree"
"${mk[@]}" -j"$(nproc)" all >>"$steps/log" 2>&1 </dev/null ||
	{ tail -n 20 "$steps/log" >&2; die "the tree does not build after the last mail"; }
[ $bad = 0 ] || die "checkpatch has something to say"
say "$(ls "$mails"/0*.patch | wc -l) mails make the prepared tree, and every step builds"
