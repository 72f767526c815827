#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Proves the mails of "make series", for um: git am on the pristine base gives the prepared
# tree, each step builds, and checkpatch has nothing to say. Part 1 alone boots and passes
# the selftest; "make boot DETECTOR=series" boots that kernel again. Any mail of part 2 can
# be left out.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
ARCH=um DETECTOR=kmemleak

lock_build
"$here/series.sh" >/dev/null
nr=0 name='series.sh'
mails=$build/series-$BASE
pristine=$basedir/upstream/src
prepared=$basedir/kmemleak/src
repo=$basedir/series-repo
steps=$basedir/series
selftests=tools/testing/selftests/kmemleak
export GIT_CONFIG_GLOBAL=/dev/null GIT_COMMITTER_NAME=kmemleak GIT_COMMITTER_EMAIL=kmemleak@localhost
[ -n "${SIGNOFF:-}" ] || checkpatch_ignore=$checkpatch_ignore,MISSING_SIGN_OFF

# Mails of part 2 that change no file in common apply without each other. They compile
# without each other, unless one changes what others include: see without_one() for that.
twice=$(git -C "$repo" log --format= --name-only part-1..part-2 | sort | uniq -d)
[ -z "$twice" ] || die "two mails of part 2 change $twice: neither can be left out"

# ---- The steps ----

# Objects of an earlier run are younger than the pristine sources.
rm -rf "$steps"
mkdir -p "$steps/um"
cp -al "$pristine" "$steps/src"
git -C "$steps/src" init -q
git -C "$repo" ls-tree -r --name-only base |
	git -C "$steps/src" add -f --pathspec-from-file=-
GIT_AUTHOR_NAME=kmemleak GIT_AUTHOR_EMAIL=kmemleak@localhost \
	git -C "$steps/src" commit -q -m base

# The release tells the selftest that it has to do with part 1.
mk=(make -s -C "$steps/src" O="$steps/um" ARCH=um CC="$here/cc.sh" HOSTCC="ccache gcc"
    LOCALVERSION=-part1)
export KBUILD_BUILD_TIMESTAMP='1970-01-01' KBUILD_BUILD_USER=kmemleak KBUILD_BUILD_HOST=build

# build <target...>, after the mail $name.
build()
{
	"${mk[@]}" -j"$(nproc)" "$@" >"$steps/log" 2>&1 </dev/null ||
		{ tail -n 20 "$steps/log" >&2; die "the tree does not build after $name"; }
}

# As the kernel of most tests on um, whose objects ccache has then.
cat "$here/configs/base.config" "$here/configs/um.config" \
	"$here/configs/detector.config" "$here/configs/trace.config" \
	"$here/configs/kunit.config" "$here/configs/um-$BASE.config" >"$steps/wanted"
configure()
{
	"${mk[@]}" KCONFIG_ALLCONFIG="$steps/wanted" allnoconfig >"$steps/log" 2>&1 ||
		{ tail -n 20 "$steps/log" >&2; die "the tree has no configuration after $name"; }
}

# changed <filter> <pattern>: files that commit $commit changes and that are built.
changed()
{
	git -C "$repo" diff --name-only --diff-filter="$1" "$commit~1" "$commit" |
		grep -E "$2" | grep -vE '^(tools|Documentation|samples)/|^MAINTAINERS$' || true
}

# What the commit can break, one target a line: all, if it changes what is not C or what
# others include, outside of lib/ and the detector. Else the C files that are built on um,
# and the whole detector once it is.
targets()
{
	local file
	if [ -n "$(changed DMR . |
	     grep -vE '\.c$|^lib/(.*/)?(Kconfig|Makefile)$|^mm/kmemleak/')" ]; then
		echo all
		return
	fi
	if [ -d "$steps/um/mm/kmemleak" ] && [ -n "$(changed ADMR '^mm/kmemleak/')" ]; then
		echo mm/kmemleak/
	fi
	changed A '^lib/.*\.c$' | sed 's/c$/o/'
	changed M '\.c$' | sed '/^mm\/kmemleak/d; s/c$/o/' | while read -r file; do
		[ ! -f "$steps/um/$file" ] || echo "$file"
	done
}

# mail_of <number>: its file.
mail_of()
{
	echo "$mails/$(printf %04d "$1")"-*.patch
}

