/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Text of the control file and of the kernel log.
 */
#ifndef _MM_KMEMLEAK_REPORT_TEXT_H
#define _MM_KMEMLEAK_REPORT_TEXT_H

#include <linux/seq_file.h>
#include <linux/types.h>

struct object_ref;

extern const struct seq_operations report_seq_ops;
void report_log(const struct object_ref *ref, u32 others);
int report_dump(unsigned long addr);
void report_drop_stale(struct seq_file *m, size_t count);

#endif
