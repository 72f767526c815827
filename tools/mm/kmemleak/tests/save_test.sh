#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A machine that is saved tells as much as the machine itself.
# save_test.sh <program>
set -eu
. "$(dirname "$0")/lib.sh"

# alike <command...>: prints the same of the machine and of its copy, but for their names.
alike()
{
	run "$@"
	sed "s|$root|ROOT|g" "$work/out" "$work/err" >"$work/before"
	saved_status=$status
	run --root "$work/copy" "$@"
	sed "s|$work/copy|ROOT|g" "$work/out" "$work/err" | diff "$work/before" - &&
		[ "$status" = "$saved_status" ]
}

saved()
{
	rm -rf "$work/copy"
	run save "$work/copy"
	cat "$work/out" "$work/err"
	[ $status = 0 ] && [ ! -s "$work/err" ]
}

says_next()
{
	grep -qxF "next: kmemleak --root $work/copy triage" "$work/out"
}


cp -r "$tests/trees/after/." "$root"
mkdir -p "$root/sys/module/demo/notes" "$root/sys/block/zram7" "$root/sys/kernel/slab/dentry"
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
	check "$command says the same of the copy" alike $command
done
check "growth is seen, too" alike triage --since "$tests/trees/before"
check "build ids of modules are saved" cmp "$root/sys/module/demo/notes/.note.gnu.build-id" \
	"$work/copy/sys/module/demo/notes/.note.gnu.build-id"
check "who allocated each page is not" test ! -s "$work/copy/sys/kernel/debug/page_owner"
check "nor is what nothing reads" test ! -e "$work/copy/proc/kcore"
check "nobody else can look into it" sh -c "! find '$work/copy' -perm /077 | grep ."
check "what exists is not written to" refuses "exists" save "$work/copy"
ln -s "$work/elsewhere" "$work/link"
check "... nor is a link" refuses "exists" save "$work/link"
check "a directory has a name" refuses "no directory" save
check "... and one" refuses "Too many" save "$work/a" "$work/b"
check "... that can be made" refuses "No such file" save "$work/none/copy"

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
	refuses "nothing to save" save "$work/nothing" && [ ! -e "$work/nothing" ]
}
check "a tree of nothing is refused" empty
finish
