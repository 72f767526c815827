/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/types.h>. */
#ifndef _HARNESS_LINUX_TYPES_H
#define _HARNESS_LINUX_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/compiler.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;
typedef unsigned int gfp_t;
typedef u64 phys_addr_t;

#define __GFP_ZERO	0x100U

typedef unsigned int __poll_t;

#endif /* _HARNESS_LINUX_TYPES_H */
