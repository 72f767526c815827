/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/mm.h>. */
#ifndef _HARNESS_LINUX_MM_H
#define _HARNESS_LINUX_MM_H

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>
#include <linux/types.h>
#include <linux/uaccess.h>

#include <linux/memblock.h>

/* The linear memory and that of vmalloc(), see memory.c. */
extern char *sim_linear, *sim_vmalloc_start;

#ifndef SIM_LINEAR_MB
#define SIM_LINEAR_MB		64UL
#endif
#define SIM_LINEAR_BYTES	(SIM_LINEAR_MB * SZ_1M)
#define SIM_VMALLOC_BYTES	(32UL * SZ_1M)

static inline bool virt_addr_valid(const void *addr)
{
	return (unsigned long)addr - (unsigned long)sim_linear < SIM_LINEAR_BYTES;
}

static inline bool is_vmalloc_addr(const void *addr)
{
	return (unsigned long)addr - (unsigned long)sim_vmalloc_start < SIM_VMALLOC_BYTES;
}

/* The machine boots with all of its memory free. */
#define virt_to_page(addr)	(addr)
#define PageReserved(page)	((void)(page), false)

#define __va(phys)	((void *)(sim_linear + (phys)))
#define __pa(addr)	((phys_addr_t)((char *)(addr) - sim_linear))

#define offset_in_page(addr)	((unsigned long)(addr) % PAGE_SIZE)
#define PAGE_ALIGNED(addr)	(!offset_in_page(addr))
#define PAGE_ALIGN(size)	ALIGN(size, PAGE_SIZE)

#endif /* _HARNESS_LINUX_MM_H */
