# SPDX-License-Identifier: GPL-2.0
# Sourced by the tests beside it: entries of reports.

# leak <size> <frame...>: an entry of a flat report. Addresses differ.
leak()
{
	address=$((${address:-0x88810000} + 0x1000))
	printf 'unreferenced object 0x%x (size %s):\n' $address "$1"
	shift
	echo '  comm "modprobe", pid 31, jiffies 4294937400 (age 0.310s)'
	echo '  backtrace (crc 5708e63d):'
	[ $# = 0 ] || printf '    %s\n' "$@"
}

# field <expression>: of the JSON in $work/out, which the expression calls "j".
field()
{
	python3 -c 'import json, sys; j = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1" \
		<"$work/out"
}
