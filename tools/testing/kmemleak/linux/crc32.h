/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/crc32.h>. */
#ifndef _HARNESS_LINUX_CRC32_H
#define _HARNESS_LINUX_CRC32_H

#include <linux/types.h>

/* Any hash will do. */
static inline u32 crc32_le(u32 crc, const u8 *bytes, size_t size)
{
	while (size--)
		crc = (crc ^ *bytes++) * 0x01000193;
	return crc;
}

#endif /* _HARNESS_LINUX_CRC32_H */
