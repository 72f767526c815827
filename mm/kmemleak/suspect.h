/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Suspects: objects that the first pass of a scan left white.
 */
#ifndef _MM_KMEMLEAK_SUSPECT_H
#define _MM_KMEMLEAK_SUSPECT_H

#include <linux/spinlock_types.h>
#include <linux/types.h>

struct marker;
struct object_ref;
struct slot;
struct suspect_block;

/**
 * struct suspects - objects that may be leaked
 * @m: the marker of the scan
 * @min_age: in jiffies; no younger object is a suspect
 * @stamp: jiffies at the start of the first pass; no object born since is a suspect
 * @lost: there was no memory for some
 * @blocks: the objects
 * @lock: guards @blocks and @lost
 */
struct suspects {
	struct marker *m;
	u32 min_age;
	u32 stamp;
	bool lost;
	struct suspect_block *blocks;
	spinlock_t lock;	/* against workers that sweep at the same time */
};

bool may_leak(const struct suspects *suspects, const struct slot *slot);
void suspects_begin(struct suspects *suspects, struct marker *m, u32 min_age);
void suspect_add(struct suspects *suspects, const struct object_ref *ref);
void suspects_free(struct suspects *suspects);
void suspects_forget(void);
unsigned long suspects_verify(struct suspects *suspects);
unsigned long suspects_publish(struct suspects *suspects, bool print);

#endif
