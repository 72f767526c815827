#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# The guest's init: mounts what a script may want, runs the script as root and
# writes its exit status on the console behind a word only boot.sh knows.

bb=/bin/busybox
$bb mkdir -p /proc /sys /dev /tmp /root
$bb mount -t proc proc /proc
$bb mount -t sysfs sysfs /sys
$bb mount -t devtmpfs devtmpfs /dev 2>/dev/null
$bb mount -t debugfs debugfs /sys/kernel/debug
$bb mount -t tmpfs -o mode=1777 tmpfs /tmp
$bb --install -s /bin

# Objects and pages are charged to any group but the first.
if $bb grep -q 'guest\.cgroup=1' /proc/cmdline; then
	$bb mount -t cgroup2 cgroup /sys/fs/cgroup
	echo +memory >/sys/fs/cgroup/cgroup.subtree_control
	$bb mkdir /sys/fs/cgroup/script
	echo $$ >/sys/fs/cgroup/script/cgroup.procs
fi

export PATH=/bin:/script HOME=/root USER=root
until [ "$(cut -d . -f 1 /proc/uptime)" -ge "$(cat /boot/uptime)" ]; do
	sleep 0.1
done
cd /script
sh "/script/$(cat /boot/name)" </dev/null
status=$?
# The word begins a line of its own whatever the script printed last.
echo
echo "$(cat /boot/word) $status"
sync
"$(cat /boot/end)" -f
# This does not return; the loop keeps init alive until it happens.
while :; do sleep 60; done
