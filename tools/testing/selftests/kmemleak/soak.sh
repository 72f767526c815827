#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Makes processes, files, sockets, module loads and CPU hotplug, scans every
# second beside that, and tells what was reported: no load may make a report.
# Runs for the minutes that /etc/soak.minutes says, with stress-ng if there is
# one. Fails if there was a report.
set -u
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/bin

minutes=$(cat /etc/soak.minutes 2>/dev/null || echo 1)
modules=$(cd "/lib/modules/$(uname -r)" && ls *.ko | sed 's/\.ko$//')
running=$work/running
files=$work/files
sightings=$work/sightings
reports=$work/reports

stressors="access aio aiol alarm bind-mount chattr chdir chmod chown chroot clock
clone close context copy-file dentry dev-shm dir dirdeep dnotify dup env epoll
eventfd exec exit-group fallocate fanotify fault fcntl fiemap fifo filename flock
fork fpunch fsize fstat futex get getdent handle icmp-flood inode-flags inotify io
iomix io-uring itimer kcmp key kill landlock lease link locka lockf lockofd madvise
memfd mincore mknod mlock mmap mmapfork mmapmany mprotect mq mremap msg msync munmap
netdev netlink-proc netlink-task nanosleep open personality pidfd ping-sock pipe
pipeherd poll prctl procfs pthread ptrace pty rawpkt rawsock rawudp readahead remap
rename ring-pipe rlimit rmap rseq schedpolicy seal seccomp sem sem-sysv sendfile
session set shm shm-sysv sigchld sigfd sigio signal sigq sigrt sigsegv sock sockabuse
sockdiag sockfd sockmany sockpair spawn splice switch symlink sync-file sysinfo tee
timer timerfd tmpfs touch tun udp udp-flood unshare urandom userfaultfd utime verity
vfork vforkmany vm-splice wait xattr zombie af-alg"

# Each load runs until $running is gone.

load_processes()
{
	while [ -e "$running" ]; do
		sh -c 'echo a | cat | (sed s/a/b/ | grep -q b)'
		sh -c 'sleep 1 & kill $!; wait'
		unshare -m -u -i -p -f true
	done
}

load_files()
{
	local i
	while [ -e "$running" ]; do
		mkdir -p "$1/a/b/c" && cp /bin/busybox "$1/a/b/c/d"
		for i in 1 2 3 4 5 6 7 8; do
			echo $i >"$1/a/$i"
			ln -s $i "$1/a/link$i"
			ln "$1/a/$i" "$1/a/b/$i"
			mv "$1/a/$i" "$1/a/b/c/$i"
		done
		find "$1" -type f -exec md5sum {} + >/dev/null
		sync
		rm -rf "$1/a"
		echo 2 >/proc/sys/vm/drop_caches
	done
}

load_sockets()
{
	httpd -f -p 127.0.0.1:80 -h "$work" &
	local server=$!
	while [ -e "$running" ]; do
		wget -q -O /dev/null http://127.0.0.1/page
		"$client" sockets "$work/socket" 20
	done
	kill $server
}

load_network_devices()
{
	while [ -e "$running" ]; do
		unshare -n sh -c '
			ip link set lo up
			ip link add type veth
			ip addr add 10.0.0.1/24 dev veth0
			ip link set veth0 up; ip link set veth1 up
			ping -c 1 -W 1 10.0.0.1
			ip link add br0 type bridge; ip link set br0 up
			ip link add dummy7 type dummy; ip link set dummy7 up'
	done
}

load_modules()
{
	local m
	while [ -e "$running" ]; do
		for m in $modules; do
			case $m in
			kmemleak_stress) modprobe $m rounds=50 ;;
			*) modprobe $m ;;
			esac
		done
		for m in $modules; do
			modprobe -r $m
		done
	done
}

load_hotplug()
{
	local online=/sys/devices/system/cpu/cpu1/online
	while [ -e "$running" ]; do
		echo 0 >$online && sleep 1
		echo 1 >$online && sleep 1
	done
}

