#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A machine that is saved tells as much as the machine itself.
# save_test.sh <program>
set -eu
. "$(dirname "$0")/lib.sh"

saved()
{
	rm -rf "$work/copy"
	run save "$work/copy"
	cat "$work/out" "$work/err"
	[ $status = 0 ] && [ ! -s "$work/err" ]
}

saved_with_slash()
{
	rm -rf "$work/copy"
	"$tool" save "$work/copy//" && [ -s "$work/copy/proc/meminfo" ] &&
		! ls -d "$work/copy".* "$work/copy"/.[!.]*
}

says_next()
{
	grep -qxF "next: kmemleak --root $work/copy triage" "$work/out"
}

cp -r "$tests/trees/after/." "$root"
mkdir -p "$root/sys/module/demo/notes" "$root/sys/module/kmemleak_demo" "$root/sys/block/zram7" \
	"$root/sys/kernel/slab/dentry"
echo id >"$root/sys/module/demo/notes/.note.gnu.build-id"
echo "40960 20480 24576 0 24576 0 0 0 0" >"$root/sys/block/zram7/mm_stat"
echo 1 >"$root/sys/kernel/slab/dentry/store_user"
echo "page of somebody" >"$debugfs/page_owner"
echo other >"$root/proc/kcore"
check "a machine is saved" saved
check "... and the next step is said" says_next
for command in triage report "report --format json" module "export --prometheus"; do
	[ "$command" != module ] || command="module kmemleak_demo"
	# shellcheck disable=SC2086
	check "$command says the same of the copy" alike "$root" "$work/copy" $command
done
check "growth is seen, too" alike "$root" "$work/copy" triage --since "$tests/trees/before"
# Each file of the machine is there as it is, but for what nothing reads.
all_of_it()
{
	(cd "$root" && find . -type f ! -path ./proc/kcore ! -path ./sys/kernel/debug/page_owner) |
		sort >"$work/wanted"
	(cd "$work/copy" && find . -type f ! -path ./sys/kernel/debug/page_owner) | sort |
		diff "$work/wanted" - || return
	while read -r file; do
		cmp "$root/$file" "$work/copy/$file" || return
	done <"$work/wanted"
}
check "each file is there as it is" all_of_it
marked()
{
	[ -f "$work/copy/sys/kernel/debug/page_owner" ] &&
		[ ! -s "$work/copy/sys/kernel/debug/page_owner" ]
}
check "that the kernel keeps who allocated each page is, and not who that was" marked
module_there()
{
	rm -rf "$root/sys/kernel/debug/kmemleak"* "$work/copy"
	: >"$debugfs/kmemleak"
	"$tool" save "$work/copy" && test -d "$work/copy/sys/module/kmemleak_demo" &&
		alike "$root" "$work/copy" module kmemleak_demo && [ $status = 0 ]
}
check "a module that leaks nothing is still a module" module_there
check "nobody else can look into it" sh -c "! find '$work/copy' -perm /077 | grep ."
check "what exists is not written to" refuses "exists" save "$work/copy"
ln -s "$work/elsewhere" "$work/link"
check "... nor is a link" refuses "exists" save "$work/link"
check "a directory has a name" refuses "no directory" save
check "... that is not empty" refuses "no directory" save ""
check "... and one" refuses "Too many" save "$work/a" "$work/b"
check "... that can be made" refuses "No such file" save "$work/none/copy"
check "a slash behind the name changes nothing" saved_with_slash
full()
{
	rm -rf "$work/copy"
	status=0
	"$tool" save "$work/copy" >/dev/full 2>"$work/err" || status=$?
	cat "$work/err"
	[ $status = 2 ] && grep -q "standard output: No space" "$work/err"
}
check "what cannot be said is an error" full
# On a file system with room for no more than a few files.
no_room()
{
	mkdir "$work/small"
	unshare --mount sh -c "
		mount -t tmpfs -o size=16k none '$work/small' &&
		{ '$tool' save '$work/small/copy' 2>'$work/err'; echo \$? >'$work/status'; } &&
		ls -A '$work/small' >'$work/left'"
	cat "$work/err" "$work/left"
	[ "$(cat "$work/status")" = 2 ] && grep -q "No space left" "$work/err" &&
		[ ! -s "$work/left" ]
}
if unshare --mount true 2>/dev/null; then
	check "without room for all, nothing is there" no_room
else
	skip "without room for all, nothing is there" "only root may mount a file system"
fi

rm -rf "$root/sys"
cp -r "$tests/trees/after/sys" "$root/"
pipe()
{
	rm -rf "$work/copy" "$root/proc/slabinfo"
	mkfifo "$root/proc/slabinfo"
	run save "$work/copy"
	cat "$work/err"
	[ $status = 0 ] && grep -q '/proc/slabinfo: ' "$work/err" &&
		[ ! -e "$work/copy/proc/slabinfo" ]
}
check "a pipe in a tree is told of, and keeps nobody waiting" pipe
# It takes no room on the disk.
sparse()
{
	rm -rf "$work/copy" "$root/proc/slabinfo"
	truncate -s 100G "$root/proc/slabinfo"
	run save "$work/copy"
	cat "$work/err"
	[ $status = 0 ] && grep -q '/proc/slabinfo: is too large' "$work/err" &&
		[ -s "$work/copy/proc/meminfo" ] && [ ! -e "$work/copy/proc/slabinfo" ]
}
check "a file that is larger than the disk is left out" sparse
hidden()
{
	rm -rf "$work/copy" "$root/proc/slabinfo"
	echo secret >"$root/proc/slabinfo"
	chmod -R a+rX "$work"
	chmod 0 "$root/proc/slabinfo"
	mkdir -m 777 "$work/open"
	status=0
	setpriv --reuid=65534 --clear-groups "$work/tool" save "$work/open/copy" \
		>"$work/out" 2>"$work/err" || status=$?
	cat "$work/out" "$work/err"
	[ $status = 0 ] && grep -q '1 file was not saved: .* denied; run as root' "$work/err" &&
		[ -s "$work/open/copy/proc/meminfo" ] && [ ! -e "$work/open/copy/proc/slabinfo" ]
}
if [ "$(id -u)" = 0 ]; then
	cp "$tool" "$work/tool"
	check "what only root may read is told of" hidden
else
	skip "what only root may read is told of" "only root becomes somebody else"
fi
empty()
{
	rm -rf "$root"
	mkdir "$root"
	refuses "nothing to save" save "$work/nothing" && ! ls -d "$work/nothing"*
}
check "a tree of nothing is refused" empty
directories()
{
	mkdir -p "$root/sys/module/demo"
	refuses "nothing to save" save "$work/nothing" && ! ls -d "$work/nothing"*
}
check "... and so is one of directories" directories
finish
