#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Tests of structure.sh: plant each violation in a small tree. Prints TAP.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0 bad=0
d=mm/kmemleak t=tools/mm/kmemleak

# plant <file> <line...>: add lines to a file of the tree.
plant()
{
	mkdir -p "$(dirname "$work/tree/$1")"
	printf '%s\n' "${@:2}" >>"$work/tree/$1"
}

# plant_lines <number> <file>: add empty lines until it has that many.
plant_lines()
{
	local has
	has=$(wc -l <"$work/tree/$2")
	seq $(($1 - has)) | tr -d 0-9 >>"$work/tree/$2"
}

# where <file> <text>: print "file:line" of the last line with that text.
where()
{
	grep -nF -- "$2" "$work/tree/$1" | sed -n "\$s|:.*||; \$s|^|$1:|p"
}

# Make a tree without a violation: each wing calls the one below it.
clean()
{
	plant include/linux/kmemleak.h 'void kmemleak_free(const void *ptr);'
	plant $d/kmemleak.h '#define FRAMES 8'

	plant $d/store/walk.h 'int walk(int (*each)(void));'
	plant $d/store/walk.c '#include "../kmemleak.h"' '#include "walk.h"' \
		'int walk(int (*each)(void))' '{' '	kmemleak_free(0);' \
		'	return each();' '}'

	plant $d/store/pin.h 'int pin_wait(void);'
	plant $d/store/pin.c '#include "store/pin.h"' 'int pin_wait(void) { return 0; }'

	plant $d/store/slab.h '#include "kmemleak.h"' 'int slab_find(void);'
	plant $d/store/slab.c '#include "../../slab.h"' '#include "pin.h"' '#include "slab.h"' \
		'#include "store/walk.h"' 'static int slab(void) { return 0; }' \
		'int slab_find(void) { return walk(slab); }' \
		'static int empty(void) { return pin_wait(); }'

	plant $d/mark/grey.h 'static inline int grey_next(void) { return 1; }' \
		'int grey_pool(void);'
	plant $d/mark/grey.c '#include "grey.h"' '#include "store/slab.h"' \
		'int grey_pool(void) { return slab_find(); }'

	plant $d/report/leaks.h 'int leaks_next(void);'
	plant $d/report/leaks.c '#include "mark/grey.h"' '#include "report/leaks.h"' \
		'int leaks_next(void) { return grey_next(); }'

	plant $d/scan.h 'int scan(void);'
	plant $d/scan.c '#include "report/leaks.h"' '#include "scan.h"' \
		'int scan(void) { return leaks_next(); }'
	plant $d/hooks.c '#include "scan.h"' '#include "store/slab.h"' \
		'void kmemleak_free(const void *ptr)' '{' '	slab_find();' '	scan();' \
		'}'

	plant $d/tests/wait.h '#include "../store/pin.h"'
	plant $d/tests/pin_kunit.c '#include "wait.h"' '#include "../scan.h"' \
		'int pin_wait(void) { return scan(); }'

	plant $t/usage.h 'int usage(void);'
	plant $t/usage.c '#include "usage.h"' 'int usage(void) { return 0; }'
	plant $t/main.c '#include "usage.h"' 'int main(void) { return usage(); }'
	plant $t/tests/fuzz.c 'int usage(void) { return main(); }'
}

fresh()
{
	rm -rf "$work/tree"
	cp -r "$work/clean" "$work/tree"
}

