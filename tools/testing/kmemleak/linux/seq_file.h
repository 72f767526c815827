/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/seq_file.h>: nobody reads. */
#ifndef _HARNESS_LINUX_SEQ_FILE_H
#define _HARNESS_LINUX_SEQ_FILE_H

#include <stddef.h>
#include <sys/types.h>

struct seq_file {
	size_t count;
	void *private;
};

struct seq_operations {
	void *(*start)(struct seq_file *m, loff_t *pos);
	void *(*next)(struct seq_file *m, void *v, loff_t *pos);
	void (*stop)(struct seq_file *m, void *v);
	int (*show)(struct seq_file *m, void *v);
};

static inline void seq_printf(struct seq_file *m, const char *format, ...)
{
	(void)m;
	(void)format;
}

#define seq_puts(m, text)	seq_printf(m, text)
#define seq_putc(m, c)		((void)(m), (void)(c))

#endif /* _HARNESS_LINUX_SEQ_FILE_H */
