#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Boots the kernel that BASE, ARCH, DETECTOR and CONFIG name with a busybox
# userland, runs SCRIPT in it as root and exits with its status. The console is
# on stdout. In the guest the directory of SCRIPT is /script and MODULES is
# /modules. A guest that panics, hangs or vanishes exits 125, 124 or 126 and
# says so on stderr. With ICOUNT=1, for ARCH=x86_64, the guest's clock counts
# instructions, a nanosecond for each, and all that is random is left out, so
# that two runs count the same. With COMPACT=1, for ARCH=um, its memory is not moved
# behind 4 GB, see um-high-memory.c. QEMU has further options for qemu, OVERLAY is a
# directory of what else is to be in the guest.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

: "${SCRIPT:=}" "${MODULES:=}" "${APPEND:=}" "${CPUS:=2}" "${MEM:=1G}" "${TIMEOUT:=300}"
[ -n "$SCRIPT" ] || die "SCRIPT=<file> is missing"
[ -f "$SCRIPT" ] || die "SCRIPT=$SCRIPT: no such file"
[ -z "$MODULES" ] || [ -d "$MODULES" ] || die "MODULES=$MODULES: no such directory"
case $CPUS in
'' | *[!0-9]* | 0) die "CPUS=$CPUS is not a number of CPUs" ;;
esac
case $TIMEOUT in
'' | *[!0-9]* | 0) die "TIMEOUT=$TIMEOUT is not a number of seconds" ;;
esac
[ -z "${ICOUNT:-}" ] || [ "$ARCH" = x86_64 ] || die "ICOUNT=1 is for ARCH=x86_64"
[ -z "${COMPACT:-}" ] || [ "$ARCH" = um ] || die "COMPACT=1 is for ARCH=um"

image=$("$here/kernel.sh" | tail -n 1)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
word="kmemleak-boot-$$-$RANDOM: script status"

mkdir -p "$root/bin" "$root/boot" "$root/modules" "$root/script" "$root/etc" "$root/dev"
busybox=$(command -v busybox) || die "busybox is missing; the package is busybox-static"
cp "$busybox" "$root/bin/busybox"
cp "$here/guest-init.sh" "$root/init"
chmod +x "$root/init"
printf 'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
echo "$word" >"$root/boot/word"
# qemu runs with -no-reboot, and a PC without ACPI sleep states knows no other end.
case $ARCH in
um) echo poweroff ;;
x86_64) echo reboot ;;
esac >"$root/boot/end"
# While nanoseconds count through the 2 GB behind 2^32 they are addresses on um,
# where memory lies there: as times of now they would hold what a test leaks.
case $ARCH in
um) echo 7 ;;
x86_64) echo 0 ;;
esac >"$root/boot/uptime"
basename "$SCRIPT" >"$root/boot/name"
# Where a distribution puts it: clients ask how the kernel was configured.
[ ! -f "$obj/.config" ] ||
	cp "$obj/.config" "$root/boot/config-$(cat "$obj/include/config/kernel.release")"
find "$(dirname "$(realpath "$SCRIPT")")" -maxdepth 1 -type f -size -4M \
	! -name '*.[cho]' ! -name '*.ko' -exec cp -p {} "$root/script/" \;
# Without their debug information, which is for tools and not for the kernel.
[ -z "$MODULES" ] || modules_in "$(realpath "$MODULES")" | while read -r module; do
	strip -g -o "$root/modules/${module##*/}" "$module"
done
# The selftests bring a program for what a shell cannot do.
case $(realpath "$SCRIPT") in
"$top"/tools/testing/selftests/kmemleak/*)
	flock "$build/selftests.lock" \
		make -s -C "$top/tools/testing/selftests/kmemleak" O="$build/selftests" >&2
	find "$build/selftests" -maxdepth 1 -type f -exec cp -p {} "$root/script/" \;
	;;
esac
[ -z "${OVERLAY:-}" ] || cp -a "$OVERLAY/." "$root/"
(cd "$root" && find . | cpio -o -H newc -R 0:0 --quiet) >"$work/initrd"

case $ARCH in
um)
	cmd=("$image" "mem=$MEM" "initrd=$work/initrd" con0=null,fd:1 con=null ssl=null
	     root=/dev/ram0 rdinit=/init loglevel=5 panic=-1)
	if grep -q '^CONFIG_SMP=y' "$obj/.config"; then
		cmd+=("ncpus=$CPUS" seccomp=on)
	fi
	# Its memory is a file: it wants one that lies in memory.
	[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
	if [ -z "${COMPACT:-}" ]; then
		gcc -O2 -Wall -shared -fPIC -o "$work/um-high-memory.so" "$here/um-high-memory.c"
		cmd=(env "LD_PRELOAD=$work/um-high-memory.so" "${cmd[@]}")
	elif setarch -R true 2>/dev/null; then
		cmd=(setarch -R "${cmd[@]}")
	fi
	;;
x86_64)
	cpu=max count=()
	if [ -n "${ICOUNT:-}" ]; then
		CPUS=1 cpu=max,-rdrand,-rdseed
		count=(-icount shift=0,sleep=off -rtc "base=2020-01-01,clock=vm" -seed 1)
		APPEND="$APPEND tsc=reliable tsc_early_khz=1000000 norandmaps"
	fi
	# On a busy host no interrupt of the timer comes in the time within which the kernel
	# looks whether it works, and panics: it must not look.
	cmd=(qemu-system-x86_64 -accel tcg -machine pc -cpu "$cpu" "${count[@]}"
	     -smp "$CPUS,sockets=$CPUS" -m "$MEM"
	     -nodefaults -display none -no-reboot -serial stdio
	     -kernel "$image" -initrd "$work/initrd"
	     -append "console=ttyS0 rdinit=/init loglevel=5 panic=-1 no_timer_check $APPEND")
	# shellcheck disable=SC2206
	cmd+=(${QEMU:-})
	;;
esac
# shellcheck disable=SC2206
[ "$ARCH" != um ] || cmd+=($APPEND)

{
	rc=0
	timeout -k 5 "$TIMEOUT" "${cmd[@]}" </dev/null 2>&1 || rc=$?
	echo $rc >"$work/rc"
} 2>/dev/null | sed -u 's/\r*$//' | tee "$work/console" | grep --line-buffered -vF "$word" || true

status=$(sed -n "s/^$word \([0-9]*\)\$/\1/p" "$work/console" | tail -n 1)
rc=$(cat "$work/rc")
ended_by_us=
case $rc in
124 | 137) ended_by_us=1 ;;
esac
# A guest that is ended from outside may take that for a panic of its own.
if [ -z "$ended_by_us" ] && grep -q 'Kernel panic' "$work/console"; then
	echo "boot.sh: the guest panicked" >&2
	exit 125
elif [ -n "$status" ]; then
	exit "$status"
elif [ -n "$ended_by_us" ]; then
	echo "boot.sh: the guest hangs: no end of the script within $TIMEOUT seconds" >&2
	exit 124
else
	echo "boot.sh: the guest ended without an end of the script (exit $rc)" >&2
	exit 126
fi
