# SPDX-License-Identifier: GPL-2.0
# Sourced by the tests beside it, which print TAP: $tool is the program, $work a
# directory that is empty when a test begins. Nothing of the machine is read but by
# --root, which $root names: an empty tree unless a test puts something there.

tests=$(cd "$(dirname "$0")" && pwd -P)
tool=$(realpath "$1")
work=$(mktemp -d)
trap 'chmod -R u+rwX "$work"; rm -rf "$work"' EXIT
root=$work/root
debugfs=$root/sys/kernel/debug
mkdir -p "$root"
export KMEMLEAK_ROOT="$root" LC_ALL=C
number=0
failed=0

# check <name> <command...>: passes when the command does.
check()
{
	number=$((number + 1))
	name=$1
	shift
	if "$@" >"$work/log" 2>&1; then
		echo "ok $number - $name"
	else
		sed 's/^/# /' "$work/log"
		echo "not ok $number - $name"
		failed=1
	fi
}

skip()
{
	number=$((number + 1))
	echo "ok $number - $1 # SKIP $2"
}

finish()
{
	echo "1..$number"
	exit $failed
}

# Runs the tool; what it says is in $work/out and $work/err, its status in $status.
run()
{
	status=0
	"$tool" "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
}

# golden <file> <arguments...>: the tool prints what is in the file.
golden()
{
	expected=$1
	shift
	run "$@"
	if [ "${UPDATE:-}" = 1 ]; then
		cp "$work/out" "$expected"
	fi
	[ $status = 0 ] && diff -u "$expected" "$work/out" || { cat "$work/err"; false; }
}

# alike <root> <root> <arguments...>: the tool says the same of both machines, but for their
# names, and has the same status.
alike()
{
	one=$1 other=$2
	shift 2
	run --root "$one" "$@"
	sed "s|$one|ROOT|g" "$work/out" "$work/err" >"$work/alike"
	alike_status=$status
	run --root "$other" "$@"
	sed "s|$other|ROOT|g" "$work/out" "$work/err" | diff "$work/alike" - &&
		[ "$status" = "$alike_status" ]
}

# refuses <text> <arguments...>: exit status 2, one line on stderr with the text in
# it, and nothing else.
refuses()
{
	text=$1
	shift
	run "$@"
	cat "$work/err"
	[ $status = 2 ] && [ ! -s "$work/out" ] && [ "$(wc -l <"$work/err")" = 1 ] &&
		grep -qF -e "$text" "$work/err"
}

# A saved tree whose detector is on, with report $1.
make_root()
{
	rm -rf "$root"
	mkdir -p "$debugfs"
	cp "$1" "$debugfs/kmemleak"
	printf 'state: on\nobjects: 10\n' >"$debugfs/kmemleak_stats"
}
