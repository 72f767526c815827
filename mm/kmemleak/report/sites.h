/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Objects by allocation site, at each of the last scans.
 */
#ifndef _MM_KMEMLEAK_REPORT_SITES_H
#define _MM_KMEMLEAK_REPORT_SITES_H

struct file;
struct inode;
struct marker;

void sites_update(struct marker *m);
void sites_rename(unsigned long (*rename)(unsigned long frame, void *arg),
		  void *arg);
void sites_teardown(void);
int sites_open(struct inode *inode, struct file *file);
int sites_release(struct inode *inode, struct file *file);

#endif
