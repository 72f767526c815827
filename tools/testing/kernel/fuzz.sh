#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Fuzzes the detector's core in user space for MINUTES, see tools/testing/kmemleak.
set -eu

: "${MINUTES:=5}"
case $MINUTES in
*[!0-9]* | 0*)
	echo "MINUTES=$MINUTES is not a number of minutes" >&2
	exit 2
	;;
esac
here=$(cd "$(dirname "$0")" && pwd -P)
"$here/packages.sh"
exec make -s -C "$here/../kmemleak" fuzz MINUTES="$MINUTES"
