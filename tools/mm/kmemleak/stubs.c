// SPDX-License-Identifier: GPL-2.0
/* Commands that are not there yet. */
#include "command.h"

#define STUB(name) int cmd_##name(int argc, char **argv) \
	{ die("%s: not there yet", argv[0]); }

STUB(clear)
STUB(diff)
STUB(dump)
STUB(module)
STUB(path)
STUB(scan)
