/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/hash.h>. */
#ifndef _HARNESS_LINUX_HASH_H
#define _HARNESS_LINUX_HASH_H

#include <linux/types.h>

#define GOLDEN_RATIO_64		0x61c8864680b583ebULL

static inline u64 rol64(u64 word, unsigned int shift)
{
	return word << shift | word >> (64 - shift);
}

static inline u32 hash_64(u64 value, unsigned int bits)
{
	return value * GOLDEN_RATIO_64 >> (64 - bits);
}

#define hash_32(value, bits)	((u32)hash_64(value, bits))
#define hash_long(value, bits)	hash_64(value, bits)

#endif /* _HARNESS_LINUX_HASH_H */