load_stress_ng()
{
	local name
	while [ -e "$running" ]; do
		for name in "$@"; do
			[ -e "$running" ] || break
			timeout -s KILL 30 stress-ng -q --temp-path "$files" \
				--timeout 3 --"$name" 1
		done
	done
}

start()
{
	"$@" >/dev/null 2>&1 &
	loads="$loads $!"
	echo "# load: $1"
}

# One line for each leak of this scan's report, after the scan's number.
look()
{
	scans=$((scans + 1))
	echo scan >"$control" || failed_scans=$((failed_scans + 1))
	cat "$control" >"$work/report"
	[ -s "$work/report" ] || return 0
	leaks_of "$work/report" | sed "s/^/$scans /" >>"$sightings"
	cat "$work/report" >>"$reports"
	echo "# scan $scans at $(now_ms) ms: $(grep -c '^unref' "$work/report") leaks"
}

# Each stack once: how often it was seen, and its first report.
tell()
{
	awk -v last=$scans '
	function flush() {
		if (frames != "" && !(frames in text)) {
			text[frames] = record
			order[++n] = frames
		}
		record = frames = ""
	}
	NR == FNR {
		stack = $6
		sightings[stack]++
		if (!((stack, $2) in seen)) {
			seen[stack, $2] = 1
			objects[stack]++
		}
		if (!(stack in first))
			first[stack] = $1
		if ($1 == last)
			left[stack]++
		next
	}
	/^unreferenced object/ { flush() }
	{ record = record $0 "\n" }
	/^    .*\+0x|^    0x/ { frames = frames $1 "," }
	END {
		flush()
		for (i = 1; i <= n; i++) {
			s = order[i]
			printf "== report %d: %d objects, seen %d times ", i,
			       objects[s], sightings[s]
			printf "from scan %d on, %d at the end\n%s", first[s],
			       left[s], text[s]
		}
	}' "$sightings" "$reports"
}

mkdir "$files"
: >"$running"
: >"$sightings"
: >"$reports"
dd if=/dev/zero of="$work/page" bs=4k count=64 2>/dev/null
ip link set lo up
mkdir -p /dev/pts /dev/shm /dev/mqueue
mount -t devpts none /dev/pts
mount -t tmpfs none /dev/shm
mount -t mqueue none /dev/mqueue
mount -o remount,mode=755 /sys/kernel/debug

echo scan=off >"$control"
echo 1000 >"$parameters/min_age_ms"
wait_age
loads=
scans=0
failed_scans=0
look

disk=$work/disk
mkdir "$disk"
truncate -s 64M "$disk.image"
if mke2fs -F "$disk.image" >/dev/null && mount -t ext4 -o loop "$disk.image" "$disk"; then
	start load_files "$disk"
fi
mkdir "$work/tmpfs"
start load_files "$work/tmpfs"
start load_processes
start load_sockets
start load_network_devices
start load_modules
[ ! -e /sys/devices/system/cpu/cpu1/online ] || start load_hotplug
if stress-ng --version >/dev/null 2>&1; then
	backwards=
	for name in $stressors; do
		backwards="$name $backwards"
	done
	start load_stress_ng $stressors
	start load_stress_ng $backwards
else
	echo "# stress-ng does not run here: the load goes without it"
fi

end=$(($(now_ms) + minutes * 60000))
while now=$(now_ms) && [ "$now" -lt $end ]; do
	look
	left=$((now + 1000 - $(now_ms)))
	[ $left -le 0 ] || wait_ms $left
done
echo "# $scans scans beside the load, $(stat_of objects) objects"
echo "# the last scan took $(stat_of scan_duration_us) us"

rm "$running"
wait $loads
umount "$disk" 2>/dev/null
for i in 1 2 3; do
	shrink_all
	wait_age
	look
done

tell
grep -E '^(bad|untracked|stacks?|comm|suspects|holders|sites)_.*: [^0]' "$stats" | sed 's/^/# /'
check "every scan succeeded" test $failed_scans = 0
check "there were scans beside the load" test $scans -gt $((minutes * 10))
check "nothing was reported in $scans scans" test ! -s "$reports"
check "no call made no sense" \
	awk '/^bad_/ && $2 { print; bad = 1 } END { exit bad }' "$stats"
finish
