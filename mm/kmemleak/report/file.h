/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files whose readers get a buffer of their own.
 */
#ifndef _MM_KMEMLEAK_REPORT_FILE_H
#define _MM_KMEMLEAK_REPORT_FILE_H

#include <linux/seq_file.h>
#include <linux/types.h>

struct file;
struct inode;

int report_open(struct file *file, const struct seq_operations *ops,
		size_t size);
int report_release(struct inode *inode, struct file *file, size_t size);

#endif
