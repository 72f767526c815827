/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Leaks by allocation stack and size.
 */
#ifndef _MM_KMEMLEAK_REPORT_SUMMARY_H
#define _MM_KMEMLEAK_REPORT_SUMMARY_H

struct file;
struct inode;

int summary_open(struct inode *inode, struct file *file);
int summary_release(struct inode *inode, struct file *file);

#endif
