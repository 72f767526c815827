/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/dcache.h>. */
#ifndef _HARNESS_LINUX_DCACHE_H
#define _HARNESS_LINUX_DCACHE_H

#define DNAME_INLINE_LEN	40

/* Part of it is known to hold text. */
struct dentry {
	void *d_inode;
	char d_iname[DNAME_INLINE_LEN];
	void *d_op;
};

#endif /* _HARNESS_LINUX_DCACHE_H */
