#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Sourced by check.sh: runs the parts of the check, gives what failed a second try,
# and counts.
#
# A part is a command or a function. Each line of TAP that it prints is a test, and so
# is its end. A guest has one test more: its kernel log is clean. A part that fails is
# tried again at the very end, alone, in a fresh boot. If it passes then it is FLAKY:
# both logs are kept, and more than $flaky_max such parts fail the check. A splat, a
# panic, a sanitizer's report or a build that failed gets no second try.
#
# The caller sets $logs, a directory, and may set LIMIT=<minutes>, after which nothing
# more begins, and PART_LIMIT=<seconds>, after which a part hangs. For each part there
# are in $logs:
#
#   <part>.log, <part>.results       what the first try printed; its tests, one a line
#   <part>.again.log, ...            the same of the second
#   <part>.retry                     how to try it again, while it has failed once
#
# The other files there are lists: parts (in the order of their ends, with seconds),
# skipped, and failures (what each failed test said).

: "${LIMIT:=}" "${PART_LIMIT:=2700}"
flaky_max=3
sanitizers='ERROR: ([A-Za-z]*Sanitizer|libFuzzer)|WARNING: ThreadSanitizer|: runtime error: '
# Coincidences in one check, see zoo.sh.
coincidences_max=3

begin_parts()
{
	rm -rf "$logs"
	mkdir -p "$logs"
	: >"$logs/parts"
	: >"$logs/skipped"
	: >"$logs/failures"
	: >"$logs/flaky"
}

slug()
{
	echo "$1" | tr ' /' '--'
}

skipped()
{
	echo "SKIP $1: $2" | tee -a "$logs/skipped"
}

time_is_over()
{
	[ -n "$LIMIT" ] && [ $SECONDS -ge $((LIMIT * 60)) ]
}

# in_time <name>: may it begin? If not, it is skipped.
in_time()
{
	time_is_over || return 0
	skipped "$1" "$LIMIT minutes are over"
	return 1
}

# A process and all that it has started; timeout(1) makes process groups of its own.
kill_tree()
{
	local child
	for child in $(ps -e -o pid=,ppid= | awk -v parent="$1" '$2 == parent { print $1 }'); do
		kill_tree "$child"
	done
	kill -KILL "$1" 2>/dev/null || true
}

# limited <command...>: its status; 124 if it has not ended in time.
limited()
{
	local pid alarm rc=0
	# What a part leaves behind must not hold the check's own output open.
	"$@" 3<&- 4>&- 6>&- &
	pid=$!
	sleep "$PART_LIMIT" 3<&- 4>&- 6>&- &
	alarm=$!
	trap 'kill_tree $pid; kill $alarm; exit 143' INT TERM
	wait -n $pid $alarm || rc=$?
	trap - INT TERM
	if kill $alarm 2>/dev/null; then
		wait $alarm 2>/dev/null || true
		return $rc
	fi
	kill_tree $pid
	echo "it hangs: no end within $PART_LIMIT seconds"
	return 124
}

# The tests of part $1, whose TAP is on stdin.
tap_results()
{
	tr -d '\r' | awk -v name="$1" '
	/^(not )?ok [0-9]/ {
		word = /^not/ ? "FAIL" : / # SKIP/ ? "SKIP" : "ok"
		sub(/^(not )?ok [0-9]+ *-* */, "")
		print word, name ": " $0
	}'
}

# The tests of part $1 that failed, with the first lines of what each said; the log is
# $2.
tap_failures()
{
	tr -d '\r' <"$2" | awk -v name="$1" -v said=8 '
	sub(/^not ok [0-9]* *-* */, "") { print "failed: " name ": " $0; said = 0; next }
	/^ok / { said = 8 }
	/^# / && said++ < 8 { print "    " $0 }'
}

# attempt <kind> <name> <files> <command...>: one try. Returns 0 if all passed, 1 if
# something failed, 2 if that is final. The kind is guest or host.
attempt()
{
	local kind=$1 name=$2 files=$3 start=$SECONDS rc=0 final='' took
	shift 3
	limited "$@" >"$files.log" 2>&1 </dev/null || rc=$?
	took=$((SECONDS - start))
	# A part that starts guests of its own may mean them to panic, unless it fails.
	if [ "$kind" = guest ] || [ $rc != 0 ]; then
		final=$(grep -aE "$splat|^boot.sh: the guest ended" "$files.log" | head -n 3 || true)
	fi
	final=$final$(grep -aE "$sanitizers" "$files.log" | head -n 3 || true)
	{
		tap_results "$name" <"$files.log"
		[ "$kind" != guest ] || [ -n "$final" ] || echo "ok $name: the kernel log is clean"
		[ -z "$final" ] || echo "FAIL $name: no splat, panic or sanitizer's report"
		if [ $rc = 0 ]; then
			echo "ok $name ($took s)"
		else
			echo "FAIL $name: it ends well (exit $rc, $took s)"
		fi
	} | tee "$files.results"
	echo "$took $name" >>"$logs/parts"
	grep -q '^FAIL ' "$files.results" || return 0
	{
		tap_failures "$name" "$files.log"
		[ -z "$final" ] || printf 'failed: %s: \n%s\n' "$name" "$final" | sed '2,$s/^/    /'
		[ $rc = 0 ] || { echo "failed: $name: exit $rc"; tail -n 15 "$files.log" | sed 's/^/    /'; }
	} >"$files.failures"
	cat "$files.failures" >&2
	[ -z "$final" ] || return 2
	return 1
}

