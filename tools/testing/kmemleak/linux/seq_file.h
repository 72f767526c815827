/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/seq_file.h>. */
#ifndef _HARNESS_LINUX_SEQ_FILE_H
#define _HARNESS_LINUX_SEQ_FILE_H

struct seq_file;

struct seq_operations {
	void *unused;
};

#endif /* _HARNESS_LINUX_SEQ_FILE_H */
