/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/uaccess.h>. */
#ifndef _HARNESS_LINUX_UACCESS_H
#define _HARNESS_LINUX_UACCESS_H

#include <errno.h>

#include <linux/compiler.h>
#include <linux/irqflags.h>
#include <linux/types.h>

/*
 * What may not be there is read without a sanitizer, as it may go at any time: the
 * kernel would get a fault. Only what object_peek() copies has to be there, if its pages
 * are: it holds it pinned.
 */
bool sim_readable(unsigned long addr);
bool sim_read_word(unsigned long addr, unsigned long *value);
long copy_from_kernel_nofault(void *to, const void *from, size_t size);

#define get_kernel_nofault(value, pointer)				\
({									\
	unsigned long gkn_word = 0;					\
	bool gkn_read = sim_read_word((unsigned long)(pointer) & ~7UL, &gkn_word); \
									\
	gkn_word >>= ((unsigned long)(pointer) & 7) * 8;		\
	(value) = (__typeof__(value))gkn_word;				\
	gkn_read ? 0 : -EFAULT;						\
})

/* Where page faults are not disabled, User Mode Linux panics. */
void sim_may_fault(void);

static inline void pagefault_disable(void)
{
	this_cpu->faults_off++;
}

static inline void pagefault_enable(void)
{
	this_cpu->faults_off--;
}

#define __get_kernel_nofault(to, from, type, label)			\
do {									\
	sim_may_fault();						\
	if (!sim_read_word((unsigned long)(from), (type *)(to)))	\
		goto label;						\
} while (0)

#endif /* _HARNESS_LINUX_UACCESS_H */
