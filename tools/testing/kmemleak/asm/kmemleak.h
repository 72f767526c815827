/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of an architecture's <asm/kmemleak.h>. */
#ifndef _HARNESS_ASM_KMEMLEAK_H
#define _HARNESS_ASM_KMEMLEAK_H

#define kmemleak_prefetchw(address)	__builtin_prefetch(address, 1)

#endif /* _HARNESS_ASM_KMEMLEAK_H */
