# SPDX-License-Identifier: GPL-2.0
# Sourced by tests after lib.sh: make_live <file> makes a program that is $tool on a machine
# that runs, whose debugfs is $debugfs. It has a mount namespace of its own, so nothing of
# this machine is changed; the rest of /proc and /sys is that of this machine.
#
# With LIVE_AS set, as "65534", it runs as that user and group.

live_unshare="unshare --mount"
[ "$(id -u)" = 0 ] || live_unshare="unshare --user --map-root-user --mount"

can_be_live()
{
	mkdir -p "$debugfs"
	# shellcheck disable=SC2086
	[ -d /sys/kernel/debug ] && $live_unshare \
		mount --bind "$debugfs" /sys/kernel/debug 2>/dev/null
}

make_live()
{
	cat >"$1" <<-END
	#!/bin/sh
	unset KMEMLEAK_ROOT
	exec $live_unshare sh -c 'mount --bind "$debugfs" /sys/kernel/debug &&
		exec \${LIVE_AS:+setpriv --reuid \$LIVE_AS --regid \$LIVE_AS --clear-groups} \\
		"\$0" "\$@"' "$tool" "\$@"
	END
	chmod 755 "$1"
}
