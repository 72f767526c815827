#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a guest needs to run the user's tool, as boot.sh wants it in OVERLAY: the
# program with its libraries; the modules of the samples and selftests, which it
# loads from /modules; their debug information where tools look for it, and that of
# the kernel, if it has any, in /vmlinux; and in /tool-lines which lines leak. The
# guest is the one that BASE, ARCH and CONFIG name. The last line printed is the
# directory.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

root=$obj-tool
samples=$top/samples/kmemleak
modules=$top/tools/testing/selftests/kmemleak/modules

tool=$("$here/tool.sh" | tail -n 1)
"$here/kernel.sh" >/dev/null
release=$root/lib/modules/$(cat "$obj/include/config/kernel.release")
rm -rf "$root"
mkdir -p "$root/bin" "$root/modules" "$release/extra"

cp "$tool" "$root/bin/"
ldd "$tool" | grep -o '/[^ ]*' | xargs cp -L --parents -t "$root"

for m in "$samples" "$modules"; do
	built=$(M=$m "$here/modules.sh" | tail -n 1)
	cp "$built"/*.ko "$release/extra/"
done
for module in "$release"/extra/*.ko; do
	strip -g -o "$root/modules/${module##*/}" "$module"
done
if grep -q '^CONFIG_DEBUG_INFO=y' "$obj/.config"; then
	objcopy --only-keep-debug --compress-debug-sections "$obj/vmlinux" "$root/vmlinux"
fi

# line <function> <file>: the one of its allocation.
line()
{
	local number
	number=$(sed -n "/^static.*[ *]$1(/,/^}/{/alloc/{=;q}}" "$2")
	[ -n "$number" ] || die "$2: no allocation in $1()"
	echo "$1 ${2#"$top/"}:$number"
}

{
	line request_lose "$modules/kmemleak_tool.c"
	line freed_in_debug "$samples/kmemleak-zoo-leaks.c"
} >"$root/tool-lines"
echo "$root"
