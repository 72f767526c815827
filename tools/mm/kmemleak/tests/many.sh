#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A million leaks in a saved report, in several forms: each takes less than 5 s of CPU
# and 500 MB. That needs a machine with nothing else to do.
# many.sh <program> [form...]: the forms of forms.py, and "syzbot" and "decoded".
set -eu
. "$(dirname "$0")/lib.sh"
shift
: "${ENTRIES:=1000000}" "${SECONDS_MAX:=5}" "${MEGABYTES_MAX:=500}"

# A thousand stacks of sixteen lines; $1 is what to print for a frame.
block()
{
	awk -v form="$1" 'BEGIN {
		frames = form == "syzbot" ? 8 : 16
		for (i = 0; i < 1000; i++) {
			printf "unreferenced object 0x%x (size 64):\n", 0x80000000 + i * 64
			print "  comm \"modprobe\", pid 1093, jiffies 4295101244 (age 37.484s)"
			print "  hex dump (first 32 bytes):"
			for (k = 0; k < 2; k++)
				print "    60 97 20 c0 ff ff ff ff 60 97 20 c0 ff ff ff ff" \
					"  ................"
			print "  backtrace (crc 5c38dc12):"
			print "    __kmalloc_cache_noprof+0x1b3/0x2f0"
			for (k = 1; k < frames; k++)
				frame(i * k % 4999, k)
		}
	}
	function frame(nr, k)
	{
		if (form == "syzbot")
			printf "    inlined_%d include/linux/some.h:%d [inline]\n" \
			       "    function_%d_of_the_kernel+0x%x/0x140 drivers/some/file.c:%d\n",
			       nr, k, nr, 16 + k, k
		else if (form == "decoded")
			printf "    function_%d_of_the_kernel (include/linux/some.h:%d " \
			       "drivers/some/file.c:%d) module_%d\n", nr, k, k, k % 7
		else
			printf "    [<00000000%08x>] function_%d_of_the_kernel+0x%x/0x140 " \
			       "[module_%d]\n", nr * 64, nr, 16 + k, k % 7
	}'
}

many()
{
	block "$1" | python3 "$tests/forms.py" "$1" $((ENTRIES / 1000)) | {
		rc=0
		python3 "$tests/limits.py" "$SECONDS_MAX" "$MEGABYTES_MAX" "$tool" report - \
			>"$work/out" 2>"$work/err" || rc=$?
		# A pipe that is not empty would stop the writer with a message.
		cat >/dev/null
		[ $rc = 0 ]
	}
	rc=$?
	cat "$work/err"
	[ $rc = 0 ] && head -n 1 "$work/out" | grep -q "^$ENTRIES leaks, .* 1000 groups"
}

[ $# != 0 ] || set -- file crlf padded dmesg dmesg-bare dmesg-H dmesg-colour syslog logcat \
	journal-verbose mail nbsp wrapped utf16 syzbot decoded
for form; do
	check "$ENTRIES leaks as $form" many "$form"
	grep CPU "$work/err" | sed 's/^/# /'
done
finish
