// SPDX-License-Identifier: GPL-2.0
/*
 * Files next to the control file. Each open one has a buffer that is neither tracked
 * nor scanned.
 */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/seq_file.h>

#include "mark/buffer.h"
#include "report/access.h"
#include "report/file.h"

/**
 * report_open() - open one of the files next to the control file
 * @file: the file
 * @ops: shows its content
 * @size: size of a zeroed buffer for @ops, which becomes the seq_file's private data
 *
 * Return: 0 or a negative errno.
 */
int report_open(struct file *file, const struct seq_operations *ops, size_t size)
{
	int err = report_may_open();
	void *buffer;

	if (err)
		return err;
	buffer = report_memory_get(size);
	if (!buffer)
		return -ENOMEM;
	err = seq_open(file, ops);
	if (err)
		report_memory_put(buffer, size);
	else
		((struct seq_file *)file->private_data)->private = buffer;
	return err;
}

/**
 * report_release() - close a file opened with report_open()
 * @inode: its inode
 * @file: the file
 * @size: as for report_open()
 *
 * Return: 0.
 */
int report_release(struct inode *inode, struct file *file, size_t size)
{
	struct seq_file *m = file->private_data;

	report_memory_put(m->private, size);
	return seq_release(inode, file);
}