# expect <test> [line...]: structure.sh prints these lines for the tree, and no others.
expect()
{
	local what=$1 status=0 wanted=0
	shift
	[ $# = 0 ] || wanted=1
	"$here/structure.sh" "$work/tree" >"$work/out" 2>&1 </dev/null || status=$?
	n=$((n + 1))
	if [ $status = $wanted ] && diff <(printf '%s\n' "$@" | sed '/^$/d') "$work/out" \
	   >"$work/diff"; then
		echo "ok $n - $what"
	else
		bad=$((bad + 1))
		echo "not ok $n - $what"
		{ echo "exit $status, wanted $wanted"; cat "$work/diff" "$work/out"; } |
			sed 's/^/# /'
	fi
	fresh
}

clean
cp -r "$work/tree" "$work/clean"
expect "a tree that keeps its structure"

# ---- Includes ----

plant $d/store/walk.h '#include "report/leaks.h"'
expect "an include upwards" \
	"$d/store/walk.h:2: includes \"report/leaks.h\" of a wing above its own"

plant $d/store/slab.c ' # include "../mark/grey.h"'
expect "an include from mark in store" \
	"$d/store/slab.c:8: includes \"../mark/grey.h\" of a wing above its own"

plant $d/report/leaks.h '#include "scan.h"'
expect "an include from the process in a wing" \
	"$d/report/leaks.h:2: includes \"scan.h\" of a wing above its own"

plant $d/hooks.h '/* */'
plant $d/scan.h '#include "hooks.h"'
expect "an include from a door in the process" \
	"$d/scan.h:2: includes \"hooks.h\" of a wing above its own"

plant $d/kmemleak.h '#include "store/walk.h"'
expect "an include in kmemleak.h" \
	"$d/kmemleak.h:2: includes \"store/walk.h\" of a wing above its own"

plant $d/scan.c '#include "tests/wait.h"'
expect "an include from the tests" \
	"$d/scan.c:4: includes \"tests/wait.h\" of a wing above its own"

plant $d/store/slab.c '#include "mark/gray.h"'
expect "an include of nothing" \
	"$d/store/slab.c:8: includes \"mark/gray.h\", which does not exist"

plant $d/memory.c '#include "kmemleak.h"'
plant $d/mark/pool/pool.c '#include "grey.h"' '#include "../grey.h"'
plant $d/gray/grey.c '/* */'
expect "files of no wing" "$d/gray/grey.c:1: belongs to no wing" \
	"$d/mark/pool/pool.c:1: includes \"grey.h\", which does not exist" \
	"$d/memory.c:1: belongs to no wing"

plant $d/memory.h '/* */'
plant $d/hooks.c '#include "memory.h"'
expect "an include of no wing" \
	"$d/hooks.c:8: includes \"memory.h\", which belongs to no wing" \
	"$d/memory.h:1: belongs to no wing"

# ---- Architectures ----

plant $d/store/pin.c '#ifdef CONFIG_X86_64' '#endif' 'int x = IS_ENABLED(CONFIG_UML);' \
	'#ifdef CONFIG_ARMED' '#endif'
plant $d/Makefile 'ifeq ($(CONFIG_ARM64),y)'
expect "options of architectures" \
	"$d/Makefile:1: asks for an architecture: CONFIG_ARM64" \
	"$d/store/pin.c:3: asks for an architecture: CONFIG_X86_64" \
	"$d/store/pin.c:5: asks for an architecture: CONFIG_UML"

# ---- Circles ----

slab_calls="$(where $d/store/slab.c pin_wait) calls pin_wait()"
plant $d/store/pin.c 'int pin_late(void) { return slab_find(); }'
expect "a circle of two files" \
	"$d/store/pin.c:3: a circle: calls slab_find(); $slab_calls"

plant $d/store/object.h 'static inline int object_first(void) { return 0; }'
plant $d/store/object.c 'int object_walk(void) { return range_first(); }'
plant $d/store/range.c 'int range_first(void) { return pin_wait(); }'
plant $d/store/pin.c 'int pin_late(void) { return object_first(); }'
circle="calls range_first(); $d/store/range.c:1 calls pin_wait(); $d/store/pin.c:3"
expect "a circle of three files through an inline function" \
	"$d/store/object.c:1: a circle: $circle calls object_first()"

# through <what> <line...>: these lines of pin.c close a circle.
through()
{
	plant $d/store/pin.c "${@:2}"
	expect "a circle through $1" \
		"$(where $d/store/pin.c slab_find): a circle: calls slab_find(); $slab_calls"
}

through "an argument" 'void f(void)' '{' '	run(1, slab_find);' '}'
through "an address" 'void f(void)' '{' '	run(&slab_find);' '}'
through "a variable" 'void f(void)' '{' '	each = slab_find;' '}'
through "a variable's first value" 'static int (*each)(void) = slab_find;'
through "a member's first value" 'static struct ops ops = {' '	.slab_find = 0,' \
	'	.each = slab_find,' '};'
through "a macro that declares" 'static DECLARE_WORK(work, slab_find);'
through "the body of a macro" '#define each() slab_find()'
through "the body of a long macro" "#define each() \\" '	slab_find()'

plant $d/store/pin.h 'int pin_show(void);'
plant $d/store/pin.c 'int pin_show(void) { return slab_find(); }'
plant $d/store/slab.c 'DEFINE_SHOW_ATTRIBUTE(pin);'
sed -i '/pin_wait/d' "$work/tree/$d/store/slab.c"
expect "a circle through a file of debugfs" \
	"$d/store/pin.c:3: a circle: calls slab_find(); $d/store/slab.c:7 calls pin_show()"

plant $t/usage.c 'int usages(void) { return again(); }'
plant $t/main.c 'int again(void) { return 0; }'
expect "a circle in the tool" \
	"$t/main.c:2: a circle: calls usage(); $t/usage.c:3 calls again()"

plant $d/store/pin.c 'int pin_late(void)' '{' '	/* slab_find() */' \
	'	/* As ever,' '	 * slab_find()' '	 */' '	f(); // slab_find()' \
	"	f(\"slab_find() \\\"/*\", '\"', slab_find_all);" '	f("*/");' '}'
expect "comments and strings are no calls"

plant $d/store/pin.c 'int slab_find(void);' 'int pin(int slab_find, int);' \
	'struct slab_ops {' '	int (*slab_find)(void);' '};' 'int pin_late(void)' '{' \
	'	return ops->slab_find() + ops.slab_find();' '}'
expect "neither are prototypes and members"

plant $d/store/pin.c 'static int slab_find(void) { return 1; }' \
	'int pin_late(void) { return slab_find(); }'
expect "a function of the file itself closes no circle"

plant $d/store/pin.c 'int pin_late(void)' '{' '#ifdef A' '	if (a) {' '#else' \
	'	if (b) {' '#endif' '	}' '}' 'int slab_find(void);'
expect "neither does a prototype behind a brace too many"

# ---- Lengths ----

plant_lines 700 $d/mark/grey.c
plant_lines 700 $d/tests/wait.h
plant_lines 99 $d/kmemleak.h
plant_lines 701 $t/main.c
expect "files as long as they may be"

plant_lines 701 $d/mark/grey.c
plant_lines 701 $d/tests/pin_kunit.c
expect "a file of 701 lines, and a test" "$d/mark/grey.c:701: 701 lines, over 700" \
	"$d/tests/pin_kunit.c:701: 701 lines, over 700"

plant_lines 101 $d/kmemleak.h
expect "a kmemleak.h of 101 lines" "$d/kmemleak.h:100: 101 lines, over 99"

# ---- The script itself ----

n=$((n + 1))
if ! "$here/structure.sh" "$work" >"$work/out" 2>&1 &&
   grep -q "there is no mm/kmemleak in" "$work/out"; then
	echo "ok $n - a directory without the product is refused"
else
	bad=$((bad + 1))
	echo "not ok $n - a directory without the product is refused"
fi

echo "1..$n"
[ $bad = 0 ]
