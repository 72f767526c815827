/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/string.h>. */
#ifndef _HARNESS_LINUX_STRING_H
#define _HARNESS_LINUX_STRING_H

#include <string.h>

/*
 * The detector fills objects that a marker may be reading, where an address leads to
 * them that is not up to date. Nothing is wrong with that: a word is read whole, and the
 * pattern is no reference. So objects are filled by words that may race, as WRITE_ONCE()
 * does it, and all other memory by the C library.
 */
void *sim_memset(void *memory, int byte, size_t size);

#define memset(memory, byte, size)	sim_memset(memory, byte, size)

#endif /* _HARNESS_LINUX_STRING_H */
