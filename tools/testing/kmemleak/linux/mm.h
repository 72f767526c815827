/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/mm.h>. */
#ifndef _HARNESS_LINUX_MM_H
#define _HARNESS_LINUX_MM_H

#include <linux/kernel.h>
#include <linux/sizes.h>
#include <linux/types.h>

struct vm_struct {
	void *addr;
};

extern char *high_memory;

/* There is none. */
static inline bool is_vmalloc_addr(const void *addr)
{
	return !addr;
}

#define offset_in_page(addr)	((unsigned long)(addr) % PAGE_SIZE)
#define PAGE_ALIGNED(addr)	(!offset_in_page(addr))

#endif /* _HARNESS_LINUX_MM_H */
