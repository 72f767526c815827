/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/vmalloc.h>. */
#ifndef _HARNESS_LINUX_VMALLOC_H
#define _HARNESS_LINUX_VMALLOC_H

#include <linux/mm.h>

struct vm_struct {
	void *next;
	void *addr;
	unsigned long size;
};

#endif /* _HARNESS_LINUX_VMALLOC_H */
