/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/fs.h>. */
#ifndef _HARNESS_LINUX_FS_H
#define _HARNESS_LINUX_FS_H

struct file;
struct inode;

#endif /* _HARNESS_LINUX_FS_H */
