/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/compiler.h>. */
#ifndef _HARNESS_LINUX_COMPILER_H
#define _HARNESS_LINUX_COMPILER_H

#include <stddef.h>

#include <linux/steps.h>

#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define barrier()		__asm__ __volatile__("" : : : "memory")

/* The kernel relies on what is read through an address to be as new as that. */
#define READ_ONCE(x)		(sim_step(), __atomic_load_n(&(x), __ATOMIC_CONSUME))
#define WRITE_ONCE(x, value)	__atomic_store_n(&(x), value, __ATOMIC_RELAXED)

#undef __always_inline
#define __always_inline		inline __attribute__((always_inline))
#define __printf(a, b)		__attribute__((format(printf, a, b)))
#define __weak			__attribute__((weak))
#define noinline		__attribute__((noinline))
#define __aligned(bytes)	__attribute__((aligned(bytes)))
#define ____cacheline_aligned_in_smp	__aligned(64)

/* For sparse alone. */
#define __acquires(lock)
#define __releases(lock)
#define __force
#define __init
#define __initdata
#define __ref
#define __user
#define __read_mostly
#define __ro_after_init
#define __percpu

/* What the kernel's configuration says of this machine. */
#if __LONG_WIDTH__ == 64
#define CONFIG_64BIT		1
#else
#define CONFIG_64BIT		0
#endif
#define CONFIG_CPU_BIG_ENDIAN	(__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
#define CONFIG_DEBUG_KMEMLEAK	1
#define CONFIG_DEBUG_KMEMLEAK_DEFAULT_OFF	0
#define CONFIG_DEBUG_KMEMLEAK_EARLY_LOG_SIZE	1024
#define CONFIG_KMSAN		0
#define CONFIG_SLUB_RCU_DEBUG	0
#define IS_ENABLED(option)	(option)

#define _RET_IP_	((unsigned long)__builtin_return_address(0))
#define BUILD_BUG_ON(condition)	_Static_assert(!(condition), #condition)

#undef static_assert
#define static_assert(condition)	_Static_assert(condition, #condition)

#define container_of(pointer, type, member) \
	((type *)((char *)(pointer) - offsetof(type, member)))

#define OPTIMIZER_HIDE_VAR(var)	asm("" : "=r" (var) : "0" (var))

#endif /* _HARNESS_LINUX_COMPILER_H */
