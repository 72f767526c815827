#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Builds the user's tool and installs it, with its manual page and what monitoring needs.
# install.sh [<variable>=<value>...]: for tools/mm/kmemleak/Makefile, as in prefix=/usr
set -euo pipefail
. "$(dirname "$0")/lib.sh"

tool=$(SANITIZE='' "$here/tool.sh" | tail -n 1)
make -s -C "$top/tools/mm/kmemleak" O="$(dirname "$tool")" -o all install "$@"