# part <kind> <name> <command...>: its first try.
part()
{
	local kind=$1 name=$2 files rc=0
	files=$logs/$(slug "$2")
	shift 2
	in_time "$name" || return 0
	# What is killed, and says nothing, has failed.
	if ! (set -C && echo "FAIL $name: it has no end" >"$files.results") 2>/dev/null; then
		echo "FAIL $name: there are two of that name" | tee "$files.twice.results"
		return 0
	fi
	attempt "$kind" "$name" "$files" "$@" || rc=$?
	[ $rc = 1 ] || return 0
	local command=("$@")
	declare -p kind name files command kernel >"$files.retry" 2>/dev/null || true
}

# Parts that run beside each other: three for two CPUs, as guests sleep half of their
# time.
beside()
{
	while [ "$(jobs -pr | wc -l)" -ge $((($(nproc) * 3 + 1) / 2)) ]; do
		wait -n || true
	done
	"$@" &
}

# The second try of all that failed once.
retry_parts()
{
	local file
	for file in "$logs"/*.retry; do
		[ ! -e "$file" ] || retry_part "$file"
	done
}

retry_part()
{
	local kind name files command kernel rc=0
	# shellcheck disable=SC1090
	. "$1"
	in_time "the second try of $name" || return 0
	echo "== trying again: $name"
	attempt "$kind" "$name" "$files.again" "${command[@]}" || rc=$?
	if [ $rc = 0 ]; then
		echo "FLAKY $name: $files.log and $files.again.log" | tee -a "$logs/flaky"
	fi
}

# The results that count: of the second try, where there was one. What failed twice
# failed, whatever it was.
final_results()
{
	local first
	for first in "$logs"/*.results; do
		case $first in
		*.again.results) continue ;;
		esac
		if [ -e "${first%.results}.again.results" ]; then
			cat "${first%.results}.again.results"
		elif [ -e "$first" ]; then
			cat "$first"
		fi
	done
}

final_failures()
{
	local first
	for first in "$logs"/*.failures; do
		case $first in
		*.again.failures) continue ;;
		esac
		[ ! -e "${first%.failures}.again.results" ] ||
			first=${first%.failures}.again.failures
		[ ! -e "$first" ] || cat "$first"
	done
}

# Ends the check: what took longest, what is flaky, what was skipped, what failed, and
# the counts.
tell_parts()
{
	local passed failed skips flaky coincidences=0 log
	final_results >"$logs/all"
	flaky=$(grep -c . "$logs/flaky" || true)
	if [ "$flaky" -gt $flaky_max ]; then
		echo "FAIL no more than $flaky_max parts are flaky" >>"$logs/all"
		echo "failed: $flaky parts are flaky, more than $flaky_max" >>"$logs/failures"
	fi
	for log in "$logs"/*.log; do
		[ ! -e "$log" ] || sed -n '/^# coincidence: /,/^zoo: /{/^zoo: /!p}' "$log"
	done >"$logs/coincidences"
	coincidences=$(grep -ac '^# coincidence: ' "$logs/coincidences" || true)
	if [ "$coincidences" -gt $coincidences_max ]; then
		echo "FAIL no more than $coincidences_max coincidences" >>"$logs/all"
		echo "failed: $coincidences coincidences, more than $coincidences_max" \
			>>"$logs/failures"
	fi
	final_failures >>"$logs/failures"
	passed=$(grep -c '^ok ' "$logs/all" || true)
	failed=$(grep -c '^FAIL ' "$logs/all" || true)
	skips=$(cat "$logs/all" "$logs/skipped" | grep -c '^SKIP ' || true)

	echo "== what took longest, seconds"
	sort -rn "$logs/parts" | head -n 10
	echo "== $((SECONDS / 60)) min $((SECONDS % 60)) s in all"
	cat "$logs/coincidences"
	[ "$coincidences" = 0 ] ||
		echo "$coincidences coincidences: missed once, and found with other addresses"
	cat "$logs/flaky" "$logs/skipped" "$logs/failures"
	echo "$passed passed, $failed failed, $skips skipped"
	[ "$failed" = 0 ] && [ "$passed" != 0 ]
}
