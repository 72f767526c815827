# SPDX-License-Identifier: GPL-2.0
# Sourced by the guest scripts beside it: a TAP writer, waiting, the control
# file, and questions to a report. Runs in a busybox shell as root.

control=/sys/kernel/debug/kmemleak
stats=/sys/kernel/debug/kmemleak_stats
parameters=/sys/module/kmemleak/parameters
cases=/sys/kernel/debug/kmemleak_cases/run
here=$(dirname "$0")
client=$here/kmemleak_client
work=$(mktemp -d)
test_count=0
test_failed=0

pass()
{
	test_count=$((test_count + 1))
	echo "ok $test_count - $1"
}

fail()
{
	test_count=$((test_count + 1))
	test_failed=$((test_failed + 1))
	echo "not ok $test_count - $1"
}

skip()
{
	test_count=$((test_count + 1))
	echo "ok $test_count - $1 # SKIP $2"
}

# The end tells most of what leads through several commands.
shortened()
{
	if [ "$(wc -l <"$1")" -le 80 ]; then
		cat "$1"
	else
		head -n 20 "$1"
		echo "[...]"
		tail -n 60 "$1"
	fi
}

# check NAME COMMAND...: the command's success is the test's; what it prints is
# shown if it fails.
check()
{
	local name=$1
	shift
	if "$@" >"$work/output" 2>&1; then
		pass "$name"
	else
		fail "$name"
		shortened "$work/output" | sed 's/^/# /'
	fi
}

# Is this kernel part 1 of the series alone? "make check-series" calls it that.
part_1_alone()
{
	case $(uname -r) in
	*-part1*) return 0 ;;
	esac
	return 1
}

# check_with FILE NAME COMMAND...: a test that takes the change of part 2 to a file of the
# kernel.
check_with()
{
	local file=$1
	shift
	if part_1_alone; then
		skip "$1" "part 1 alone has no change of $file"
	else
		check "$@"
	fi
}

finish()
{
	echo "1..$test_count"
	[ "$test_failed" = 0 ]
}

# The detector of this project, not another one behind the same file.
ours()
{
	[ -e "$stats" ]
}

now_ms()
{
	awk '{ printf "%d\n", $1 * 1000 }' /proc/uptime
}

wait_ms()
{
	local end=$(($(now_ms) + $1))
	while [ "$(now_ms)" -lt "$end" ]; do sleep 0.05; done
}

