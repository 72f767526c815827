#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# checkpatch, kernel-doc, sparse and kconfig from the base on our files, structure.sh on
# them, sh -n and shellcheck on the scripts. No output is the good result.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
. "$here/product.sh"
ARCH=um DETECTOR=kmemleak

"$here/kernel.sh" >/dev/null
lock_tree -s
lock_objects
pristine=$basedir/upstream/src
found=$(mktemp)
trap 'rm -f "$found"' EXIT
cd "$top"

# Stand-ins for the kernel's headers define what checkpatch wants everybody to use.
sources=$(product_files | grep -E '\.[ch]$|/Kconfig[^/]*$|/Makefile$' |
	grep -v '^tools/testing/kmemleak/linux/')
# shellcheck disable=SC2086
perl "$pristine/scripts/checkpatch.pl" --root="$pristine" --no-tree -f --strict --quiet \
	--terse --ignore "$checkpatch_ignore" $sources 2>&1 | grep -v '^total:' >>"$found" || true

doc=$pristine/scripts/kernel-doc
# shellcheck disable=SC2046
$([ -x "$doc" ] && echo "$doc" || echo python3 "$doc") -none -Wall \
	$(product_files | grep -E '^(include|lib|mm)/.*\.[ch]$') >>"$found" 2>&1 || true

# Sparse compiles, so it needs a configured tree; C=2 checks what is up to date too.
# One of the compiler's builtins is unknown to it.
make -s -C "$basedir/kmemleak/src" O="$obj" ARCH=um CC="$here/cc.sh" HOSTCC="ccache gcc" \
	C=2 mm/kmemleak/ lib/prio_search_tree.o 2>&1 |
	grep -E '(mm/kmemleak|prio_search_tree|linux/kmemleak\.h).*(warning|error):' |
	grep -v "undefined identifier '__builtin_unwind_init'" |
	sort -u >>"$found" || true

"$here/structure.sh" >>"$found" || echo "structure.sh fails" >>"$found"
"$here/kconfig.sh" "$obj/scripts/kconfig/conf" >>"$found" || echo "kconfig.sh fails" >>"$found"

scripts="$(find tools .ci -name '*.sh') .ci/run"
for s in $scripts; do
	case $(head -n 1 "$s") in
	*bash*) bash -n "$s" >>"$found" 2>&1 || true ;;
	*) sh -n "$s" >>"$found" 2>&1 || true ;;
	esac
done

cat "$found"
[ ! -s "$found" ]
