#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The compiler of kernels and modules: gcc behind ccache, but for sources that include
# binary files. ccache in depend mode goes by the compiler's list of dependencies, where
# those are not, and would hand out an object with an earlier file in it, such as the boot
# loader's with an earlier kernel.
for arg; do
	case $arg in
	*.[cS]) ! grep -qs '\.incbin' "$arg" || exec gcc "$@" ;;
	esac
done
exec ccache gcc "$@"