# wait_for COMMAND...: until the command succeeds. The minute is there to end a hang.
wait_for()
{
	local end=$(($(now_ms) + 60000))
	until "$@"; do
		[ "$(now_ms)" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# Until all that lives now is old enough to be reported.
wait_age()
{
	local age=6000
	if [ -e "$parameters/min_age_ms" ]; then
		age=$(cat "$parameters/min_age_ms")
	fi
	wait_ms $((age + 200))
}

scan()
{
	echo scan >"$control"
	# The other detector wants to see a leak unchanged twice.
	ours || echo scan >"$control"
}

# How long a test goes on: as many seconds as /etc/endure.seconds says, else $1.
seconds_wanted()
{
	cat /etc/endure.seconds 2>/dev/null || echo "$1"
}

# Leaks of the boot are none of the test's.
begin_clean()
{
	echo scan=off >"$control"
	wait_age
	scan
	echo clear >"$control"
}

stat_of()
{
	sed -n "s/^$1: //p" "$stats"
}

shrink_all()
{
	local shrink
	for shrink in /sys/kernel/slab/*/shrink; do
		[ ! -w "$shrink" ] || echo 1 >"$shrink"
	done
}

empty_report()
{
	cat "$control" >"$work/report"
	cat "$work/report"
	! grep -q . "$work/report"
}

# One line for each leak of a report: address size pid comm frame,frame,...
leaks_of()
{
	awk '
	function flush() {
		if (addr)
			print addr, size, pid, comm, frames
		addr = frames = ""
	}
	/^unreferenced object/ {
		flush()
		match($0, /0x[0-9a-f]+/)
		addr = substr($0, RSTART, RLENGTH)
		size = $NF
		sub(/\):$/, "", size)
		next
	}
	/^  comm "/ {
		pid = $0
		sub(/.*", pid /, "", pid)
		sub(/,.*/, "", pid)
		comm = $0
		sub(/^  comm "/, "", comm)
		sub(/", pid .*/, "", comm)
		gsub(/ /, "_", comm)
		next
	}
	/^    .*\+0x|^    0x/ { frames = frames $1 "," }
	END { flush() }' "$1"
}

# A report holds a leak at an address.
reports()
{
	leaks_of "$2" | grep -q "^$1 "
}

# Of leaks that a scan did not find: the pointers that kept each, as comments.
who_holds()
{
	local addr
	ours || return 0
	for addr; do
		echo "path=$addr" >"$control" &&
			sed 's/^/# /' /sys/kernel/debug/kmemleak_path
	done
}

# A report holds the leaks that the cases have made, no more and no less.
just_what_leaked()
{
	awk '$1 == "leak" { print $3 }' "$cases" | sort >"$work/made"
	leaks_of "$1" | cut -d ' ' -f 1 | sort >"$work/found"
	[ -s "$work/made" ] || return 1
	diff "$work/made" "$work/found" >"$work/diff" && return
	cat "$work/diff"
	who_holds $(sed -n 's/^-0x/0x/p' "$work/diff")
	return 1
}

# Did the reports that a test has collected in $work/false stay empty?
nothing_false()
{
	head -n 40 "$work/false" 2>/dev/null
	[ ! -s "$work/false" ]
}

no_bad_calls()
{
	awk '/^bad_/ && $2 { print; bad = 1 } END { exit bad }' "$stats"
}

# What the module leaks is in a report, old enough.
leak_and_scan()
{
	insmod /modules/kmemleak_cases.ko && echo all >"$cases" || return 1
	wait_age
	answers scan ok || return 1
	cat "$control" >"$work/report"
}

# Does a report lack leaks that the cases have made, and hold no others?
only_misses()
{
	just_what_leaked "$1" >"$work/first" && return 1
	[ -s "$work/made" ] && ! grep -q '^[+]0x' "$work/diff"
}

# Any word of memory may happen to equal the address of a leak. If leaks were missed, have
# others made, at new addresses, as the first ones stay where they are: if those are found,
# the first were missed by coincidence, which is said with the words that held them.
leak_again()
{
	only_misses "$work/report" || return 0
	sed -n 's/^-0x/# missed: 0x/; /^#/p' "$work/first"
	rmmod kmemleak_cases
	echo clear >"$control"
	leak_and_scan >/dev/null || return
	! just_what_leaked "$work/report" >/dev/null || echo "# coincidence: missed once"
}

# After a test that was hard on the detector: it is on, reports nothing, and finds just
# the leaks that are made now. Needs kmemleak_cases.ko in /modules.
check_recovered()
{
	check "the detector is on" grep -q '^state: on$' "$stats"
	check "no call made no sense" no_bad_calls
	wait_age
	check "a scan succeeds" answers scan ok
	check "... and reports nothing" empty_report
	check "a module that leaks loads, leaks, and a scan succeeds" leak_and_scan
	leak_again
	check "... and finds what leaked, and nothing else" just_what_leaked "$work/report"
	check "its report is well-formed" check_grammar "$work/report"
	check "what leaked is given back" sh -c "echo free >$cases"
	check "... and the module unloads" rmmod kmemleak_cases
}

# Complains about each line of a report that clients would not understand.
check_grammar()
{
	awk -v age="$(ours && echo 1)" '
	function expect(what) {
		printf "line %d: wanted %s: %s\n", NR, what, $0
		bad = 1
		state = "any"
	}
	/^unreferenced object/ {
		if (state != "" && state != "frames" && state != "any")
			expect("more of the previous object")
		if ($0 !~ /^unreferenced object( \((percpu|phys)\))? 0x[0-9a-f]+ / ||
		    $0 !~ / \(size [1-9][0-9]*\):$/)
			expect("a header")
		size = $NF
		sub(/\):$/, "", size)
		want = size + 0 < 32 ? size + 0 : 32
		state = "comm"
		next
	}
	state == "comm" {
		state = "hex"
		if (age && ($0 !~ /^  comm ".*", pid [0-9]+, jiffies [0-9]+ / ||
			    $0 !~ / \(age [0-9]+\.[0-9][0-9][0-9]s\)$/))
			expect("comm, pid, jiffies and age")
		else if ($0 !~ /^  comm ".*", pid [0-9]+, jiffies [0-9]+/)
			expect("comm, pid and jiffies")
		next
	}
	state == "hex" {
		if ($0 !~ "^  hex dump \\(first " want " bytes( on cpu [0-9]+)?\\):$")
			expect("a hex dump of " want " bytes")
		rows = int((want + 15) / 16)
		state = "row"
		next
	}
	state == "row" && rows > 0 {
		if ($0 !~ /^    [0-9a-f][0-9a-f] ([0-9a-f ][0-9a-f ] )*.*$/)
			expect("a row of the hex dump")
		rows--
		next
	}
	state == "row" {
		if ($0 !~ /^  backtrace \(crc [0-9a-f]+\):$/)
			expect("a backtrace")
		state = "frames"
		next
	}
	state == "frames" && /^    [^ ]+\+0x[0-9a-f]+\/0x[0-9a-f]+( \[[^ ]+\])?$/ { next }
	state == "frames" && /^    0x[0-9a-f]+$/ { next }
	{ expect("a frame") }
	END {
		if (state != "" && state != "frames")
			bad = 1
		exit bad
	}' "$1"
}

# The kernel log from here on: log_mark, then log_since.
log_mark()
{
	mark="kmemleak selftest $$ $(now_ms)"
	echo "<7>$mark" >/dev/kmsg
}

log_since()
{
	dmesg | sed "1,/$mark/d"
}

log_has()
{
	log_since | grep -q -- "$1"
}

# One write, and what came of it: "ok" or the name of the error.
answer()
{
	"$client" write "$control" "$1"
}

answers()
{
	local got
	got=$(answer "$1")
	echo "write of '$1': wanted $2, got $got"
	[ "$got" = "$2" ]
}
