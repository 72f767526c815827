#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The detector's files under attack: eight processes write random bytes and commands to
# each of them, read, seek and poll, while modules come and go, for a minute or for as
# long as /etc/endure.seconds says. Then the report is a correct one. At last the same
# for some seconds while the detector is switched off. /etc/attack.seed is the seed of an
# earlier attack. Needs kmemleak_stress.ko and kmemleak_cases.ko in /modules, and
# kmemleak_attack beside this file; prints TAP.
set -u
. "$(dirname "$0")/lib.sh"

seconds=$(seconds_wanted 60)
seed=$(cat /etc/attack.seed 2>/dev/null || od -An -N 2 -t u2 /dev/urandom | tr -d ' ')
echo "# seed $seed"

files=$control
for file in /sys/kernel/debug/kmemleak_* "$parameters"/*; do
	case $file in
	*/panic_on_leak | */verbose) ;;
	*) files="$files $file" ;;
	esac
done

# attack SECONDS SEED: of each kind of file; a true value would panic, or flood the log.
attack()
{
	"$here/kmemleak_attack" "$1" "$2" $files -- "$parameters/panic_on_leak" \
		"$parameters/verbose"
}

load_modules()
{
	while [ -e "$work/beside" ]; do
		insmod /modules/kmemleak_stress.ko rounds=1000
		insmod /modules/kmemleak_cases.ko
		rmmod kmemleak_cases
		rmmod kmemleak_stress
		loads=$((loads + 1))
		echo $loads >"$work/loads"
	done
}

values()
{
	head -n 100 "$parameters"/*
}

survived()
{
	echo "$1: writes, of these done, reads: $(cat "$work/attack")"
	grep -v '^#' "$work/attack" >"$work/numbers"
	read -r writes written reads <"$work/numbers"
	[ "$attack_rc" = 0 ] && [ "$writes" -gt 100 ] && [ "$written" -gt 10 ] &&
		[ "$reads" -gt 100 ]
}

values >"$work/values"
begin_clean

# Ended by a file, not killed: um of 6.12 panics where a fork is cut short.
: >"$work/beside"
loads=0
echo 0 >"$work/loads"
load_modules >/dev/null 2>&1 &
attack_rc=0
attack "$seconds" "$seed" >"$work/attack" || attack_rc=$?
rm "$work/beside"
wait
echo "# $(cat "$work/attack") writes, of these done, reads;" \
	"$(cat "$work/loads") times two modules; $(stat_of scans) scans"
check "all processes end" survived "the attack"
check "modules come and go meanwhile" test "$(cat "$work/loads")" -gt 0
check "there were scans" test "$(stat_of scans)" -gt 3

values >"$work/values.after"
check "parameters are restored" diff "$work/values" "$work/values.after"
check "a command is obeyed" answers scan=off ok
check "... and another one" answers stack=on ok
check "what is none is refused" answers nonsense EINVAL
# Some scans were told to take for leaks what is referred to by a stack, or is too young.
# Others take that back.
wait_age
scan
scan
check_recovered

attack_rc=0
attack 5 $((seed + 1)) >"$work/attack" &
attacker=$!
wait_ms 2000
check "off is obeyed under attack" answers off ok
wait $attacker || attack_rc=$?
check "all processes end when it is off" survived "with off"
check "the detector is off" grep -q '^state: off$' "$stats"
check "a command is refused then" answers scan EPERM
check "the report is empty then" empty_report
finish
