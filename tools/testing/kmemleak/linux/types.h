/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/types.h>. */
#ifndef _HARNESS_LINUX_TYPES_H
#define _HARNESS_LINUX_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#endif /* _HARNESS_LINUX_TYPES_H */
