#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The detector's files count one thing as one: "1 leak", not "1 leaks". Older detectors
# wrote plurals alone, which are read as well.
# nouns_test.sh <program>
set -eu
. "$(dirname "$0")/lib.sh"

mkdir -p "$debugfs" "$root/proc"
echo 'demo 16384 0 - Live 0x0' >"$root/proc/modules"

# summary <leak> <byte> <object>: nouns.
summary()
{
	cat <<-END
	scan 1, 0.100s ago: 2 leaks, 2 bytes, 1 direct, 1 indirect, 1 entry
	not listed: 1 $1, 1 $2, as there are too many entries

	1 $1, 1 $2 (size up to 1):
	  1 direct, 0 indirect
	  age 1.310s to 1.310s
	  comm "modprobe" (1)
	  backtrace:
	    demo_open+0x1c/0x30 [demo]
	END
}

reads_summary()
{
	summary "$@" >"$work/summary"
	run report "$work/summary"
	cat "$work/err" "$work/out"
	[ $status = 0 ] && grep -q '^2 leaks, 2 bytes' "$work/out"
}
check "a summary of one" reads_summary leak byte
check "... in plurals" reads_summary leaks bytes

# report <object> <byte>
reads_indirect()
{
	cat >"$work/report" <<-END
	unreferenced object 0x1000 (size 16):
	  comm "toy", pid 1, jiffies 1
	  + 1 $1, 1 $2
	  backtrace (crc 0):
	    demo_open+0x1c/0x30 [demo]
	END
	run report "$work/report"
	cat "$work/err" "$work/out"
	[ $status = 0 ] && grep -q '1 indirect' "$work/out"
}
check "one indirect leak" reads_indirect "indirect object" byte
check "... in plurals" reads_indirect "indirect objects" bytes

# sites <scan> <site> <object> <byte>
reads_sites()
{
	cat >"$debugfs/kmemleak_sites" <<-END
	1 $1, 1 $2, 0 growing, 1 $3, 1 $4 elsewhere
	seconds ago 0.100
	1 $3, 1 $4: demo_open+0x1c/0x30 [demo]
	  objects 1
	  bytes 1
	END
	: >"$debugfs/kmemleak"
	run module demo
	cat "$work/err" "$work/out"
	[ $status = 0 ] && grep -q '^demo: 1 object, 1 bytes* allocated' "$work/out"
}
check "one site" reads_sites scan site object byte
check "... in plurals" reads_sites scans sites objects bytes

finish