# What checkpatch says of the mails, without stand-ins for the kernel's headers, which lint.sh
# leaves out, too, and without what other people saved, with their blanks and long lines.
check_mails()
{
	local nr=0 commit name
	for commit in $(git -C "$repo" rev-list --reverse base..HEAD); do
		nr=$((nr + 1))
		name=$(basename "$(mail_of $nr)")
		git -C "$repo" format-patch -1 --stdout "$commit" -- . \
			':(exclude)tools/testing/kmemleak/linux' \
			':(exclude)tools/mm/kmemleak/tests/field' >"$steps/mail"
		perl "$pristine/scripts/checkpatch.pl" --root="$pristine" --no-tree --strict \
			--quiet --terse --ignore "$checkpatch_ignore" "$steps/mail" 2>&1 |
			sed "/^total:/d; s,^$steps/mail,$name," || true
	done
}

# Mails that change nothing but C files, each a file that no other of them changes: their
# objects are the same whether they are built now or with the next ones.
pending=
settle()
{
	# shellcheck disable=SC2086
	[ -z "$pending" ] || build prepare $pending
	pending=
}

# Boots beside the further steps, which leave the copies alone. The initrd keeps its memory:
# to the detector that would be a root even when it is given back, before part 2.
selftest= checkpatch=
trap 'kill $checkpatch 2>/dev/null || true; [ -z "$selftest" ] || wait "$selftest" || true' EXIT
boot_part_1()
{
	local modules
	build all
	cp "$steps/um/linux" "$steps/part-1"
	cp -r "$steps/src/$selftests/modules" "$steps/modules"
	modules=$(DETECTOR=series M="$steps/modules" "$here/modules.sh" 2>"$steps/log" | tail -n 1)
	DETECTOR=series MODULES=$modules TIMEOUT=900 APPEND=retain_initrd \
		SCRIPT=$top/$selftests/selftest.sh "$here/boot.sh" >"$steps/selftest.log" 2>&1 </dev/null &
	selftest=$!
}

# Part 2 without each mail that changes more than C files.
without_one()
{
	git -C "$repo" rev-list part-1..part-2 | while read -r commit; do
		[ -n "$(changed ADMR . | grep -v '\.c$')" ] || continue
		name="part 2 without \"$(git -C "$repo" log -1 --format=%s "$commit")\""
		say "$name"
		git -C "$repo" format-patch -1 --stdout "$commit" | git -C "$steps/src" apply -R
		build all
		git -C "$steps/src" reset -q --hard
	done
}

# ends <part>: is the newest mail its last one?
ends()
{
	[ "$commit" = "$(git -C "$repo" rev-parse "part-$1")" ]
}

check_mails >"$steps/checkpatch" 2>&1 </dev/null &
checkpatch=$!
for commit in $(git -C "$repo" rev-list --reverse base..HEAD); do
	nr=$((nr + 1))
	mail=$(mail_of $nr)
	name=${mail##*/}
	say "$name"
	todo=$(targets)
	case $todo in
	*all | *mm/kmemleak/*) settle ;;
	esac
	git -C "$steps/src" am -q "$mail" >&2 || die "git am refuses $name"
	if [ ! -f "$steps/um/.config" ] || [ -n "$(changed ADMR Kconfig)" ]; then
		configure
	fi
	[ -z "$todo" ] || pending="$pending $todo"
	case $todo in
	*all | *mm/kmemleak/*) settle ;;
	esac
	if ends 1; then
		settle
		boot_part_1
	elif ends 2; then
		settle
		without_one
	fi
done
settle
diff -r --exclude=.git "$steps/src" "$prepared" >&2 ||
	die "the mails do not make the prepared tree"
build all

# ---- What the guest says ----

status=0
wait "$selftest" || status=$?
selftest=
grep -E '^not ok |^ok .* # SKIP|^boot.sh:' "$steps/selftest.log" || true
if [ $status != 0 ] || grep -qaE "$splat" "$steps/selftest.log"; then
	grep -aE -A 8 "^not ok |$splat" "$steps/selftest.log" | grep '^# ' >&2 || true
	die "part 1 alone does not pass the selftest; see ${steps#"$top/"}/selftest.log"
fi
wait "$checkpatch" || die "checkpatch has not read all mails"
if [ -s "$steps/checkpatch" ]; then
	cat "$steps/checkpatch" >&2
	die "checkpatch has something to say"
fi
say "$nr mails make the prepared tree, every step builds, and part 1 alone boots and" \
	"passes $(grep -c '^ok ' "$steps/selftest.log") tests"
